"""Insights from rules: no network, always there, good enough to ship."""

from app.insights.actions import Catalogue
from app.insights.base import Insight
from app.insights.facts import Facts
from model.predictor import Prediction
from model.segments import Segment, SegmentThresholds

OUTLOOK = (
    "The chance of an order in the next 30 days is {purchase_probability_30d}; "
    "{predicted_future_spend_30d} is expected."
)


class RuleWriter:
    """Words every prediction by the rule-based segment."""

    def __init__(self, catalogue: Catalogue, thresholds: SegmentThresholds, currency: str) -> None:
        self._catalogue, self._thresholds, self._currency = catalogue, thresholds, currency

    def write(self, prediction: Prediction) -> Insight:
        """Segment, insight and action from the numbers alone."""
        facts = Facts.of(prediction, self._currency)
        action = self._catalogue.best(prediction.segment, prediction.purchase_probability_30d)
        return Insight(
            segment=prediction.segment,
            insight=facts.fill(f"{self._history(prediction.segment, facts)} {OUTLOOK}"),
            recommended_action=facts.fill(f"{action.title}. Cost: {action.cost}."),
            action_id=action.id,
            source="rules",
            prompt_version=None,
        )

    def _history(self, segment: Segment, facts: Facts) -> str:
        """What has been bought, in one or two sentences."""
        num_transactions, recency_days = facts.numbers["num_transactions"], facts.numbers["recency_days"]
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


OPENINGS = {
    Segment.HIGH_VALUE: "Spends much and is active",
    Segment.HABITUAL_BUYER: "Orders again and again",
    Segment.AT_RISK: "Spent well, then went quiet",
    Segment.LOW_VALUE: "Not a regular yet",
}
