"""Broken lines by hand, and what the two fits of a hurdle promise."""

import numpy as np
import pandas as pd
import pytest

from model.estimators.hurdle import Curve, Hurdle, HurdleRegressor

CURVE = Curve(
    name="x",
    mean=10.0,
    scale=2.0,
    clip_deviations=4.0,
    knots=(-1.0, 1.0),
    odds_slopes=(0.5, -0.2, 0.3),
    spend_slopes=(1, 0, 0),
)


def fit(inputs: np.ndarray, spend: np.ndarray) -> Hurdle:
    return HurdleRegressor().fit(inputs, spend).hurdle_


@pytest.fixture(scope="module")
def learned() -> tuple[Hurdle, np.ndarray, np.ndarray]:
    """Two inputs of which the first moves both parts, upwards."""
    random = np.random.default_rng(0)
    inputs = random.normal(5, 2, (4000, 2))
    buys = random.uniform(size=4000) < 1 / (1 + np.exp(1 - 0.8 * (inputs[:, 0] - 5)))
    spend = buys * random.lognormal(4 + 0.1 * inputs[:, 0], 0.8)
    return fit(inputs, spend), inputs, spend


def test_a_curve_adds_nothing_at_its_mean_and_breaks_at_its_knots():
    """Worked by hand for z = 0, 2 and -2: beyond the upper knot the slope is 0.5 - 0.2 + 0.3, below the lower 0.5."""
    parts = CURVE.basis(np.array([10.0, 14.0, 6.0])) @ CURVE.odds_slopes

    # at z = 2: 0.5 * 2 - 0.2 * (3 - 1) + 0.3 * (1 - 0); at z = -2: -0.5 * 2 - 0.2 * (0 - 1) + 0
    assert parts == pytest.approx([0.0, 0.9, -0.8])


def test_beyond_four_standard_deviations_an_input_says_no_more():
    parts = CURVE.basis(np.array([18.0, 1e9, 2.0, -1e9])) @ CURVE.odds_slopes

    assert parts[0] == parts[1]
    assert parts[2] == parts[3]


def test_everybody_together_is_as_likely_to_buy_as_they_did_and_spends_what_they_spent(learned):
    hurdle, inputs, spend = learned

    log_odds, log_spend = hurdle.predict(inputs)

    assert (1 / (1 + np.exp(-log_odds))).mean() == pytest.approx((spend > 0).mean(), abs=1e-4)
    assert np.exp(log_spend[spend > 0]).sum() == pytest.approx(spend.sum())


def test_what_moves_buyers_moves_the_forecast_and_what_does_not_hardly_does(learned):
    odds, spends = learned[0].parts(np.array([[5.0, 5.0], [7.0, 5.0], [5.0, 7.0]]))

    assert odds[1, 0] - odds[0, 0] > 1.0
    assert spends[1, 0] > spends[0, 0]
    assert abs(odds[2, 1] - odds[0, 1]) < 0.2


def test_the_customer_whose_inputs_are_at_their_mean_is_the_typical_one(learned):
    hurdle = learned[0]

    log_odds, log_spend = hurdle.predict(np.array([[curve.mean for curve in hurdle.curves]]))

    assert (log_odds[0], log_spend[0]) == pytest.approx(hurdle.typical)


def test_the_order_of_customers_changes_nothing(learned):
    hurdle, inputs, spend = learned
    order = np.random.default_rng(1).permutation(len(spend))

    other = fit(inputs[order], spend[order])

    assert np.allclose(other.predict(inputs), hurdle.predict(inputs), atol=1e-6)


def test_an_input_that_never_varied_decides_nothing():
    """A shop without a year of history knows no last year; a customer of another one may have one."""
    random = np.random.default_rng(0)
    inputs = np.column_stack([random.normal(size=500), np.zeros(500)])
    hurdle = fit(inputs, random.lognormal(3, 1, 500) * (random.uniform(size=500) < 0.4))

    assert np.allclose(hurdle.predict(np.array([[0.0, 0.0]])), hurdle.predict(np.array([[0.0, 3.0]])))


def test_the_forecast_is_chance_times_spend_if_buying_whatever_the_order_of_columns(learned):
    _, inputs, spend = learned
    frame = pd.DataFrame(inputs, columns=["first", "second"])

    regressor = HurdleRegressor().fit(frame, spend)
    forecast = regressor.forecast(frame)

    assert [curve.name for curve in regressor.hurdle_.curves] == ["first", "second"]
    assert regressor.predict(frame[["second", "first"]]) == pytest.approx(
        forecast.probability * forecast.spend_if_buying
    )
    assert regressor.probability_of_purchase(frame).mean() == pytest.approx((spend > 0).mean(), abs=1e-3)
