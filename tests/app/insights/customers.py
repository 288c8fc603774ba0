"""Customers for the tests of the insights, made by hand so that no model is needed."""

import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from app.insights.catalogue import load_catalogue
from app.insights.placeholders import numbers_of
from app.insights.schemas import Situation, Template
from model.prediction.predictor import Prediction
from model.segments import Segment, SegmentThresholds, decide_segment

HERE = Path(__file__).parent
CATALOGUE = load_catalogue(None)
THRESHOLDS = SegmentThresholds(
    lapsed_after_days=60, high_expected_spend=1000, median_expected_spend=520, high_order_value=400
)
GOOD_INSIGHT = "With {num_transactions} so far, this customer is likely to come back for more."
GOOD_ACTION = "Remind the customer to reorder the products that were bought most often."


def prediction(
    features: tuple[float, ...] = (345.70, 49.386, 7, 12, 5, 4),
    *,
    future_spend_30d: float = 512.40,
    purchase_probability_30d: float = 0.83,
) -> Prediction:
    """A prediction about a Habitual Buyer, or whoever has other features."""
    decision = decide_segment(features, future_spend_30d, THRESHOLDS)
    return Prediction(
        future_spend_30d=future_spend_30d,
        purchase_probability_30d=purchase_probability_30d,
        segment=decision.segment,
        segment_reason=decision.reason,
        segment_changes=decision.changes,
        features=features,
        warnings=(),
        thresholds=THRESHOLDS,
    )


def situation(
    *, permitted: Iterable[Segment] = (Segment.HABITUAL_BUYER,), currency: str = "GBP", **numbers: float
) -> Situation:
    """What a language model is told of the Habitual Buyer, some of the numbers changed."""
    return Situation({**numbers_of(prediction()), **numbers}, currency, frozenset(permitted), THRESHOLDS)


def template(insight: str = GOOD_INSIGHT, action: str = GOOD_ACTION) -> Template:
    """A template about the Habitual Buyer."""
    return Template(Segment.HABITUAL_BUYER, "reorder_reminder", insight, action)


def attacks() -> Iterator[tuple[str, Template]]:
    """Every attack of the corpus with the reason for which it must be refused."""
    for reason, fields in _table("attacks.toml").items():
        for text in fields.get("insight", []):
            yield reason, template(insight=text)
        for text in fields.get("action", []):
            yield reason, template(action=text)


def good_texts(name: str = "good_texts.toml") -> Iterator[tuple[Template, Situation]]:
    """Every good text of a corpus, each beside a plain partner, with the customer whom it is about."""
    for entry in _table(name).values():
        segment = Segment(entry["segment"])
        about = prediction(
            tuple(entry["features"]),
            future_spend_30d=entry["future_spend_30d"],
            purchase_probability_30d=entry["purchase_probability_30d"],
        )
        of_it = Situation(numbers_of(about), "GBP", frozenset({segment}), THRESHOLDS)
        action = CATALOGUE.get(entry["action_id"])
        assert action is not None
        for insight in entry["insight"]:
            yield Template(segment, action.id, insight, action.title + "."), of_it
        for text in entry["action"]:
            insight = "The numbers of this customer are what they are, and the team should know them."
            yield Template(segment, action.id, insight, text), of_it


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((HERE / name).read_text("utf-8"))
