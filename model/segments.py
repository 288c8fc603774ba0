r"""The closed list of segments, the rule that puts every customer into exactly one, and what would change it.

                    last purchase within lapsed_after_days?
                      yes /                       \ no
         a second order yet?              total_spend >= worth_winning_back?
        no /        \ yes                     yes /        \ no
New Customer   total_spend >= high_value_spend?  At Risk   Low Value
                 yes /        \ no
           High Value   num_transactions >= habitual_orders?
                          yes /        \ no
                Habitual Buyer       Low Value
"""

import math
from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import lru_cache
from itertools import product, repeat
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt

FloatArray = npt.NDArray[np.float64]

# A number this close to a threshold may be read either way by whoever words the insight.
BORDERLINE_SHARE = 0.10
SHIFTS = (1 - BORDERLINE_SHARE, 1.0, 1 + BORDERLINE_SHARE)


class Segment(StrEnum):
    """What kind of customer this is."""

    HIGH_VALUE = "High Value"
    HABITUAL_BUYER = "Habitual Buyer"
    NEW_CUSTOMER = "New Customer"
    AT_RISK = "At Risk"
    LOW_VALUE = "Low Value"


# Where many customers have one, a segment is its position here.
SEGMENTS = tuple(Segment)


class SegmentThresholds(BaseModel):
    """Where one segment ends and the next begins; quantiles of the training data, so they fit any currency.

    The defaults serve a pipeline that came without a card: the values of Online
    Retail II (GBP), rounded.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    lapsed_after_days: PositiveFloat = Field(
        60.0, description="Lapsed is whose last purchase is longer ago (days).", examples=[49.0]
    )
    worth_winning_back: PositiveFloat = Field(
        900.0, description="At Risk is a lapsed customer who spent at least this (currency).", examples=[1591.91]
    )
    high_value_spend: PositiveFloat = Field(
        3000.0, description="High Value is who spent at least this (currency).", examples=[4160.83]
    )
    habitual_orders: PositiveInt = Field(
        4, description="Habitual Buyer is who ordered at least so often (count).", examples=[4]
    )


class SegmentChange(NamedTuple):
    """The nearest thing along one line of numbers that would move the customer to another segment."""

    condition: str
    segment: Segment

    def __str__(self) -> str:
        return f"{self.condition}: {self.segment}"


class SegmentDecision(NamedTuple):
    """A segment, the comparison of numbers that decided it, and the nearest changes that lead to another one."""

    segment: Segment
    reason: str
    changes: tuple[SegmentChange, ...]


def decide_segment(features: Sequence[float], thresholds: SegmentThresholds) -> SegmentDecision:
    """Put one customer into a segment, with the reason in numbers.

    Parameters
    ----------
    features : sequence of 6 floats
        In the order of ``FEATURES``.
    thresholds : SegmentThresholds
        From the model card.
    """
    total_spend, _, orders, _, _, recency_days = features
    segment = _segment(total_spend, orders, recency_days, thresholds)
    possible = _possible_changes(total_spend, orders, recency_days, thresholds)
    return SegmentDecision(
        segment,
        _wording(thresholds).reason(total_spend, f"{total_spend:,.2f}", orders, recency_days),
        tuple([change for change in possible if change.segment is not segment]),
    )


def decide_segments(features: FloatArray, thresholds: SegmentThresholds) -> list[Segment]:
    """The segment of each of many customers; ``features`` of shape (n_customers, 6)."""
    return [SEGMENTS[code] for code in segment_codes(features, thresholds).tolist()]


def segment_codes(features: FloatArray, thresholds: SegmentThresholds) -> npt.NDArray[np.int8]:
    """The same as positions in ``SEGMENTS``, of shape (n_customers,)."""
    total_spend, orders, recency_days = features[:, 0], features[:, 2], features[:, 5]
    has_lapsed = recency_days > thresholds.lapsed_after_days
    rules = {
        Segment.AT_RISK: has_lapsed & (total_spend >= thresholds.worth_winning_back),
        Segment.LOW_VALUE: has_lapsed,
        Segment.NEW_CUSTOMER: orders <= 1,
        Segment.HIGH_VALUE: total_spend >= thresholds.high_value_spend,
        Segment.HABITUAL_BUYER: orders >= thresholds.habitual_orders,
    }
    codes = [np.int8(SEGMENTS.index(segment)) for segment in rules]
    return np.select(list(rules.values()), codes, default=np.int8(SEGMENTS.index(Segment.LOW_VALUE)))


def segment_reasons(features: FloatArray, thresholds: SegmentThresholds) -> list[str]:
    """The reason of each of ``decide_segments``."""
    total_spend, orders, recency_days = (features[:, position].tolist() for position in (0, 2, 5))
    shown_spend = map(float.__format__, total_spend, repeat(",.2f"))
    return list(map(_wording(thresholds).reason, total_spend, shown_spend, orders, recency_days))


def permitted_segments(features: Sequence[float], thresholds: SegmentThresholds) -> frozenset[Segment]:
    """The segments that these numbers allow: the decided one, and any within 10 % of a threshold."""
    total_spend, _, orders, _, _, recency_days = features
    return frozenset(
        _segment(total_spend * spend_shift, orders, recency_days * days_shift, thresholds)
        for spend_shift, days_shift in product(SHIFTS, SHIFTS)
    )


def _segment(total_spend: float, orders: float, recency_days: float, thresholds: SegmentThresholds) -> Segment:
    """The rule at the head of this file."""
    if recency_days > thresholds.lapsed_after_days:
        return Segment.AT_RISK if total_spend >= thresholds.worth_winning_back else Segment.LOW_VALUE
    if orders <= 1:
        return Segment.NEW_CUSTOMER
    if total_spend >= thresholds.high_value_spend:
        return Segment.HIGH_VALUE
    return Segment.HABITUAL_BUYER if orders >= thresholds.habitual_orders else Segment.LOW_VALUE


class _Wording(NamedTuple):
    """The thresholds, and how they read in a reason; said once for many customers."""

    lapsed_after_days: float
    worth_winning_back: float
    high_value_spend: float
    habitual_orders: int
    lapsed: str
    recent: str
    lapsed_spend: tuple[str, str]
    spend: tuple[str, str]
    orders: tuple[str, str]

    def reason(self, total_spend: float, shown_spend: str, orders: float, recency_days: float) -> str:
        """The comparison of numbers that decided a segment."""
        days = _days(recency_days)
        if recency_days > self.lapsed_after_days:
            side = self.lapsed_spend[total_spend >= self.worth_winning_back]
            return f"last purchase {days}{self.lapsed}{shown_spend}{side}"
        if orders <= 1:
            return f"last purchase {days}{self.recent}{_orders(orders)}, no second one yet"
        if total_spend >= self.high_value_spend:
            return f"last purchase {days}{self.recent}total spend {shown_spend}{self.spend[True]}"
        return (
            f"last purchase {days}{self.recent}total spend {shown_spend}{self.spend[False]}; "
            f"{_orders(orders)}{self.orders[orders >= self.habitual_orders]}"
        )


def _wording(thresholds: SegmentThresholds) -> _Wording:
    return _worded(
        thresholds.lapsed_after_days,
        thresholds.worth_winning_back,
        thresholds.high_value_spend,
        thresholds.habitual_orders,
    )


@lru_cache(maxsize=8)
def _worded(lapsed_after_days: float, worth_winning_back: float, high_value_spend: float, orders: int) -> _Wording:
    def compared(threshold: str) -> tuple[str, str]:
        return f", below {threshold}", f", at least {threshold}"

    return _Wording(
        lapsed_after_days,
        worth_winning_back,
        high_value_spend,
        orders,
        lapsed=f" ago, more than {lapsed_after_days:g}; total spend ",
        recent=f" ago, at most {lapsed_after_days:g}; ",
        lapsed_spend=compared(f"{worth_winning_back:,.2f}"),
        spend=compared(f"{high_value_spend:,.2f}"),
        orders=compared(f"{orders}"),
    )


def _possible_changes(
    total_spend: float, orders: float, recency_days: float, thresholds: SegmentThresholds
) -> Iterator[SegmentChange]:
    """One step along each number: time passes, an order comes, spend grows."""
    if recency_days > thresholds.lapsed_after_days:
        yield SegmentChange("an order today, however small", _segment(total_spend, orders + 1, 0, thresholds))
        return
    quiet_days = math.floor(thresholds.lapsed_after_days - recency_days) + 1
    silent = _segment(total_spend, orders, recency_days + quiet_days, thresholds)
    yield SegmentChange(f"{_count(quiet_days, 'more day')} without an order", silent)
    missing_orders = _next_order_step(orders, thresholds) - orders
    if missing_orders > 0:
        busier = _segment(total_spend, orders + missing_orders, 0, thresholds)
        yield SegmentChange(f"{_count(missing_orders, 'more order')}, however small", busier)
    missing_spend = thresholds.high_value_spend - total_spend
    if orders > 1 and missing_spend > 0:
        # rounded up, so that exactly the amount named here is enough
        yield SegmentChange(f"{math.ceil(missing_spend * 100) / 100:,.2f} more spend", Segment.HIGH_VALUE)


def _next_order_step(orders: float, thresholds: SegmentThresholds) -> float:
    """The number of orders at which the next rule begins."""
    return 2 if orders <= 1 else thresholds.habitual_orders


def _count(number: float, noun: str) -> str:
    """``1 day``, ``0 days``, ``2.5 days``."""
    shown = f"{number:,.0f}" if number == round(number) and number < 1e15 else f"{number:,g}"
    return f"{shown} {noun}" if number == 1 else f"{shown} {noun}s"


# Customers have few different counts. Zero and minus zero are the same to a cache, and shall read the same.
@lru_cache(maxsize=1000)
def _days(number: float) -> str:
    return _count(number + 0.0, "day")


@lru_cache(maxsize=1000)
def _orders(number: float) -> str:
    return _count(number + 0.0, "order")
