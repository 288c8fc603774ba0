"""The closed list of numbers that a text may state, and how a customer's own fill a template."""

import re
from collections.abc import Mapping
from functools import lru_cache, partial

from model.artifact.card import HORIZON_DAYS
from model.features.definitions import FEATURE_NAMES
from model.prediction.predictor import Prediction
from model.ranking.placeholders import KINDS as CUSTOMER_KINDS
from model.ranking.placeholders import SIGN_CHARACTERS, Kind
from model.ranking.templates import Filling

# The six features and the forecast under the names of the API, and the days that the forecast is for.
KINDS: Mapping[str, Kind] = {**CUSTOMER_KINDS, "horizon_days": Kind.DAYS}
TEMPLATES_KEPT = 1000
# ``a 7%`` but ``an 8%``, ``an 11%``, ``an £80``: by how the number is spoken.
ARTICLE = re.compile(rf"\b([Aa])n?\s(?=[{SIGN_CHARACTERS}]?(?:(8|1[18](?![0-9]))|[0-9]))")


def numbers_of(prediction: Prediction) -> dict[str, float]:
    """The numbers of one prediction, by the names of ``KINDS``."""
    return {
        **dict(zip(FEATURE_NAMES, prediction.features, strict=True)),
        "predicted_future_spend_30d": prediction.future_spend_30d,
        "purchase_probability_30d": prediction.purchase_probability_30d,
        "horizon_days": HORIZON_DAYS,
    }


def fill(template: str, numbers: Mapping[str, float], currency: str) -> str:
    """The template with one customer's numbers; a placeholder that nobody knows stays as it is."""
    text = _filling(template, currency).fill_one(numbers)
    return ARTICLE.sub(lambda article: f"{article[1]}n " if article[2] else f"{article[1]} ", text)


_filling = lru_cache(TEMPLATES_KEPT)(partial(Filling, kinds=KINDS))
