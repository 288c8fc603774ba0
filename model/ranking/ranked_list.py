"""A ranked list: its customers as a table, and what they come to together."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from model.artifact.history_artifact import WRITTEN
from model.currency import money_reader
from model.estimators.intervals import IF_PURCHASE, SpendIfPurchase
from model.features.definitions import FEATURE_NAMES
from model.prediction.scorers import Scorer
from model.ranking.campaign import Campaign, Decision
from model.ranking.control_group import ControlGroup, control_group
from model.ranking.totals import Interval, SegmentTotals, Share, Totals
from model.ranking.track_record import TrackRecord
from model.segments import SEGMENTS, SegmentThresholds

if TYPE_CHECKING:
    import pandas as pd

# What marketing tools know people by; nothing but their files, and a row's last keys, tells it.
CONTACT = ("email", "name")
COLUMNS = (
    "rank", "customer_id", "predicted_future_spend_30d", *IF_PURCHASE, "purchase_probability_30d", "customer_segment",
    "action_id", "recommended_action", "reason", "decision", "as_of", "model_version", "contact_cost", "control_draw",
    "is_active", *FEATURE_NAMES,
)  # fmt: skip
SUMMED = [*WRITTEN.values(), "decision", "contact_cost"]


@dataclass(frozen=True)
class CustomerBase:
    """Every customer known at ``as_of``, the highest expected spend first.

    ``customers`` has a row for each: id, segment, forecast, what a purchase would come to where the model has
    intervals, the numbers that sentences speak of, and what else the export tells, see ``add_details``.
    ``track_record`` is None where no past window tells how good sums are. Segments were decided by ``thresholds``,
    which are those of the whole base.
    """

    as_of: datetime
    scorer: Scorer
    customers: "pd.DataFrame"
    track_record: TrackRecord | None
    thresholds: SegmentThresholds

    def __len__(self) -> int:
        return len(self.customers)

    @property
    def total_factor(self) -> float:
        """What every sum of money carries."""
        errors = self.scorer.card.totals
        return 1.0 if errors is None else errors.total_factor


@dataclass(frozen=True)
class RankedList:
    """The customers of a campaign, best first.

    ``customers`` are those of the base who are in its segments, with ``COLUMNS``, ``CONTACT`` where the export tells
    it, and ``is_large``, who is too large a part of the expected total to be held out. ``contact_cost``, together with
    the action, is exact there, and None where nobody said what a contact costs.
    """

    base: CustomerBase
    campaign: Campaign
    currency: str
    customers: "pd.DataFrame"

    def __len__(self) -> int:
        return len(self.customers)

    def columns(self, start: int, end: int) -> dict[str, list[Any]]:  # Any: numbers, texts, None
        """Some customers as columns by name: those of the preset "plain", then what JSON alone shows."""
        names = [*COLUMNS, *(name for name in CONTACT if name in self.customers)]
        told = self.customers.iloc[start:end]
        columns = {name: told[name].tolist() for name in names}
        return columns | {"contact_cost": [cost if cost is None else float(cost) for cost in columns["contact_cost"]]}

    def to_frame(self) -> "pd.DataFrame":
        """All customers, one row each, in these columns."""
        import pandas as pd  # noqa: PLC0415 - files and answers do without

        return pd.DataFrame(self.columns(0, len(self)))

    def totals(self) -> Totals:
        """The sums of the list."""
        customers = self.customers
        return Totals(
            **self._sums(customers),
            total_factor=self.base.total_factor,
            active_customers=int(customers["is_active"].sum()),
            expected_revenue_30d_interval_80=self._interval_80(),
            **{decision: self._share(decision) for decision in Decision},
        )

    def segments(self) -> list[SegmentTotals]:
        """The sums of each segment, in the order of ``Segment``; zeros for one that is not in the list."""
        totals = []
        for segment in SEGMENTS:
            theirs = self.customers.loc[self.customers["customer_segment"] == segment, SUMMED]
            decisions = {decision: int((theirs["decision"] == decision).sum()) for decision in Decision}
            totals.append(SegmentTotals(customer_segment=segment, **self._sums(theirs), **decisions))
        return totals

    def control_group(self) -> ControlGroup | None:
        """What the customers held out can show; None where the campaign holds nobody out."""
        if not self.campaign.control_share:
            return None
        is_compared = self.customers["decision"].isin([Decision.TREAT, Decision.CONTROL]) & ~self.customers["is_large"]
        sides = self.customers[is_compared]
        has_intervals = self.base.scorer.card.intervals is not None
        return control_group(
            sides["predicted_future_spend_30d"].to_numpy(),
            sides["purchase_probability_30d"].to_numpy(),
            SpendIfPurchase(*(sides[name].to_numpy() for name in IF_PURCHASE)) if has_intervals else None,
            (sides["decision"] == Decision.CONTROL).to_numpy(),
            money_reader(self.currency),
        )

    def _sums(self, customers: "pd.DataFrame") -> dict[str, Any]:  # Any: counts and sums
        """How many there are, how many will buy, and for how much; no sum where no past window says how good it is."""
        spend = float(customers["predicted_future_spend_30d"].sum()) * self.base.total_factor
        return {
            "customers": len(customers),
            "expected_buyers_30d": round(float(customers["purchase_probability_30d"].sum()), 4),
            "expected_revenue_30d": None if self.base.track_record is None else round(spend, 2),
        }

    def _interval_80(self) -> Interval | None:
        errors = self.base.scorer.card.totals
        if errors is None or self.base.track_record is None:
            return None
        spend, probability = (self.customers[name].to_numpy() for name in WRITTEN.values())
        low, high = errors.interval_80(spend, probability)
        return Interval(low=round(low, 2), high=round(high, 2))

    def _share(self, decision: Decision) -> Share:
        """The sums of one decision; contacts and actions are summed exactly."""
        theirs, cost = self.customers.loc[self.customers["decision"] == decision, SUMMED], None
        if self.campaign.contact_cost is not None:
            cost = round(float(sum(theirs["contact_cost"])), 2) if decision is Decision.TREAT else 0.0
        return Share(**self._sums(theirs), cost=cost)
