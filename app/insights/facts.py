"""The numbers of one customer, how each reads in a sentence, and the templates that they fill."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from model.card import HORIZON_DAYS
from model.currency import format_money, minor_decimals
from model.features import FEATURE_NAMES
from model.figures import KINDS, NOUNS, PLACEHOLDER, SIGN_CHARACTERS, Kind, count, format_count, format_share
from model.predictor import Prediction

ARTICLE = re.compile(rf"\b([Aa])n?\s(?=[{SIGN_CHARACTERS}]?([0-9]+))")


@dataclass(frozen=True)
class Facts:
    """Everything that a text about one customer may state, and the currency of its money."""

    numbers: Mapping[str, float]
    currency: str
    horizon_days: int = HORIZON_DAYS

    @classmethod
    def of(cls, prediction: Prediction, currency: str) -> Self:
        """The numbers of one prediction under the names that the API gives them; money in whole cents."""
        numbers = dict(zip(FEATURE_NAMES, prediction.features, strict=True))
        numbers["predicted_future_spend_30d"] = prediction.future_spend_30d
        numbers["purchase_probability_30d"] = prediction.purchase_probability_30d
        decimals = minor_decimals(currency)
        rounded = {
            name: round(value, decimals) if KINDS[name] is Kind.MONEY else value for name, value in numbers.items()
        }
        return cls(rounded, currency)

    def of_kind(self, kind: Kind) -> Iterator[tuple[str, float]]:
        """Names and values of all numbers that count the same thing."""
        return ((name, value) for name, value in self.numbers.items() if KINDS[name] is kind)

    def read(self, name: str) -> str:
        """One number as it reads in a sentence, with its unit: ``£345.70``, ``1 order``, ``83%``."""
        kind, value = KINDS[name], self.numbers[name]
        if kind is Kind.MONEY:
            return format_money(value, self.currency)
        if kind is Kind.SHARE:
            return format_share(value)
        return count(value, *NOUNS[kind][0])

    def fill(self, template: str) -> str:
        """The template with this customer's numbers; a placeholder that nobody knows stays as it is."""
        return ARTICLE.sub(_agreeing_article, PLACEHOLDER.sub(self._filled, template))

    def _filled(self, match: re.Match[str]) -> str:
        name, noun = match["name"], match["noun"]
        if name not in self.numbers:
            return match[0]
        kind = KINDS[name]
        after = "" if noun is None else match["gap"] + noun
        if kind in (Kind.MONEY, Kind.SHARE):
            return self.read(name) + after
        pair = next((pair for pair in NOUNS[kind] if noun in pair), None)
        if pair is None:
            return self.read(name) + after
        # The writer has put the noun already; only its grammatical number is ours to mend.
        value = self.numbers[name]
        return format_count(value) + match["gap"] + (pair[0] if value == 1 or match["gap"] == "-" else pair[1])


def _agreeing_article(match: re.Match[str]) -> str:
    """``a 7%`` but ``an 8%``, ``an 11%``, ``an £80``: by how the number is spoken."""
    first_group = match[2]
    has_vowel = first_group.startswith("8") or first_group in {"11", "18"}
    return f"{match[1]}n " if has_vowel else f"{match[1]} "
