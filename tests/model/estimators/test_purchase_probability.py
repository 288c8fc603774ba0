import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.estimators.purchase_probability import PurchaseProbability

probabilities = st.builds(
    PurchaseProbability,
    base_odds=st.floats(1e-3, 10),
    recency_decay=st.floats(0.01, 5),
    recency_scale_days=st.floats(1, 3000),
    frequency_boost=st.floats(0.01, 3),
    prior_orders=st.floats(0.1, 20),
)
days = st.integers(0, 3650)
orders = st.integers(0, 1000)


@given(probabilities, days, orders)
def test_probability_strictly_falls_with_recency(probability, recency_days, num_transactions):
    assert probability(recency_days + 1, num_transactions) < probability(recency_days, num_transactions)


@given(probabilities, days, orders)
def test_probability_strictly_rises_with_frequency(probability, recency_days, num_transactions):
    assert probability(recency_days, num_transactions + 1) > probability(recency_days, num_transactions)


@given(probabilities, st.floats(0, 1e308), st.floats(0, 1e308))
def test_probability_never_reads_0_or_1_with_four_decimals(probability, recency_days, num_transactions):
    assert 0 < round(float(probability(recency_days, num_transactions)), 4) < 1


def test_probability_follows_its_formula():
    """Odds 0.5 * (1 + 30/30)^-1 * (3 + 1)^0.5 = 0.5, so p = 1/3, squeezed by 0.0001 at either end."""
    probability = PurchaseProbability(
        base_odds=0.5, recency_decay=1, recency_scale_days=30, frequency_boost=0.5, prior_orders=1
    )

    assert float(probability(30, 3)) == pytest.approx(0.0001 + 0.9998 / 3)


def test_probability_answers_in_the_shape_of_its_inputs():
    assert PurchaseProbability()(np.zeros(5), np.ones(5)).shape == (5,)
