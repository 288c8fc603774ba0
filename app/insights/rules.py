"""Insights from rules: no network, always there, good enough to ship."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple, Self

import numpy as np

from app.insights.placeholders import numbers_of
from app.insights.schemas import Insight
from model.arrays import FloatArray
from model.artifact.card import HORIZON_DAYS
from model.features.definitions import FEATURE_NAMES
from model.prediction.predictor import Prediction, Predictions
from model.ranking.actions import Catalogue
from model.ranking.templates import Filling
from model.segments import SEGMENTS, Segment

OUTLOOK = (
    f"The chance of an order in the next {HORIZON_DAYS} days is {{purchase_probability_30d}}; "
    "{predicted_future_spend_30d} is expected."
)
OPENINGS = {
    Segment.HIGH_VALUE: "Among those of whom most is expected",
    Segment.HABITUAL_BUYER: "Has come back",
    Segment.AT_RISK: "Worth winning back, and gone quiet",
    Segment.LOW_VALUE: "Modest spend, then quiet",
}


@dataclass(frozen=True)
class Words:
    """Insights of many customers, all by rules; one entry per customer, in the order asked."""

    insights: list[str]
    recommended_actions: list[str]
    action_ids: list[str]

    @classmethod
    def none(cls, count: int) -> Self:
        """No words, for as many customers."""
        return cls(*([""] * count for _ in range(3)))


class _Kind(NamedTuple):
    """What decides how a customer is worded, besides the numbers."""

    segment: Segment
    orders: int  # none, one, or two for any more
    was_here_today: bool
    names_products: bool


class RuleWriter:
    """Words every prediction by the rule-based segment."""

    def __init__(self, catalogue: Catalogue, currency: str) -> None:
        self._catalogue, self._currency = catalogue, currency
        self._actions = {action.id: action for action in catalogue}
        # There are few wordings: one per kind and action.
        self._wording = cache(self._new_wording)

    def write(self, prediction: Prediction) -> Insight:
        """Segment, insight and action from the numbers alone."""
        numbers = numbers_of(prediction)
        orders, recency_days = numbers["num_transactions"], numbers["recency_days"]
        kind = _Kind(
            prediction.segment,
            int(orders) if orders in (0, 1) else 2,
            recency_days == 0,
            numbers["unique_products"] != 0,
        )
        action = self._catalogue.best(prediction.segment, prediction.purchase_probability_30d)
        insight, recommended_action = (text.fill_one(numbers) for text in self._wording(kind, action.id))
        return Insight(prediction.segment, insight, recommended_action, action.id, "rules", None)

    def write_many(self, predictions: Predictions) -> Words:
        """The words of ``write`` for each of many customers."""
        numbers: dict[str, FloatArray] = {
            **dict(zip(FEATURE_NAMES, predictions.features.T, strict=True)),
            "predicted_future_spend_30d": predictions.future_spend_30d,
            "purchase_probability_30d": predictions.purchase_probability_30d,
        }
        orders, recency_days, segments = numbers["num_transactions"], numbers["recency_days"], predictions.segment_codes
        alike = zip(
            segments.tolist(),
            np.select([orders == 0, orders == 1], [0, 1], default=2).tolist(),
            (recency_days == 0).tolist(),
            (numbers["unique_products"] != 0).tolist(),
            self._catalogue.best_of_each(segments, numbers["purchase_probability_30d"]).tolist(),
            strict=True,
        )
        rows_of = defaultdict(list)
        for row, facets in enumerate(alike):
            rows_of[facets].append(row)
        words, action_ids = Words.none(len(predictions)), list(self._actions)
        for (segment, *facts, action), rows in rows_of.items():
            action_id = action_ids[action]
            theirs = {name: values[rows] for name, values in numbers.items()}
            texts = (text.fill(theirs) for text in self._wording(_Kind(SEGMENTS[segment], *facts), action_id))
            for row, words.insights[row], words.recommended_actions[row] in zip(rows, *texts, strict=True):
                words.action_ids[row] = action_id
        return words

    def _new_wording(self, kind: _Kind, action_id: str) -> tuple[Filling, Filling]:
        """Insight and action of all customers who are alike but for their numbers."""
        action = self._actions[action_id]
        texts = f"{_history(kind)} {OUTLOOK}", f"{action.title}. Cost: {action.effort}."
        return Filling(texts[0], self._currency), Filling(texts[1], self._currency)


def _history(kind: _Kind) -> str:
    """What has been bought, in one or two sentences."""
    last_seen = "today" if kind.was_here_today else "{recency_days} ago"
    if kind.orders == 0:
        return "No order on record yet."
    if kind.segment is Segment.NEW_CUSTOMER:
        # A shop that tells no products has sold some all the same.
        basket = "{total_units} of {unique_products}" if kind.names_products else "{total_units}"
        return f"First order {last_seen}, worth {{total_spend}}: {basket}. No second order yet."
    opening = OPENINGS[kind.segment]
    if kind.orders == 1:
        return f"{opening}: {{num_transactions}} worth {{total_spend}}, placed {last_seen}."
    orders = "{num_transactions} worth {total_spend}, {avg_spend} each on average"
    return f"{opening}: {orders}, the last of them {last_seen}."
