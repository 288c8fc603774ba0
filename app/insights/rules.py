"""Insights from rules: no network, always there, good enough to ship."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Self

import numpy as np
import numpy.typing as npt

from app.insights.base import Insight
from model.actions import Action, Catalogue
from model.features import FEATURE_NAMES
from model.filling import Filling
from model.many import Predictions
from model.predictor import Prediction
from model.segments import Segment, SegmentThresholds

OUTLOOK = (
    "The chance of an order in the next 30 days is {purchase_probability_30d}; "
    "{predicted_future_spend_30d} is expected."
)
OPENINGS = {
    Segment.HIGH_VALUE: "Spends much and is active",
    Segment.HABITUAL_BUYER: "Orders again and again",
    Segment.AT_RISK: "Spent well, then went quiet",
    Segment.LOW_VALUE: "Not a regular yet",
}

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]

SEGMENTS = tuple(Segment)


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


@dataclass(frozen=True)
class _Wording:
    """The texts of all customers who are alike but for their numbers."""

    insight: Filling
    recommended_action: Filling
    action_id: str


class RuleWriter:
    """Words every prediction by the rule-based segment."""

    def __init__(self, catalogue: Catalogue, thresholds: SegmentThresholds, currency: str) -> None:
        self._catalogue, self._thresholds, self._currency = catalogue, thresholds, currency
        # There are few wordings: one per segment, action and kind of history.
        self._wording = cache(self._new_wording)

    def write(self, prediction: Prediction) -> Insight:
        """Segment, insight and action from the numbers alone."""
        numbers = dict(zip(FEATURE_NAMES, prediction.features, strict=True))
        numbers["predicted_future_spend_30d"] = prediction.future_spend_30d
        numbers["purchase_probability_30d"] = prediction.purchase_probability_30d
        action = self._catalogue.best(prediction.segment, prediction.purchase_probability_30d)
        history = self._history(
            prediction.segment, numbers["num_transactions"], numbers["recency_days"], numbers["unique_products"]
        )
        wording = self._wording(action.id, history)
        return Insight(
            segment=prediction.segment,
            insight=wording.insight.fill_one(numbers),
            recommended_action=wording.recommended_action.fill_one(numbers),
            action_id=wording.action_id,
            source="rules",
            prompt_version=None,
        )

    def write_many(self, predictions: Predictions) -> Words:
        """The words of ``write`` for each of many customers, one wording after another."""
        numbers: dict[str, FloatArray] = {
            **dict(zip(FEATURE_NAMES, predictions.features.T, strict=True)),
            "predicted_future_spend_30d": predictions.future_spend_30d,
            "purchase_probability_30d": predictions.purchase_probability_30d,
        }
        columns = np.full((3, len(predictions)), "", dtype=object)
        for wording, rows in self._alike(predictions.segments, numbers):
            theirs = {name: values[rows] for name, values in numbers.items()}
            columns[0, rows] = wording.insight.fill(theirs)
            columns[1, rows] = wording.recommended_action.fill(theirs)
            columns[2, rows] = wording.action_id
        return Words(*columns.tolist())

    def _alike(
        self, segments: Sequence[Segment], numbers: Mapping[str, FloatArray]
    ) -> Iterator[tuple[_Wording, IntArray]]:
        """Each wording with the rows of its customers."""
        orders, recency_days, products = (
            numbers[name] for name in ("num_transactions", "recency_days", "unique_products")
        )
        facets = (
            np.array([SEGMENTS.index(segment) for segment in segments]),
            np.select([orders == 0, orders == 1], [0, 1], default=2),
            recency_days == 0,
            recency_days > self._thresholds.lapsed_after_days,
            products == 0,
        )
        kinds = np.ravel_multi_index(facets, (len(SEGMENTS), 3, 2, 2, 2))
        for kind in np.flatnonzero(np.bincount(kinds)):  # numpy.unique would import masked arrays
            rows = np.flatnonzero(kinds == kind)
            first = rows[0]
            segment = segments[first]
            history = self._history(segment, float(orders[first]), float(recency_days[first]), float(products[first]))
            for action, places in self._catalogue.best_of_many(segment, numbers["purchase_probability_30d"][rows]):
                yield self._wording(action.id, history), rows[places]

    def _new_wording(self, action_id: str, history: str) -> _Wording:
        action = self._catalogue.get(action_id)
        assert isinstance(action, Action)  # noqa: S101 - the id came from the catalogue
        return _Wording(
            insight=Filling(f"{history} {OUTLOOK}", self._currency),
            recommended_action=Filling(f"{action.title}. Cost: {action.cost}.", self._currency),
            action_id=action_id,
        )

    def _history(self, segment: Segment, num_transactions: float, recency_days: float, products: float) -> str:
        """What has been bought, in one or two sentences."""
        last_seen = "today" if recency_days == 0 else "{recency_days} ago"
        if num_transactions == 0:
            return "No order on record yet."
        if segment is Segment.NEW_CUSTOMER:
            # A shop that tells no products has sold some all the same.
            basket = "{total_units} of {unique_products}" if products else "{total_units}"
            return f"First order {last_seen}, worth {{total_spend}}: {basket}. No second order yet."
        if num_transactions == 1:
            orders = f"{{num_transactions}} worth {{total_spend}}, placed {last_seen}"
        else:
            orders = (
                "{num_transactions} worth {total_spend}, {avg_spend} each on average, "
                f"the last of them {last_seen}"
            )
        return f"{self._opening(segment, recency_days)}: {orders}."

    def _opening(self, segment: Segment, recency_days: float) -> str:
        if segment is Segment.LOW_VALUE and recency_days > self._thresholds.lapsed_after_days:
            return "Modest spend, then quiet"
        return OPENINGS[segment]
