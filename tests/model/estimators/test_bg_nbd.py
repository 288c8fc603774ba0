"""BG/NBD against the published fit of CDNOW (2,357 customers of 1997; Fader, Hardie and Lee 2005)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.estimators.bg_nbd import BetaGeoModel


@pytest.fixture(scope="module")
def cdnow() -> BetaGeoModel:
    """Repeat purchases, week of the last one, weeks observed; equal customers counted in one row."""
    customers = pd.read_csv(Path(__file__).parent / "cdnow.csv")
    triples = customers.loc[customers.index.repeat(customers["customers"])]
    assert len(triples) == 2357
    X = np.column_stack([triples["repeat_purchases"] + 1, triples["last_purchase_week"], triples["weeks"]])
    return BetaGeoModel(horizon=39).fit(X)


def fitted(r: float, alpha: float, a: float, b: float, *, horizon: float = 30) -> BetaGeoModel:
    model = BetaGeoModel(horizon)
    model.r_, model.alpha_, model.a_, model.b_ = r, alpha, a, b
    return model


def test_the_published_parameters_are_reproduced(cdnow: BetaGeoModel):
    assert cdnow.r_ == pytest.approx(0.243, abs=0.0005)
    assert cdnow.alpha_ == pytest.approx(4.414, abs=0.0005)
    assert cdnow.a_ == pytest.approx(0.793, abs=0.0005)
    assert cdnow.b_ == pytest.approx(2.426, abs=0.0005)
    assert cdnow.log_likelihood_ == pytest.approx(-9582.4, abs=0.1)


def test_the_published_conditional_expectation_is_reproduced(cdnow: BetaGeoModel):
    """A customer with 2 repeat purchases, the last in week 30.43 of 38.86, in the next 39 weeks: 1.226."""
    assert cdnow.predict([[3, 30.43, 38.86]])[0] == pytest.approx(1.226, abs=0.001)


@given(x=st.integers(0, 3000), share=st.floats(0, 1), age=st.floats(1, 1000), horizon=st.floats(1, 60))
def test_expectations_are_finite_and_coherent(x: int, share: float, age: float, horizon: float):
    model = fitted(0.243, 4.414, 0.793, 2.426, horizon=horizon)
    customer = [[x + 1, share * age if x else 0.0, age]]

    purchases = model.predict(customer)[0]
    probability = model.probability_of_purchase(customer)[0]
    alive = model.probability_alive(customer)[0]

    assert 0 <= probability <= alive <= 1
    assert np.isfinite(purchases)
    assert purchases >= probability * (1 - 1e-6), "whoever buys at all buys at least once"


@given(x=st.integers(0, 50), age=st.floats(1, 500), scale=st.floats(1, 9000))
def test_expectations_stay_finite_where_all_customers_drop_out_alike(x: int, age: float, scale: float):
    """A shop of one-time buyers: the fit sends both beta parameters far out, with their ratio alone well known."""
    model = fitted(0.03, 10.0, 0.35 * scale, 0.65 * scale)
    customer = [[x + 1, 0.8 * age if x else 0.0, age]]

    purchases = model.predict(customer)[0]

    assert purchases >= model.probability_of_purchase(customer)[0] * (1 - 1e-6)
    assert np.isfinite(purchases)


def test_closed_form_and_average_over_dropout_agree(cdnow: BetaGeoModel):
    repeats, age = np.array([0.0, 2.0, 10.0]), np.array([38.86, 38.86, 38.86])

    customers = np.column_stack([repeats + 1, repeats * 3.8, age])

    averaged = cdnow._expected_if_alive(repeats, age)
    closed = cdnow.predict(customers) / cdnow.probability_alive(customers)

    assert averaged == pytest.approx(closed, rel=0.01)


def test_the_probability_of_a_purchase_agrees_with_a_simulation():
    """Rates and dropout drawn from the fitted population, kept where the history is the one asked about."""
    model = fitted(0.8, 40.0, 0.6, 2.5)
    random = np.random.default_rng(0)
    matches, bought = 0, 0
    rates = random.gamma(model.r_, 1 / model.alpha_, 400_000)
    dropouts = random.beta(model.a_, model.b_, 400_000)
    for rate, dropout in zip(rates, dropouts, strict=True):
        clock, times = 0.0, []
        while (clock := clock + random.exponential(1 / rate)) < 130:
            times.append(clock)
            if random.random() < dropout:
                break
        past = [time for time in times if time < 100]
        if len(past) == 1 and 60 <= past[0] < 80:
            matches += 1
            bought += any(time >= 100 for time in times)

    expected = model.probability_of_purchase([[2, last, 100] for last in range(60, 80)]).mean()
    assert bought / matches == pytest.approx(expected, abs=4 * (expected / matches) ** 0.5)
