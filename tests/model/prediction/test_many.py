"""Many customers at once are answered as each of them alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.artifact.store import load_artifact
from model.prediction.predictor import Predictor, rounded
from tests.support import ROOT

PREDICTOR = Predictor(load_artifact(ROOT / "model"))

plain = st.integers(0, 3000).map(float)
strange = st.floats(0, 1e300) | st.sampled_from([0.0, 0.5, 1.0, 1.5, 49.0, 4160.83, 1e15, 1.7e308])
customers = st.lists(st.lists(plain, min_size=6, max_size=6) | st.lists(strange, min_size=6, max_size=6), max_size=8)


@settings(max_examples=300, deadline=None)
@given(customers)
def test_many_are_answered_as_each_alone(customers):
    many = PREDICTOR.predict_many(np.array(customers, dtype=np.float64).reshape(-1, 6))

    assert len(many) == len(customers)
    for row, alone in enumerate(PREDICTOR.predict(features) for features in customers):
        assert many.future_spend_30d[row] == alone.future_spend_30d
        assert many.purchase_probability_30d[row] == alone.purchase_probability_30d
        assert many.segments[row] is alone.segment
        assert many.segment_reasons[row] == alone.segment_reason
        assert tuple(many.warnings[row]) == alone.warnings
        assert tuple(many.features[row]) == alone.features
        assert many.reasons[row] == alone.reasons
        assert tuple(column[row] for column in many.spend_if_purchase) == alone.spend_if_purchase


def test_the_features_that_were_given_are_left_unchanged():
    given_features = np.array([[1000.0, 17.69, 10.0, 100.0, 20.0, 5.0]])

    many = PREDICTOR.predict_many(given_features)

    assert given_features[0, 1] == 17.69
    assert many.features[0, 1] == 100.0


@pytest.mark.parametrize("decimals", [2, 4])
def test_values_are_rounded_as_python_rounds_them(decimals):
    """numpy scales before it rounds, and so errs on values such as 2.675."""
    values = np.array([0.0, 2.675, 1.005, 0.285, 1.115, 4.35, 1e9 + 0.125, 1e15, 8.5e300, 0.00005, 0.12345, 2.5e-7])

    assert rounded(values, decimals).tolist() == [round(value, decimals) for value in values.tolist()]
