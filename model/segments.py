r"""The closed list of segments, the rule that puts every customer into exactly one, and what would change it.

                          last purchase within lapsed_after_days?
                      yes /                                     \ no
  expected spend above high_expected_spend?      expected spend above median_expected_spend,
       yes /           \ no                        or average order above high_order_value?
  High Value     a second order yet?                    yes /           \ no
               yes /           \ no                  At Risk         Low Value
       Habitual Buyer      New Customer

Three laws hold, for the rule and for what a language model may choose: one more order today never leads to At Risk or
Low Value; more spend never leads from High Value to another; nobody above the median expected spend is Low Value.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache, partial
from itertools import product
from typing import NamedTuple, Self

import numpy as np
from pydantic import Field, NonNegativeFloat, PositiveFloat

from model.arrays import CodeArray, FloatArray
from model.documents import Document

# A number this close to a threshold may be read either way by whoever words the insight.
BORDERLINE_SHARE = 0.10
SHIFTS = (1 - BORDERLINE_SHARE, 1.0, 1 + BORDERLINE_SHARE)
# What the thresholds are quantiles of customers at.
HIGH_QUANTILE, LAPSED_QUANTILE = 0.75, 0.80
# Of a shop where nobody has bought on two days.
LAPSED_WITHOUT_GAPS_DAYS = 90.0
# What decides a segment beside the forecast, and what the thresholds are made of; a gap is the median of one's own.
DECIDING = ("avg_spend", "num_transactions", "recency_days")
SEGMENT_FEATURES = (*DECIDING, "median_gap_days")


class Segment(StrEnum):
    """What kind of customer this is."""

    HIGH_VALUE = "High Value"
    HABITUAL_BUYER = "Habitual Buyer"
    NEW_CUSTOMER = "New Customer"
    AT_RISK = "At Risk"
    LOW_VALUE = "Low Value"


# Where many customers have one, a segment is its position here.
SEGMENTS = tuple(Segment)
CODES = {segment: code for code, segment in enumerate(SEGMENTS)}


class SegmentThresholds(Document):
    """Where one segment ends and the next begins: quantiles of a shop's own customers, so they fit any currency.

    The defaults serve a pipeline that came without a card: the values of Online
    Retail II (GBP), rounded.
    """

    lapsed_after_days: PositiveFloat = Field(160.0, examples=[97.0])
    """Lapsed is whose last purchase is longer ago (days): the 80 % quantile of customers' usual gaps."""
    high_expected_spend: NonNegativeFloat = Field(65.0, examples=[145.73])
    """High Value is from whom more is expected (currency): the 75 % quantile of expected spends."""
    median_expected_spend: NonNegativeFloat = Field(26.0, examples=[69.62])
    """A lapsed customer from whom more is expected is At Risk (currency): the median."""
    high_order_value: NonNegativeFloat = Field(415.0, examples=[92.14])
    """So is one whose average order is worth more (currency): the 75 % quantile of average orders."""

    @classmethod
    def of(cls, expected_spend: FloatArray, avg_spend: FloatArray, gap_days: FloatArray) -> Self:
        """The thresholds of these customers; a gap is no number where there is none. Arrays of shape (n_customers,)."""
        median, high = np.quantile(expected_spend, [0.5, HIGH_QUANTILE]).tolist()
        gaps = gap_days[np.isfinite(gap_days)]
        lapsed = float(np.quantile(gaps, LAPSED_QUANTILE)) if len(gaps) else LAPSED_WITHOUT_GAPS_DAYS
        return cls(
            lapsed_after_days=max(1.0, float(math.ceil(lapsed))),
            high_expected_spend=round(high, 4),
            median_expected_spend=round(median, 4),
            high_order_value=round(float(np.quantile(avg_spend, HIGH_QUANTILE)), 2),
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


def decide_segment(features: Sequence[float], expected_spend: float, thresholds: SegmentThresholds) -> SegmentDecision:
    """Put one customer into a segment, with the reason in numbers.

    Parameters
    ----------
    features : sequence of 6 floats
        In the order of ``FEATURES``.
    expected_spend : float
        The forecast, as it is answered.
    thresholds : SegmentThresholds
        Of the shop at hand, or from the model card.
    """
    _, avg_spend, orders, _, _, recency_days = features
    segment = segment_of(avg_spend, orders, recency_days, expected_spend, thresholds)
    changes = _changes(features, expected_spend, thresholds)
    return SegmentDecision(
        segment,
        _reason(features, expected_spend, thresholds),
        tuple([change for change in changes if change.segment is not segment]),
    )


def segment_of(
    avg_spend: float, orders: float, recency_days: float, expected_spend: float, thresholds: SegmentThresholds
) -> Segment:
    """The segment of one customer, by the rule at the head of this file."""
    if recency_days > thresholds.lapsed_after_days:
        is_worth = expected_spend > thresholds.median_expected_spend or avg_spend > thresholds.high_order_value
        return Segment.AT_RISK if is_worth else Segment.LOW_VALUE
    if expected_spend > thresholds.high_expected_spend:
        return Segment.HIGH_VALUE
    return Segment.NEW_CUSTOMER if orders <= 1 else Segment.HABITUAL_BUYER


def segment_codes(
    numbers: Mapping[str, FloatArray], expected_spend: FloatArray, thresholds: SegmentThresholds
) -> CodeArray:
    """The segments of many customers as positions in ``SEGMENTS``; arrays of shape (n_customers,) by name."""
    avg_spend, orders, recency_days = (numbers[name].tolist() for name in DECIDING)
    rows = zip(avg_spend, orders, recency_days, expected_spend.tolist(), strict=True)
    segments = (segment_of(average, count, days, expected, thresholds) for average, count, days, expected in rows)
    return np.fromiter((CODES[segment] for segment in segments), np.int8, len(expected_spend))


def segment_reasons(features: FloatArray, expected_spend: FloatArray, thresholds: SegmentThresholds) -> list[str]:
    """The comparison of numbers that decided each of ``segment_codes``."""
    rows = zip(features.tolist(), expected_spend.tolist(), strict=True)
    return [_reason(customer, expected, thresholds) for customer, expected in rows]


def permitted_segments(
    features: Sequence[float], expected_spend: float, thresholds: SegmentThresholds
) -> frozenset[Segment]:
    """The segments that these numbers allow: the decided one, and any within 10 % of a threshold that no law forbids.

    High Value stands alone: beside another segment, somebody with a little more spend could be called that other one.
    """
    _, avg_spend, orders, _, _, recency_days = features
    if segment_of(avg_spend, orders, recency_days, expected_spend, thresholds) is Segment.HIGH_VALUE:
        return frozenset({Segment.HIGH_VALUE})
    near = frozenset(
        segment_of(avg_spend * average, orders, recency_days * days, expected_spend * expected, thresholds)
        for average, days, expected in product(SHIFTS, repeat=3)
    )
    forbidden = {Segment.HIGH_VALUE}
    if expected_spend > thresholds.median_expected_spend:
        forbidden.add(Segment.LOW_VALUE)
    return near - forbidden


def _reason(features: Sequence[float], expected_spend: float, thresholds: SegmentThresholds) -> str:
    _, avg_spend, orders, _, _, recency_days = features
    median, high = thresholds.median_expected_spend, thresholds.high_expected_spend
    expected, lapsed = f"expected spend {expected_spend:,.2f}", f"{thresholds.lapsed_after_days:g}"
    if recency_days > thresholds.lapsed_after_days:
        ago = f"last purchase {_days(recency_days)} ago, more than {lapsed}; {expected}"
        if expected_spend > median:
            return f"{ago}, above the median of {median:,.2f}"
        side = "above" if avg_spend > thresholds.high_order_value else "not above"
        order = f"average order {avg_spend:,.2f}, {side} {thresholds.high_order_value:,.2f}"
        return f"{ago}, not above the median of {median:,.2f}; {order}"
    ago = f"last purchase {_days(recency_days)} ago, at most {lapsed}; {expected}"
    if expected_spend > high:
        return f"{ago}, above {high:,.2f}"
    second = ", no second one yet" if orders <= 1 else ""
    return f"{ago}, not above {high:,.2f}; {_orders(orders)}{second}"


def _changes(
    features: Sequence[float], expected_spend: float, thresholds: SegmentThresholds
) -> Iterator[SegmentChange]:
    """One step along each number, the others as they are: time passes, an order comes, the forecast grows."""
    _, avg_spend, orders, _, _, recency_days = features
    segment_after = partial(segment_of, avg_spend, thresholds=thresholds)
    if recency_days > thresholds.lapsed_after_days:
        yield SegmentChange("an order today", segment_after(orders + 1, 0, expected_spend))
        return
    quiet_days = math.floor(thresholds.lapsed_after_days - recency_days) + 1
    without_order = f"{_count(quiet_days, 'more day')} without an order"
    yield SegmentChange(without_order, segment_after(orders, recency_days + quiet_days, expected_spend))
    if orders <= 1:
        missing = 2 - orders
        yield SegmentChange(_count(missing, "more order"), segment_after(orders + missing, 0, expected_spend))
    above = f"an expected spend above {thresholds.high_expected_spend:,.2f}"
    yield SegmentChange(above, segment_after(orders, recency_days, math.inf))


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
