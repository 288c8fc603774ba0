"""The numbers of the card and the pickle are one model, and anybody can check it."""

import joblib
import numpy as np
import pandas as pd
import pytest

from model.artifact.store import load_artifact
from model.features.definitions import FEATURE_NAMES
from model.prediction.predictor import Predictor
from tests.support import ROOT

COMMITTED = Predictor(load_artifact(ROOT / "model"))


def customers_of_training(count: int = 5_000) -> np.ndarray:
    """Customers of every size that training saw: no feature is bounded."""
    limits = [COMMITTED.card.guardrails.feature_limits[name] for name in FEATURE_NAMES]
    return np.random.default_rng(0).uniform(0, 1, (count, 6)) ** 4 * limits


def test_answers_before_guardrails_are_those_of_the_pickle():
    """Whoever loads model.pkl with joblib gets what the API starts from."""
    customers = customers_of_training()

    expected = joblib.load(ROOT / "model" / "model.pkl").predict(pd.DataFrame(customers, columns=list(FEATURE_NAMES)))

    assert np.ptp(expected) > 1_000
    assert np.abs(COMMITTED.forecast(customers).faded - expected).max() <= 1e-9


def test_a_forecast_by_hand_from_the_card():
    linear, customer = COMMITTED.card.linear, dict(zip(FEATURE_NAMES, [345.7, 49.39, 7, 12, 5, 4], strict=True))

    by_hand = linear.base + sum(
        linear.coefficients[name] * (value - linear.means[name]) for name, value in customer.items()
    )

    assert linear.predict(np.array([list(customer.values())]))[0] == pytest.approx(by_hand, abs=1e-9)
