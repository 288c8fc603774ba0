"""Every customer lands in exactly one segment, for a reason in numbers, and three laws hold in shops of any kind."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.segments import (
    DECIDING,
    SEGMENTS,
    Segment,
    SegmentThresholds,
    decide_segment,
    permitted_segments,
    segment_codes,
)

THRESHOLDS = SegmentThresholds(
    lapsed_after_days=60, high_expected_spend=100, median_expected_spend=40, high_order_value=300
)
EXPECTED = st.floats(0, 1e6).map(lambda amount: round(amount, 2)) | st.floats(0, 200).map(lambda one: round(one, 2))
ORDERS = st.integers(0, 500).map(float)
DAYS = st.integers(0, 200).map(float)
AVERAGE = st.floats(0.01, 1e5) | st.floats(200, 400)


def features(*, average=50.0, orders=3.0, days=10.0):
    return (average * orders, average, orders, 10.0, 5.0, days)


@st.composite
def shops(draw):
    """Customers of a shop as (expected spend, average order, orders, days since the last, usual gap)."""
    scale = draw(st.sampled_from([0.01, 1.0, 25.0, 1e4]))
    is_alike = draw(st.booleans())
    money = st.sampled_from([0.0, scale, 3 * scale]) if is_alike else st.floats(0, 100).map(lambda one: one * scale)
    customer = st.tuples(
        money.map(lambda amount: round(amount, 2)),
        money.map(lambda amount: amount + 0.01),
        st.integers(1, draw(st.sampled_from([1, 3, 200]))).map(float),
        st.integers(0, draw(st.sampled_from([3, 60, 900]))).map(float),
        st.just(np.nan) | st.floats(0.1, draw(st.sampled_from([2.0, 40.0, 400.0]))),
    )
    return np.array(draw(st.lists(customer, min_size=1, max_size=60)))


def thresholds_of(shop) -> SegmentThresholds:
    return SegmentThresholds.of(shop[:, 0], shop[:, 1], shop[:, 4])


def segments_of(shop, thresholds) -> list[Segment]:
    numbers = dict(zip(DECIDING, shop[:, 1:4].T, strict=True))
    return [SEGMENTS[code] for code in segment_codes(numbers, shop[:, 0], thresholds).tolist()]


def choices(customer, thresholds):
    """What the rule says, and all that a language model may say."""
    expected, average, orders, days = customer
    numbers = features(average=average, orders=orders, days=days)
    permitted = permitted_segments(numbers, expected, thresholds)
    assert decide_segment(numbers, expected, thresholds).segment in permitted
    return permitted


@pytest.mark.parametrize(
    ("numbers", "expected", "segment"),
    [
        (features(orders=14, days=4), 520.0, Segment.HIGH_VALUE),
        (features(orders=1, days=4), 520.0, Segment.HIGH_VALUE),
        (features(orders=7, days=4), 60.0, Segment.HABITUAL_BUYER),
        (features(orders=2, days=8), 0.5, Segment.HABITUAL_BUYER),
        (features(orders=1, days=0), 20.0, Segment.NEW_CUSTOMER),
        (features(orders=0, days=0), 0.0, Segment.NEW_CUSTOMER),
        (features(orders=9, days=75), 41.0, Segment.AT_RISK),
        (features(orders=1, days=75, average=800), 5.0, Segment.AT_RISK),
        (features(orders=2, days=80), 12.0, Segment.LOW_VALUE),
    ],
)
def test_archetypes_land_in_their_segments(numbers, expected, segment):
    assert decide_segment(numbers, expected, THRESHOLDS).segment is segment


@pytest.mark.parametrize(
    ("at", "beyond", "segment_at", "segment_beyond"),
    [
        ((features(days=60), 10.0), (features(days=61), 10.0), Segment.HABITUAL_BUYER, Segment.LOW_VALUE),
        ((features(days=61), 40.0), (features(days=61), 40.01), Segment.LOW_VALUE, Segment.AT_RISK),
        ((features(days=61, average=300), 0), (features(days=61, average=300.01), 0), Segment.LOW_VALUE,
         Segment.AT_RISK),
        ((features(), 100.0), (features(), 100.01), Segment.HABITUAL_BUYER, Segment.HIGH_VALUE),
        ((features(orders=1.0), 9), (features(orders=2.0), 9), Segment.NEW_CUSTOMER, Segment.HABITUAL_BUYER),
    ],
)  # fmt: skip
def test_a_threshold_belongs_to_one_side(at, beyond, segment_at, segment_beyond):
    assert decide_segment(*at, THRESHOLDS).segment is segment_at
    assert decide_segment(*beyond, THRESHOLDS).segment is segment_beyond


@given(shops())
def test_one_more_order_today_never_leads_to_at_risk_or_low_value(shop):
    """Whatever it does to the forecast and to the average order; a second order is no demotion either."""
    thresholds = thresholds_of(shop)
    for customer in shop:
        for expected in (0.0, customer[0], customer[0] * 10):
            after = choices((expected, customer[1] / 2, customer[2] + 1, 0.0), thresholds)
            assert after <= {Segment.HIGH_VALUE, Segment.HABITUAL_BUYER}


@given(shops(), st.floats(1, 20), st.floats(1, 20))
def test_more_spend_never_leads_from_high_value_to_another(shop, growth, order_growth):
    thresholds = thresholds_of(shop)
    for expected, average, orders, days, _ in shop:
        if Segment.HIGH_VALUE in choices((expected, average, orders, days), thresholds):
            more = (expected * growth, average * order_growth, orders, days)
            assert choices(more, thresholds) == {Segment.HIGH_VALUE}


@given(shops())
def test_nobody_above_the_median_expected_spend_is_low_value(shop):
    thresholds = thresholds_of(shop)
    for customer, segment in zip(shop, segments_of(shop, thresholds), strict=True):
        if customer[0] > np.median(shop[:, 0]):
            assert segment is not Segment.LOW_VALUE
            assert Segment.LOW_VALUE not in choices(customer[:4], thresholds)


@given(shops())
def test_at_most_a_quarter_of_a_shop_is_high_value(shop):
    segments = segments_of(shop, thresholds_of(shop))

    assert len(segments) == len(shop)
    assert segments.count(Segment.HIGH_VALUE) <= np.ceil(len(shop) / 4)


@given(shops(), st.integers(-7, 12))
def test_segments_fit_any_currency(shop, power):
    """Powers of two round nothing away; thresholds with decimals are told apart only where they still have some."""
    thresholds, rate = thresholds_of(shop), 2.0**power
    money = ("high_expected_spend", "median_expected_spend", "high_order_value")
    other = thresholds.model_copy(update={name: getattr(thresholds, name) * rate for name in money})

    assert segments_of(shop * [rate, rate, 1, 1, 1], other) == segments_of(shop, thresholds)


def test_thresholds_are_quantiles_of_the_customers_at_hand():
    spend, averages, gaps = np.arange(1.0, 6), np.arange(10.0, 60, 10), np.array([np.nan, 1, 2, 3, 3.5])

    assert SegmentThresholds.of(spend, averages, gaps) == SegmentThresholds(
        lapsed_after_days=4, high_expected_spend=4, median_expected_spend=3, high_order_value=40
    )
    assert SegmentThresholds.of(spend, averages, np.full(5, np.nan)).lapsed_after_days == 90


def test_the_reason_is_the_comparison_of_numbers_that_decided():
    decision = decide_segment(features(orders=9, days=75), 41.0, THRESHOLDS)

    assert decision.reason == "last purchase 75 days ago, more than 60; expected spend 41.00, above the median of 40.00"


def test_one_is_singular():
    decision = decide_segment(features(orders=1, days=1), 5.0, THRESHOLDS)

    assert decision.reason == (
        "last purchase 1 day ago, at most 60; expected spend 5.00, not above 100.00; 1 order, no second one yet"
    )


def test_what_would_change_the_segment_is_told_in_numbers():
    decision = decide_segment(features(orders=1, days=59), 45.0, THRESHOLDS)

    assert [str(change) for change in decision.changes] == [
        "2 more days without an order: At Risk",
        "1 more order: Habitual Buyer",
        "an expected spend above 100.00: High Value",
    ]


@given(EXPECTED, AVERAGE, ORDERS, DAYS)
def test_what_would_change_the_segment_does(expected, average, orders, days):
    """Whoever does what a change says lands in the segment that it names, all else being as it is."""
    now = features(average=average, orders=orders, days=days)
    decision = decide_segment(now, expected, THRESHOLDS)

    for change in decision.changes:
        amount = float(re.sub(r"[^0-9.]", "", change.condition.split(" more ")[0]) or 1)
        after, forecast = {"orders": orders, "days": days}, expected
        if "without an order" in change.condition:
            after["days"] += amount
        elif "order" in change.condition:
            after = {"orders": orders + amount, "days": 0.0}
        else:
            forecast = amount + 0.01
        then = (*now[:2], after["orders"], *now[3:5], after["days"])
        assert decide_segment(then, forecast, THRESHOLDS).segment is change.segment
        assert change.segment is not decision.segment


def test_only_numbers_near_a_threshold_may_be_read_either_way():
    def permitted(expected, **numbers):
        return permitted_segments(features(**numbers), expected, THRESHOLDS)

    assert permitted(520, orders=14, days=4) == {Segment.HIGH_VALUE}
    assert permitted(95, orders=14, days=4) == {Segment.HABITUAL_BUYER}
    assert permitted(38, orders=14, days=70) == {Segment.AT_RISK, Segment.LOW_VALUE}
    assert permitted(42, orders=14, days=70) == {Segment.AT_RISK}
    assert permitted(20, orders=2, days=58) == {Segment.HABITUAL_BUYER, Segment.LOW_VALUE}
