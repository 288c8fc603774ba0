"""Every customer lands in exactly one segment, for a reason in numbers, and is told what would change it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.segments import Segment, SegmentThresholds, decide_segment, permitted_segments

THRESHOLDS = SegmentThresholds(lapsed_after_days=60, worth_winning_back=900, high_value_spend=3000, habitual_orders=4)
SPEND = st.floats(0, 1e7)
ORDERS = st.integers(0, 500).map(float)
DAYS = st.integers(0, 1000).map(float)


def features(*, spend=500.0, orders=3.0, days=10.0):
    return (spend, spend / max(orders, 1), orders, 10.0, 5.0, days)


@pytest.mark.parametrize(
    ("numbers", "segment"),
    [
        (features(spend=5200, orders=14, days=4), Segment.HIGH_VALUE),
        (features(spend=345.7, orders=7, days=4), Segment.HABITUAL_BUYER),
        (features(spend=60, orders=1, days=0), Segment.NEW_CUSTOMER),
        (features(spend=0, orders=0, days=0), Segment.NEW_CUSTOMER),
        (features(spend=1500, orders=9, days=75), Segment.AT_RISK),
        (features(spend=60, orders=2, days=80), Segment.LOW_VALUE),
        (features(spend=60, orders=2, days=8), Segment.LOW_VALUE),
    ],
)
def test_archetypes_land_in_their_segments(numbers, segment):
    assert decide_segment(numbers, THRESHOLDS).segment is segment


@pytest.mark.parametrize(
    ("at", "beyond", "segment_at", "segment_beyond"),
    [
        (features(spend=1000, days=60), features(spend=1000, days=61), Segment.LOW_VALUE, Segment.AT_RISK),
        (features(spend=900, days=61), features(spend=899.99, days=61), Segment.AT_RISK, Segment.LOW_VALUE),
        (features(spend=3000), features(spend=2999.99), Segment.HIGH_VALUE, Segment.LOW_VALUE),
        (features(orders=4.0), features(orders=3.0), Segment.HABITUAL_BUYER, Segment.LOW_VALUE),
        (features(orders=1.0), features(orders=2.0), Segment.NEW_CUSTOMER, Segment.LOW_VALUE),
    ],
)
def test_a_threshold_belongs_to_one_side(at, beyond, segment_at, segment_beyond):
    assert decide_segment(at, THRESHOLDS).segment is segment_at
    assert decide_segment(beyond, THRESHOLDS).segment is segment_beyond


def test_the_reason_is_the_comparison_of_numbers_that_decided():
    decision = decide_segment(features(spend=1500, orders=9, days=75), THRESHOLDS)

    assert decision.reason == "last purchase 75 days ago, more than 60; total spend 1,500.00, at least 900.00"


def test_one_is_singular():
    decision = decide_segment(features(spend=60, orders=1, days=1), THRESHOLDS)

    assert decision.reason == "last purchase 1 day ago, at most 60; 1 order, no second one yet"


def test_what_would_change_the_segment_is_told_in_numbers():
    decision = decide_segment(features(spend=1000, orders=3, days=59), THRESHOLDS)

    assert [str(change) for change in decision.changes] == [
        "2 more days without an order: At Risk",
        "1 more order, however small: Habitual Buyer",
        "2,000.00 more spend: High Value",
    ]


@given(SPEND, ORDERS, DAYS)
def test_what_would_change_the_segment_does(spend, orders, days):
    """Whoever does what a change says lands in the segment that it names."""
    decision = decide_segment(features(spend=spend, orders=orders, days=days), THRESHOLDS)

    for change in decision.changes:
        amount = float(re.sub(r"[^0-9.]", "", change.condition.split(" more ")[0]) or 1)
        after = {"spend": spend, "orders": orders, "days": days}
        if "without an order" in change.condition:
            after["days"] += amount
        elif "order" in change.condition:
            after |= {"orders": orders + amount, "days": 0.0}
        else:
            after["spend"] += amount
        assert decide_segment(features(**after), THRESHOLDS).segment is change.segment
        assert change.segment is not decision.segment


@given(SPEND, ORDERS, DAYS)
def test_the_decided_segment_is_always_permitted(spend, orders, days):
    numbers = features(spend=spend, orders=orders, days=days)

    assert decide_segment(numbers, THRESHOLDS).segment in permitted_segments(numbers, THRESHOLDS)


@given(SPEND, ORDERS, DAYS, st.floats(0.01, 1000))
def test_segments_fit_any_currency(spend, orders, days, rate):
    """Spend and thresholds in another currency decide alike; a rounding error apart from the very threshold."""
    other = THRESHOLDS.model_copy(
        update={
            "worth_winning_back": THRESHOLDS.worth_winning_back * rate,
            "high_value_spend": THRESHOLDS.high_value_spend * rate,
        }
    )
    here = decide_segment(features(spend=spend, orders=orders, days=days), THRESHOLDS).segment
    there = permitted_segments(features(spend=spend * rate, orders=orders, days=days), other)

    assert here in there


def test_only_numbers_near_a_threshold_may_be_read_either_way():
    assert permitted_segments(features(spend=5200, orders=14, days=4), THRESHOLDS) == {Segment.HIGH_VALUE}
    assert permitted_segments(features(spend=2800, orders=14, days=4), THRESHOLDS) == {
        Segment.HIGH_VALUE,
        Segment.HABITUAL_BUYER,
    }
    assert permitted_segments(features(spend=850, orders=2, days=58), THRESHOLDS) == {
        Segment.LOW_VALUE,
        Segment.AT_RISK,
    }
