"""Insights from rules: no network, always there, good enough to ship."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Self

from app.insights.actions import Action, Catalogue
from app.insights.base import Insight
from app.insights.filling import Filling
from model.features import FEATURE_NAMES
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

Numbers = Mapping[str, Sequence[float]]


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
        history = self._history(prediction.segment, numbers["num_transactions"], numbers["recency_days"])
        wording = self._wording(
            self._catalogue.best(prediction.segment, prediction.purchase_probability_30d).id, history
        )
        columns = {name: (value,) for name, value in numbers.items()} | {
            "predicted_future_spend_30d": (prediction.future_spend_30d,),
            "purchase_probability_30d": (prediction.purchase_probability_30d,),
        }
        return Insight(
            segment=prediction.segment,
            insight=wording.insight.fill(columns)[0],
            recommended_action=wording.recommended_action.fill(columns)[0],
            action_id=wording.action_id,
            source="rules",
            prompt_version=None,
        )

    def write_many(self, predictions: Predictions) -> Words:
        """The words of ``write`` for each of many customers, one wording after another."""
        numbers: dict[str, list[float]] = {
            **dict(zip(FEATURE_NAMES, predictions.features.T.tolist(), strict=True)),
            "predicted_future_spend_30d": predictions.future_spend_30d,
            "purchase_probability_30d": predictions.purchase_probability_30d,
        }
        words = Words.none(len(predictions))
        for wording, rows in self._alike(predictions.segments, numbers).items():
            columns = {name: [values[row] for row in rows] for name, values in numbers.items()}
            texts = zip(rows, wording.insight.fill(columns), wording.recommended_action.fill(columns), strict=True)
            for row, insight, recommended_action in texts:
                words.insights[row] = insight
                words.recommended_actions[row] = recommended_action
                words.action_ids[row] = wording.action_id
        return words

    def _alike(self, segments: Sequence[Segment], numbers: Numbers) -> dict[_Wording, list[int]]:
        """The rows of each wording."""
        rows: dict[_Wording, list[int]] = {}
        customers = zip(
            segments,
            numbers["num_transactions"],
            numbers["recency_days"],
            numbers["purchase_probability_30d"],
            strict=True,
        )
        for row, (segment, num_transactions, recency_days, probability) in enumerate(customers):
            action = self._catalogue.best(segment, probability)
            wording = self._wording(action.id, self._history(segment, num_transactions, recency_days))
            rows.setdefault(wording, []).append(row)
        return rows

    def _new_wording(self, action_id: str, history: str) -> _Wording:
        action = self._catalogue.get(action_id)
        assert isinstance(action, Action)  # noqa: S101 - the id came from the catalogue
        return _Wording(
            insight=Filling(f"{history} {OUTLOOK}", self._currency),
            recommended_action=Filling(f"{action.title}. Cost: {action.cost}.", self._currency),
            action_id=action_id,
        )

    def _history(self, segment: Segment, num_transactions: float, recency_days: float) -> str:
        """What has been bought, in one or two sentences."""
        last_seen = "today" if recency_days == 0 else "{recency_days} ago"
        if num_transactions == 0:
            return "No order on record yet."
        if segment is Segment.NEW_CUSTOMER:
            basket = "{total_units} of {unique_products}"
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
