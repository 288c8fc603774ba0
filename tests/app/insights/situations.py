"""Customers for the tests of the insights, made by hand so that no model is needed."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.insights.actions import load_catalogue
from app.insights.base import Draft
from app.insights.facts import Facts
from model.predictor import Prediction
from model.segments import Segment, SegmentThresholds, decide_segment

HERE = Path(__file__).parent
CATALOGUE = load_catalogue(None)
THRESHOLDS = SegmentThresholds()
GOOD_INSIGHT = "With {num_transactions} so far, this customer is likely to come back for more."
GOOD_ACTION = "Remind the customer to reorder the products that were bought most often."


def prediction(
    features: tuple[float, ...] = (345.70, 49.386, 7, 12, 5, 4),
    *,
    future_spend_30d: float = 512.40,
    purchase_probability_30d: float = 0.83,
) -> Prediction:
    """A prediction about a Habitual Buyer, or whoever has other features."""
    decision = decide_segment(features, THRESHOLDS)
    return Prediction(
        future_spend_30d=future_spend_30d,
        purchase_probability_30d=purchase_probability_30d,
        segment=decision.segment,
        segment_reason=decision.reason,
        segment_changes=decision.changes,
        features=features,
        warnings=(),
    )


def facts(currency: str = "GBP", **numbers: float) -> Facts:
    """The numbers of the Habitual Buyer, some of them changed."""
    return Facts(Facts.of(prediction(), currency).numbers | numbers, currency)  # type: ignore[operator]


def draft(insight: str = GOOD_INSIGHT, action: str = GOOD_ACTION) -> Draft:
    """A draft about the Habitual Buyer."""
    return Draft(Segment.HABITUAL_BUYER, "reorder_reminder", insight, action)


def attacks() -> Iterator[tuple[str, Draft]]:
    """Every attack of the corpus with the reason for which it must be refused."""
    for reason, fields in _table("attacks.toml").items():
        for text in fields.get("insight", []):
            yield reason, draft(insight=text)
        for text in fields.get("action", []):
            yield reason, draft(action=text)


def good_texts() -> Iterator[tuple[Draft, Prediction]]:
    """Every good text of the corpus, each beside a plain partner, with the customer whom it is about."""
    for entry in _table("good_texts.toml").values():
        about = prediction(
            tuple(entry["features"]),
            future_spend_30d=entry["future_spend_30d"],
            purchase_probability_30d=entry["purchase_probability_30d"],
        )
        title = CATALOGUE.get(entry["action_id"])
        assert title is not None
        for insight in entry["insight"]:
            yield Draft(Segment(entry["segment"]), entry["action_id"], insight, title.title + "."), about
        for action in entry["action"]:
            insight = "The numbers of this customer are what they are, and the team should know them."
            yield Draft(Segment(entry["segment"]), entry["action_id"], insight, action), about


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((HERE / name).read_text("utf-8"))
