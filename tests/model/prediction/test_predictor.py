import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression

from model.artifact.card import ModelCard, feature_entries
from model.artifact.inputs import LoadedPipeline
from model.artifact.store import Artifact, load_artifact
from model.errors import InvalidFeature
from model.estimators.guardrails import Guardrails
from model.prediction.predictor import Predictor
from tests.support import ROOT

COMMITTED = Predictor(load_artifact(ROOT / "model"))
CUSTOMER = [345.7, 49.3, 7, 12, 5, 4]
amounts = st.floats(0, 1e300)
counts = st.integers(0, 10**9)


def predictor(guardrails: Guardrails) -> Predictor:
    """A predictor that forecasts a fifth of the total spend."""
    rows = np.random.default_rng(0).uniform(0, 100, (50, 6))
    pipeline = LinearRegression().fit(rows, rows[:, 0] / 5)
    card = ModelCard(
        model_version="test",
        model_sha256="0",
        trained_at="2026-01-01T00:00:00Z",
        estimator="test",
        features=feature_entries(),
        guardrails=guardrails,
        libraries={},
    )
    return Predictor(Artifact(LoadedPipeline.of(pipeline), card))


def test_money_has_two_decimals_and_probability_four():
    prediction = COMMITTED.predict(CUSTOMER)

    assert prediction.future_spend_30d == round(prediction.future_spend_30d, 2)
    assert prediction.purchase_probability_30d == round(prediction.purchase_probability_30d, 4)


def test_the_same_customer_gets_the_same_answer():
    assert COMMITTED.predict(CUSTOMER) == COMMITTED.predict(list(CUSTOMER))


@given(amounts, amounts, counts, counts, counts, st.integers(0, 10**6))
def test_no_input_leaves_the_bounds(total_spend, avg_spend, orders, units, products, recency_days):
    prediction = COMMITTED.predict([total_spend, avg_spend, orders, units, products, recency_days])

    assert 0 <= prediction.future_spend_30d <= COMMITTED.card.guardrails.max_spend
    assert 0 < prediction.purchase_probability_30d < 1


@given(st.floats(10, 1e5), st.integers(1, 100), st.integers(0, 2000))
def test_spend_and_probability_do_not_contradict_each_other(total_spend, orders, recency_days):
    """Spend if buying, spend / probability, is a plausible number of the customer's own orders."""
    guardrails = COMMITTED.card.guardrails
    order = total_spend / orders
    forecast = COMMITTED.forecast(np.array([[total_spend, order, orders, orders * 10, orders, recency_days]]))

    spend_if_buying = forecast.spend[0] / forecast.probability[0]
    assert spend_if_buying <= guardrails.most_orders * order * (1 + 1e-9)


def test_an_average_that_disagrees_with_total_and_count_is_recomputed_with_a_warning():
    prediction = COMMITTED.predict([1000.0, 17.69, 10, 200, 30, 5])

    assert prediction.features[1] == 100.0
    assert "avg_spend 17.69 does not agree with total_spend / num_transactions; 100.00 was used" in prediction.warnings


def test_an_average_within_two_percent_is_left_alone():
    assert COMMITTED.predict([1000.0, 101.9, 10, 200, 30, 5]).warnings == ()


def test_both_clamps_are_visible_in_the_warnings():
    tight = predictor(Guardrails(max_spend=15.0))

    assert any("lowered to" in warning for warning in tight.predict([1000.0, 100.0, 10, 200, 30, 5]).warnings)
    high = predictor(Guardrails(least_orders=9.0))
    assert any("raised to" in warning for warning in high.predict([1000.0, 100.0, 10, 200, 30, 5]).warnings)


def test_a_customer_beyond_the_training_range_is_told_so():
    far = predictor(Guardrails(feature_limits={"total_spend": 500.0})).predict([1000.0, 100.0, 10, 200, 30, 5])

    assert "total_spend 1000 is beyond anything seen in training; the forecast uses 500" in far.warnings


def test_the_forecast_of_a_lapsed_customer_falls_with_the_probability():
    """Training knows active customers only; without this, someone gone for years would count as gone for 89 days."""
    active, gone = (COMMITTED.predict([9000.0, 450.0, 20, 5000, 100, days]) for days in (89, 700))

    ratio = gone.purchase_probability_30d / active.purchase_probability_30d
    assert gone.future_spend_30d == pytest.approx(active.future_spend_30d * ratio, rel=0.01)


@pytest.mark.parametrize(
    ("position", "value", "rule"),
    [
        (5, -3.0, "days cannot be negative"),
        (0, -1.0, "spend and counts cannot be negative"),
        (2, float("nan"), "finite"),
    ],
)
def test_a_value_that_cannot_be_true_is_refused_with_its_name(position: int, value: float, rule: str):
    features = list(CUSTOMER)
    features[position] = value

    with pytest.raises(InvalidFeature, match=rule) as refused:
        COMMITTED.predict(features)
    assert refused.value.position == position
