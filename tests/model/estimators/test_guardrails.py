import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from model.estimators.guardrails import Guardrails
from model.features.definitions import FEATURE_NAMES

GUARDRAILS = Guardrails(
    feature_limits=dict.fromkeys(FEATURE_NAMES, 1000.0), max_spend=500.0, least_orders=0.1, most_orders=10.0
)
CUSTOMER = np.array([[300.0, 100.0, 3.0, 30.0, 5.0, 10.0]])


def bounded(raw_spend: float, probability: float):
    return GUARDRAILS.bound_spend(np.array([raw_spend]), np.array([probability]), CUSTOMER)


def test_a_forecast_within_its_bounds_stays():
    answer = bounded(120.0, 0.3)

    assert answer.spend[0] == 120.0
    assert not answer.raised[0]
    assert not answer.lowered[0]


def test_a_negative_forecast_is_raised_to_what_the_probability_means():
    """A tenth of an order of 100 at probability 0.3 is 3."""
    answer = bounded(-50.0, 0.3)

    assert answer.spend[0] == 3.0
    assert answer.raised[0]


def test_a_forecast_beyond_the_own_history_is_lowered():
    """Ten orders of 100 at probability 0.3 are 300."""
    answer = bounded(8000.0, 0.3)

    assert answer.spend[0] == 300.0
    assert answer.lowered[0]


def test_no_forecast_exceeds_the_largest_spend_of_training():
    assert bounded(8000.0, 0.9).spend[0] == 500.0


@given(st.floats(allow_nan=True, allow_infinity=True), st.floats(0.0001, 0.9999))
def test_whatever_a_pipeline_answers_the_spend_is_finite_and_within_bounds(raw_spend: float, probability: float):
    answer = bounded(raw_spend, probability)

    assert np.isfinite(answer.spend[0])
    assert 0 <= answer.floor[0] <= answer.spend[0] <= answer.ceiling[0] <= 500.0


def test_without_a_probability_there_is_no_spend():
    assert bounded(100.0, 0.0).spend[0] == 0.0


def test_features_are_bounded_at_what_training_saw():
    assert GUARDRAILS.bound_features(CUSTOMER * 100).max() == 1000.0
