import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.evaluation.metrics import (
    calibration_error,
    normalised_gini,
    probability_metrics,
    spend_metrics,
    top_decile_revenue,
)

ACTUAL = np.array([0.0, 0.0, 10.0, 30.0])


def test_spend_metrics_of_four_customers():
    """Errors 0, 10, -10, 10: squares 300 / 4, absolute 30 / 4, sums 50 against 40."""
    metrics = spend_metrics(ACTUAL, np.array([0.0, 10.0, 0.0, 40.0]), w99_cap=1000.0)

    assert metrics["rmse"] == pytest.approx(75**0.5)
    assert metrics["mae"] == 7.5
    assert metrics["bias_pct"] == pytest.approx(25.0)
    assert metrics["r2"] == pytest.approx(1 - 300 / 600)


def test_the_cap_applies_to_actual_and_forecast():
    """Capped at 20: actual 0 0 10 20, forecast 0 10 0 20."""
    metrics = spend_metrics(ACTUAL, np.array([0.0, 10.0, 0.0, 40.0]), w99_cap=20.0)

    assert metrics["rmse_w99"] == pytest.approx(50**0.5)


def test_gini_is_one_for_the_perfect_order_and_zero_for_none():
    assert normalised_gini(ACTUAL, np.array([0.0, 0.0, 1.0, 2.0])) == pytest.approx(1.0)
    assert normalised_gini(ACTUAL, np.zeros(4)) == 0.0
    assert normalised_gini(ACTUAL, -ACTUAL) == pytest.approx(-1.0)


@given(st.lists(st.integers(0, 50), min_size=5, max_size=30), st.randoms(use_true_random=False))
def test_gini_equals_the_area_between_lorenz_curve_and_diagonal(spend, random):
    """For forecasts without ties, against the textbook definition by cumulative shares."""
    actual = np.array(spend, dtype=float)
    predicted = np.array(random.sample(range(1000), len(spend)), dtype=float)
    if np.ptp(actual) == 0:
        return

    def area(order):
        return (np.cumsum(actual[order]) / actual.sum() - np.arange(1, len(actual) + 1) / len(actual)).sum()

    expected = area(np.argsort(-predicted)) / area(np.argsort(-actual))
    assert normalised_gini(actual, predicted) == pytest.approx(expected)


def test_top_decile_revenue_of_twenty_customers():
    """The two best forecasts bought 60 of 100."""
    actual = np.array([50.0, 10.0] + [40.0 / 18] * 18)

    assert top_decile_revenue(actual, np.arange(20, 0, -1.0)) == pytest.approx(0.6)
    assert top_decile_revenue(actual, np.zeros(20)) == pytest.approx(0.1)


def test_measures_without_any_spend_are_undefined_rather_than_wrong():
    metrics = spend_metrics(np.zeros(4), np.ones(4), w99_cap=10.0)

    assert (metrics["r2"], metrics["gini"], metrics["bias_pct"], metrics["top_decile_revenue"]) == (
        None,
        None,
        None,
        None,
    )


def test_calibration_error_is_the_mean_gap_over_bins_of_equal_count():
    """Two bins: said 0.1 where none bought, said 0.7 where all bought: (0.1 + 0.3) / 2."""
    bought = np.array([False, False, True, True])

    assert calibration_error(bought, np.array([0.1, 0.1, 0.7, 0.7]), bins=2) == pytest.approx(0.2)


def test_probability_metrics_of_a_perfect_order():
    metrics = probability_metrics(np.array([False, True]), np.array([0.2, 0.8]))

    assert metrics["auc"] == 1.0
    assert metrics["brier"] == pytest.approx(0.04)
