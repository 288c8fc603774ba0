"""The closed list of segments, and the rule that puts every customer into exactly one."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product

from pydantic import BaseModel, ConfigDict, PositiveFloat, PositiveInt

# A number this close to a threshold may be read either way by whoever words the insight.
BORDERLINE_SHARE = 0.10


class Segment(StrEnum):
    """What kind of customer this is."""

    HIGH_VALUE = "High Value"
    HABITUAL_BUYER = "Habitual Buyer"
    NEW_CUSTOMER = "New Customer"
    AT_RISK = "At Risk"
    LOW_VALUE = "Low Value"


class SegmentThresholds(BaseModel):
    """Where one segment ends and the next begins; quantiles of the training data, so they fit any currency.

    The defaults serve a pipeline that came without a card: the values of Online
    Retail II (GBP), rounded.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    lapsed_after_days: PositiveFloat = 60.0
    worth_winning_back: PositiveFloat = 900.0
    high_value_spend: PositiveFloat = 3000.0
    habitual_orders: PositiveInt = 4


@dataclass(frozen=True)
class SegmentDecision:
    """A segment and the comparison of numbers that decided it."""

    segment: Segment
    reason: str


def decide_segment(features: Sequence[float], thresholds: SegmentThresholds) -> SegmentDecision:
    """Put one customer into a segment: the first rule that holds.

    Parameters
    ----------
    features : sequence of 6 floats
        In the order of ``FEATURES``.
    thresholds : SegmentThresholds
        From the model card.
    """
    total_spend, _, num_transactions, _, _, recency_days = features
    seen = f"last purchase {recency_days:g} days ago"
    if recency_days > thresholds.lapsed_after_days:
        seen += f", more than {thresholds.lapsed_after_days:g}"
        if total_spend >= thresholds.worth_winning_back:
            return SegmentDecision(
                Segment.AT_RISK,
                f"{seen}; total spend {total_spend:,.2f}, at least {thresholds.worth_winning_back:,.2f}",
            )
        return SegmentDecision(
            Segment.LOW_VALUE,
            f"{seen}; total spend {total_spend:,.2f}, below {thresholds.worth_winning_back:,.2f}",
        )
    seen += f", at most {thresholds.lapsed_after_days:g}"
    if num_transactions <= 1:
        return SegmentDecision(Segment.NEW_CUSTOMER, f"{seen}; no second order yet")
    if total_spend >= thresholds.high_value_spend:
        return SegmentDecision(
            Segment.HIGH_VALUE,
            f"{seen}; total spend {total_spend:,.2f}, at least {thresholds.high_value_spend:,.2f}",
        )
    orders = f"{seen}; {num_transactions:g} orders"
    if num_transactions >= thresholds.habitual_orders:
        return SegmentDecision(Segment.HABITUAL_BUYER, f"{orders}, at least {thresholds.habitual_orders}")
    return SegmentDecision(Segment.LOW_VALUE, f"{orders}, below {thresholds.habitual_orders}")


def permitted_segments(features: Sequence[float], thresholds: SegmentThresholds) -> frozenset[Segment]:
    """The segments that these numbers allow: the decided one, and any within 10 % of a threshold."""
    total_spend, avg_spend, num_transactions, total_units, unique_products, recency_days = features
    shifts = (1 - BORDERLINE_SHARE, 1.0, 1 + BORDERLINE_SHARE)
    return frozenset(
        decide_segment(
            (
                total_spend * spend_shift,
                avg_spend,
                num_transactions,
                total_units,
                unique_products,
                recency_days * days_shift,
            ),
            thresholds,
        ).segment
        for spend_shift, days_shift in product(shifts, shifts)
    )
