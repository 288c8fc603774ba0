"""A ranked list: its customers as columns, and what they come to together."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from model.arrays import BoolArray, CodeArray, FloatArray, ObjectArray, PositionArray
from model.currency import money_reader
from model.estimators.intervals import IF_PURCHASE, SpendIfPurchase
from model.features.definitions import FEATURE_NAMES
from model.prediction.scorers import Scorer
from model.ranking.campaign import CONTROL, DECISIONS, TREAT, Campaign, Offers
from model.ranking.control_group import ControlGroup, control_group
from model.ranking.totals import Interval, SegmentTotals, Share, Totals
from model.ranking.track_record import TrackRecord
from model.segments import SEGMENTS, Segment, SegmentThresholds

if TYPE_CHECKING:
    import pandas as pd

# What marketing tools know people by; nothing but their files, and a row's last keys, tells it.
CONTACT = ("email", "name")


@dataclass(frozen=True)
class CustomerBase:
    """Every customer known at ``as_of``, the highest expected spend first; arrays of shape (n_customers,).

    ``track_record`` is None where no past window tells how good sums are; ``numbers`` has what is known of them by
    name, ``details`` what else the export tells, see ``add_details``; ``if_purchase``, what a purchase would come to,
    is None where the model has no intervals. Segments were decided by ``thresholds``, which are those of the whole
    base.
    """

    as_of: datetime
    scorer: Scorer
    customer_id: ObjectArray
    spend: FloatArray
    probability: FloatArray
    segment: CodeArray
    is_active: BoolArray
    if_purchase: SpendIfPurchase[FloatArray] | None
    track_record: TrackRecord | None
    numbers: Mapping[str, FloatArray]
    thresholds: SegmentThresholds
    details: Mapping[str, ObjectArray]

    def __len__(self) -> int:
        return len(self.customer_id)

    def part(self, rows: PositionArray) -> Self:
        """Some of the customers."""
        columns = ("customer_id", "spend", "probability", "segment", "is_active")
        return replace(
            self,
            **{name: getattr(self, name)[rows] for name in columns},
            if_purchase=self.if_purchase and SpendIfPurchase(*(each[rows] for each in self.if_purchase)),
            numbers={name: values[rows] for name, values in self.numbers.items()},
            details={name: values[rows] for name, values in self.details.items()},
        )

    @property
    def total_factor(self) -> float:
        """What every sum of money carries."""
        errors = self.scorer.card.totals
        return 1.0 if errors is None else errors.total_factor


@dataclass(frozen=True)
class RankedList:
    """The customers of a campaign, best first; ``base`` holds those of its segments alone."""

    base: CustomerBase
    campaign: Campaign
    currency: str
    offers: Offers
    control_draw: FloatArray
    decision: CodeArray
    action_id: ObjectArray
    recommended_action: ObjectArray
    reason: ObjectArray

    def __len__(self) -> int:
        return len(self.base)

    def columns(self, start: int, end: int) -> dict[str, list[Any]]:  # Any: numbers, texts, None
        """Some customers as columns by name: those of the preset "plain", then what JSON alone shows."""
        base, rows = self.base, slice(start, end)
        size = len(base.customer_id[rows])
        told = base.if_purchase or SpendIfPurchase(*[np.full(len(base), None)] * len(IF_PURCHASE))
        return {
            "rank": list(range(start + 1, start + 1 + size)),
            "customer_id": base.customer_id[rows].tolist(),
            "predicted_future_spend_30d": base.spend[rows].tolist(),
            **{name: values[rows].tolist() for name, values in zip(IF_PURCHASE, told, strict=True)},
            "purchase_probability_30d": base.probability[rows].tolist(),
            "customer_segment": [SEGMENTS[code].value for code in base.segment[rows].tolist()],
            "action_id": self.action_id[rows].tolist(),
            "recommended_action": self.recommended_action[rows].tolist(),
            "reason": self.reason[rows].tolist(),
            "decision": [DECISIONS[code].value for code in self.decision[rows].tolist()],
            "as_of": [base.as_of.date().isoformat()] * size,
            "model_version": [base.scorer.card.model_version] * size,
            "contact_cost": self._contact_costs(rows),
            "control_draw": self.control_draw[rows].tolist(),
            "is_active": base.is_active[rows].tolist(),
            **{name: base.numbers[name][rows].tolist() for name in FEATURE_NAMES},
            **{name: base.details[name][rows].tolist() for name in CONTACT if name in base.details},
        }

    def to_frame(self) -> "pd.DataFrame":
        """All customers, one row each, in these columns."""
        import pandas as pd  # noqa: PLC0415 - files and answers do without

        return pd.DataFrame(self.columns(0, len(self)))

    def totals(self) -> Totals:
        """The sums of the list."""
        base = self.base
        return Totals(
            total_factor=base.total_factor,
            customers=len(base),
            active_customers=int(base.is_active.sum()),
            expected_buyers_30d=_probability_sum(base.probability),
            expected_revenue_30d=self._expected(base.spend),
            expected_revenue_30d_interval_80=self._interval_80(),
            **{decision.value: self._group(code) for code, decision in enumerate(DECISIONS)},
        )

    def segments(self) -> list[SegmentTotals]:
        """The sums of each segment, in the order of ``Segment``; zeros for one that is not in the list."""
        return [self._segment(code, segment) for code, segment in enumerate(SEGMENTS)]

    def control_group(self) -> ControlGroup | None:
        """What the customers held out can show; None where the campaign holds nobody out."""
        if not self.campaign.control_share:
            return None
        rows = np.flatnonzero(np.isin(self.decision, (TREAT, CONTROL)) & ~self.offers.is_large)
        sides, is_held_out, money = self.base.part(rows), self.decision[rows] == CONTROL, money_reader(self.currency)
        return control_group(sides.spend, sides.probability, sides.if_purchase, is_held_out, money)

    def _contact_costs(self, rows: slice) -> list[float | None]:
        """What contacting each costs, together with the action; None where nobody said what a contact costs."""
        cost = self.campaign.contact_cost
        if cost is None:
            return [None] * len(self.decision[rows])
        return [float(each) for each in self.offers.costs(cost)[rows]]

    def _expected(self, spend: FloatArray) -> float | None:
        """A sum of money; none is told where no past window says how good such sums are."""
        if self.base.track_record is None:
            return None
        return round(float(spend.sum()) * self.base.total_factor, 2)

    def _interval_80(self) -> Interval | None:
        errors = self.base.scorer.card.totals
        if errors is None or self.base.track_record is None:
            return None
        low, high = errors.interval_80(self.base.spend, self.base.probability)
        return Interval(low=round(low, 2), high=round(high, 2))

    def _group(self, decision: int) -> Share:
        is_in = self.decision == decision
        return Share(
            customers=int(is_in.sum()),
            expected_buyers_30d=_probability_sum(self.base.probability[is_in]),
            expected_revenue_30d=self._expected(self.base.spend[is_in]),
            cost=self._cost(is_in & (decision == TREAT)),
        )

    def _cost(self, is_treated: BoolArray) -> float | None:
        """Contacts and actions together, exactly summed."""
        cost = self.campaign.contact_cost
        return None if cost is None else round(float(sum(self.offers.costs(cost)[is_treated])), 2)

    def _segment(self, code: int, segment: Segment) -> SegmentTotals:
        is_in = self.base.segment == code
        decisions = np.bincount(self.decision[is_in], minlength=len(DECISIONS)).tolist()
        return SegmentTotals(
            customer_segment=segment,
            customers=int(is_in.sum()),
            expected_buyers_30d=_probability_sum(self.base.probability[is_in]),
            expected_revenue_30d=self._expected(self.base.spend[is_in]),
            **dict(zip(DECISIONS, decisions, strict=True)),
        )


def _probability_sum(probabilities: FloatArray) -> float:
    return round(float(probabilities.sum()), 4)
