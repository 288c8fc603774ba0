"""Spend if there is a purchase."""

import numpy as np
import pytest

from model.estimators.intervals import SpendIntervals
from training.models.fit_intervals import LEAST_BUYERS, fit_intervals


def past_forecasts(customers=40_000, *, spread=0.8, seed=0):
    """Forecasts of customers of whom frequent ones scatter less; returns spend, probability, actual."""
    random = np.random.default_rng(seed)
    probability = random.uniform(0.02, 0.9, customers)
    if_buying = np.exp(random.normal(5, 1, customers))
    ratio = np.exp(random.normal(0, spread * (1.2 - probability)))
    actual = np.where(random.random(customers) < probability, if_buying * ratio, 0.0)
    return if_buying * probability, probability, actual


def covered(intervals, spend, probability, actual):
    """Whose spend lies in the interval, among buyers."""
    told, bought = intervals.of(spend, probability), actual > 0
    return ((told.low <= actual) & (actual <= told.high))[bought]


def test_mean_is_the_forecast_over_its_probability():
    """So the three numbers of an answer cannot contradict each other."""
    spend, probability, actual = past_forecasts()

    told = fit_intervals(spend, probability, actual).of(spend, probability)

    np.testing.assert_allclose(told.mean * probability, spend, rtol=1e-12)


def test_four_of_five_buyers_of_another_window_lie_between_low_and_high():
    """Pooled, and among rare and frequent buyers alike, who scatter differently."""
    intervals = fit_intervals(*past_forecasts())
    spend, probability, actual = past_forecasts(seed=1)

    is_covered = covered(intervals, spend, probability, actual)

    assert is_covered.mean() == pytest.approx(0.8, abs=0.01)
    rare = probability[actual > 0] < 0.4
    assert is_covered[rare].mean() == pytest.approx(0.8, abs=0.03)
    assert is_covered[~rare].mean() == pytest.approx(0.8, abs=0.03)


def test_half_of_the_buyers_spend_less_than_the_median():
    intervals = fit_intervals(*past_forecasts())
    spend, probability, actual = past_forecasts(seed=1)

    bought = actual > 0

    below = actual[bought] < intervals.of(spend, probability).median[bought]
    assert below.mean() == pytest.approx(0.5, abs=0.02)


def test_numbers_of_a_band_by_hand():
    """Nineteen buyers whose ratios are 1 to 19 tenths: the 2nd, 10th and 18th of the twenty places."""
    ratios = np.arange(1, 20) / 10
    spend, probability = np.full(19, 50.0), np.full(19, 0.5)

    intervals = fit_intervals(spend, probability, ratios * 100)

    told = intervals.of(np.array([30.0]), np.array([0.25]))
    assert [float(value[0]) for value in told] == pytest.approx([120.0, 120.0, 24.0, 216.0])


def test_few_buyers_make_one_band_and_fewer_than_nine_none():
    spend, probability, actual = past_forecasts()
    bought = np.flatnonzero(actual > 0)

    assert len(fit_intervals(*(each[bought[:59]] for each in (spend, probability, actual))).bands) == 1
    assert len(fit_intervals(*(each[bought[:150]] for each in (spend, probability, actual))).bands) == 5
    assert fit_intervals(*(each[bought[: LEAST_BUYERS - 1]] for each in (spend, probability, actual))) is None


def test_customers_of_one_probability_share_a_band():
    """The heuristic of six numbers knows few values; an edge that meets many of them twice is one edge."""
    spend, _, actual = past_forecasts()

    intervals = fit_intervals(spend, np.full(len(spend), 0.4), actual)

    assert covered(intervals, spend, np.full(len(spend), 0.4), actual).mean() == pytest.approx(0.8, abs=0.001)


def test_json_and_back_gives_the_same_intervals():
    intervals = fit_intervals(*past_forecasts())

    assert SpendIntervals.model_validate_json(intervals.model_dump_json()) == intervals


def test_order_of_customers_changes_nothing():
    spend, probability, actual = past_forecasts()
    order = np.random.default_rng(2).permutation(len(spend))

    assert fit_intervals(spend[order], probability[order], actual[order]) == fit_intervals(spend, probability, actual)
