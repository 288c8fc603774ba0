"""Gamma-Gamma on data that is made by it; ``docs/coming-from.md`` has the published fit of CDNOW."""

import numpy as np
import pytest

from model.estimators.gamma_gamma import GammaGammaModel


def test_the_means_are_found_that_made_the_data():
    """Order values gamma around a mean of the customer's own, whose spread the fit must find."""
    random = np.random.default_rng(0)
    p, q, v = 6.0, 4.0, 16.0
    scale = random.gamma(q, 1 / v, 5000)
    orders = random.integers(1, 8, 5000)
    means = random.gamma(p * orders) / (orders * scale)

    model = GammaGammaModel().fit(np.column_stack([orders, orders * means]))

    assert model.p_ * model.v_ / (model.q_ - 1) == pytest.approx(p * v / (q - 1), rel=0.03)
    few, many = model.predict([[1, 100.0], [50, 5000.0]])
    population = model.p_ * model.v_ / (model.q_ - 1)
    assert population < few < many < 100.0
