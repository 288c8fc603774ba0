"""Gamma-Gamma: how much an order of a customer is worth, from the orders so far.

References
----------
Fader and Hardie (2013), "The Gamma-Gamma Model of Monetary Value", brucehardie.com/notes/025.
"""

from typing import Self

import numpy as np

from model.arrays import FloatArray
from model.estimators.estimator import Estimator, Table, columns
from model.estimators.maximum_likelihood import best_minimum, bounded_exp


class GammaGammaModel(Estimator):
    """Gamma-Gamma: order values gamma within a customer, with a gamma scale across customers.

    Attributes
    ----------
    p_, q_, v_ : float
        Shape within customers, shape and scale across them; ``q_`` > 1, so that the mean exists.
    """

    NEEDS = ("purchase_days", "total_spend")
    PARAMETERS = ("p", "q", "v")
    p_: float
    q_: float
    v_: float

    def fit(self, X: Table, y: object = None, *, start: "GammaGammaModel | None" = None) -> Self:  # noqa: ARG002 - see ``Estimator``
        """Maximise the likelihood of what the purchases of many customers were worth on average.

        Parameters
        ----------
        X : DataFrame, mapping of names to columns, or array of shape (n_customers, 2)
            ``NEEDS``: days with a purchase, and what was spent on them together (currency). Who has none, or spent
            nothing, plays no part.
        y : ignored
        start : GammaGammaModel, optional
            A fit nearby, where the search begins.
        """
        from scipy.special import betaln  # noqa: PLC0415 - see ``model.estimators.special_functions``

        n, z = _orders(X)
        known = (n >= 1) & (z > 0)
        n, unit = n[known], max(float(np.median(z[known])) if known.any() else 1.0, 1e-9)
        z = z[known] / unit

        def loss(log_parameters: FloatArray) -> float:
            p, q, v = bounded_exp(log_parameters) + np.array([0.0, 1.0, 0.0])
            log_likelihood = (
                -betaln(p * n, q)
                - np.log(z)
                + q * (np.log(v) - np.log(v + n * z))
                + p * n * (np.log(n * z) - np.log(v + n * z))
            )
            return -float(log_likelihood.mean())

        if not known.any():
            self.p_, self.q_, self.v_ = 1.0, 2.0, 1.0
            return self
        nearby = None if start is None else np.log([start.p_, start.q_ - 1.0, start.v_ / unit])
        best = best_minimum(loss, nearby, ([0.5, 0.5, 0.5], [1.5, 1.0, 0.0], [0.0, 0.0, 2.0]))
        self.p_, self.q_, scaled_v = (float(v) for v in bounded_exp(best.x) + np.array([0.0, 1.0, 0.0]))
        self.v_ = scaled_v * unit
        return self

    def predict(self, X: Table) -> FloatArray:
        """What an order is expected to be worth, (n_customers,): between a customer's own mean and everybody's."""
        n, z = _orders(X)
        return np.asarray(self.p_ * (self.v_ + n * z) / np.maximum(self.p_ * n + self.q_ - 1.0, 1e-9))


def _orders(table: Table) -> tuple[FloatArray, FloatArray]:
    """How many there are, and their mean value; 0 without any."""
    days, spend = columns(table, GammaGammaModel.NEEDS)
    return days, np.divide(spend, days, out=np.zeros_like(spend), where=days > 0)
