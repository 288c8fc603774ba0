"""BG/NBD: how often a customer comes back, from the purchases so far.

The standard of the field: buyers purchase at a rate of their own and drop out unseen after any purchase
("buy till you die").

References
----------
Fader, Hardie and Lee (2005), "Counting Your Customers the Easy Way: An Alternative to the Pareto/NBD
Model", Marketing Science 24(2), 275-284 (likelihood: eq. 6; expected purchases: eq. 10).
"""

from typing import Self

import numpy as np

from model.arrays import FloatArray
from model.estimators.estimator import Estimator, Table, columns
from model.estimators.maximum_likelihood import best_minimum, bounded_exp
from model.estimators.special_functions import expit

DROPOUT_QUANTILES = (np.arange(64) + 0.5) / 64


class BetaGeoModel(Estimator):
    """BG/NBD: Poisson purchases at a gamma rate, dropping out after any purchase with a beta probability.

    A purchase is a day with a purchase: two invoices of one day are one visit, and the first day starts the clock.

    Parameters
    ----------
    horizon : float
        How far ``predict`` looks ahead; in the unit of time of the columns, which is days where ``build_features``
        made them.

    Attributes
    ----------
    r_, alpha_ : float
        Shape and rate (in that unit) of the purchase rate across customers.
    a_, b_ : float
        Beta parameters of the dropout probability across customers.
    log_likelihood_ : float
    """

    NEEDS = ("purchase_days", "first_to_last_days", "tenure_days")
    PARAMETERS = ("r", "alpha", "a", "b")
    r_: float
    alpha_: float
    a_: float
    b_: float
    log_likelihood_: float

    def __init__(self, horizon: float = 30) -> None:
        self.horizon = horizon

    def fit(self, X: Table, y: object = None, *, start: "BetaGeoModel | None" = None) -> Self:  # noqa: ARG002 - see ``Estimator``
        """Maximise the likelihood of the purchases of many customers.

        Parameters
        ----------
        X : DataFrame, mapping of names to columns, or array of shape (n_customers, 3)
            ``NEEDS``: days with a purchase, time from the first to the last of them, time from the first to now
            (x + 1, t_x and T of the paper).
        y : ignored
        start : BetaGeoModel, optional
            A fit nearby, where the search begins.
        """
        (x, t_x, t), weights = _unique_rows(np.column_stack(_purchases(X)))
        unit = max(float(np.average(t, weights=weights)), 1e-9)  # parameters of order one: a well-scaled search

        def loss(log_parameters: FloatArray) -> float:
            log_likelihood = _log_likelihood(log_parameters, x, t_x / unit, t / unit)
            return -float(np.average(log_likelihood, weights=weights))

        nearby = None if start is None else np.log([start.r_, start.alpha_ / unit, start.a_, start.b_])
        best = best_minimum(loss, nearby, ([-1.0, -1.0, -0.5, 0.5], [0.0, 0.0, -2.0, 1.0], [-1.5, -2.0, 0.5, 2.0]))
        self.r_, scaled_alpha, self.a_, self.b_ = (float(v) for v in np.exp(best.x))
        self.alpha_ = scaled_alpha * unit
        self.log_likelihood_ = -float(loss(best.x)) * float(weights.sum())
        # The search ran on times in ``unit``; back in the caller's unit each purchase divides by it.
        self.log_likelihood_ -= float((weights * x).sum()) * np.log(unit)
        return self

    def predict(self, X: Table) -> FloatArray:
        """Expected purchases within the horizon (eq. 10), (n_customers,); finite for thousands of purchases.

        Eq. 10 multiplies a vanishing power by an exploding 2F1(r + x, b + x; a + b + x - 1; z). With
        Euler's transformation, 1 - z = (alpha + T) / (alpha + T + t), the product is
        (1 - z) ** (a - 1) * 2F1(a + b - 1 - r, a - 1; a + b + x - 1; z), where x only dampens.
        """
        from scipy.special import hyp2f1  # noqa: PLC0415 - see ``model.estimators.special_functions``

        x, _, t = _purchases(X)
        a = self.a_ if abs(self.a_ - 1.0) > 1e-5 else 1.0 + 1e-5  # removable singularity at a = 1
        c = a + self.b_ + x - 1.0
        c = np.where(np.abs(c) < 1e-5, 1e-5, c)  # the same at a + b + x = 1
        z = self.horizon / (self.alpha_ + t + self.horizon)
        with np.errstate(over="ignore", invalid="ignore"):
            alive_purchases = np.asarray(
                c / (a - 1.0) * (1.0 - (1.0 - z) ** (a - 1.0) * hyp2f1(a + self.b_ - 1.0 - self.r_, a - 1.0, c, z))
            )
        # Where nearly everybody drops out alike, a and b grow together until 2F1 overflows.
        overflown = ~np.isfinite(alive_purchases)
        if overflown.any():
            alive_purchases = np.where(overflown, self._expected_if_alive(x, t), alive_purchases)
        return np.asarray(np.maximum(alive_purchases, 0.0) * self.probability_alive(X))

    def probability_of_purchase(self, X: Table) -> FloatArray:
        """P(at least one purchase within the horizon), (n_customers,).

        Given alive, the posterior of the rate is gamma(r + x, alpha + T), so no purchase within t has
        probability ((alpha + T) / (alpha + T + t)) ** (r + x), and the answer is
        P(alive) * (1 - that). A customer who is alive can only drop out at a purchase, which counts.
        """
        x, _, t = _purchases(X)
        no_purchase_if_alive = np.exp(
            (self.r_ + x) * (np.log(self.alpha_ + t) - np.log(self.alpha_ + t + self.horizon))
        )
        return np.asarray(self.probability_alive(X) * (1.0 - no_purchase_if_alive))

    def probability_alive(self, X: Table) -> FloatArray:
        """P(not dropped out), (n_customers,); 1 without a second purchase, for dropping out happens only after one."""
        x, t_x, t = _purchases(X)
        log_odds_dead = (
            np.log(self.a_)
            - np.log(self.b_ + np.maximum(x, 1.0) - 1.0)
            + (self.r_ + x) * np.log((self.alpha_ + t) / (self.alpha_ + t_x))
        )
        return np.asarray(np.where(x > 0, expit(-log_odds_dead), 1.0))

    def _expected_if_alive(self, repeat_purchases: FloatArray, age: FloatArray) -> FloatArray:
        """The same expectation for the living, averaged over quantiles of the dropout probability p.

        Given p, the rate is gamma(r + x, alpha + T) and purchases come until the first
        dropout, so their expected number is (1 - ((alpha + T) / (alpha + T + p t)) ** (r + x)) / p.
        """
        from scipy.special import betaincinv  # noqa: PLC0415 - see ``model.estimators.special_functions``

        x, t = repeat_purchases[..., None], age[..., None]
        dropout = np.maximum(betaincinv(self.a_, self.b_ + x, DROPOUT_QUANTILES), 1e-12)
        no_purchase = (self.r_ + x) * np.log1p(dropout * self.horizon / (self.alpha_ + t))
        return np.asarray(np.mean(-np.expm1(-no_purchase) / dropout, axis=-1))


def _purchases(table: Table) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Purchases after the first, time from the first to the last, time from the first to now: x, t_x and T."""
    days, first_to_last, tenure = columns(table, BetaGeoModel.NEEDS)
    return days - 1, first_to_last, tenure


def _log_likelihood(log_parameters: FloatArray, x: FloatArray, t_x: FloatArray, t: FloatArray) -> FloatArray:
    from scipy.special import betaln, gammaln  # noqa: PLC0415 - see ``model.estimators.special_functions``

    r, alpha, a, b = bounded_exp(log_parameters)
    rate = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    survival = betaln(a, b + x) - betaln(a, b)
    alive = survival - (r + x) * np.log(alpha + t)
    repeats = np.maximum(x, 1.0)
    dead = betaln(a + 1.0, b + repeats - 1.0) - betaln(a, b) - (r + x) * np.log(alpha + t_x)
    return np.asarray(rate + np.where(x > 0, np.logaddexp(alive, dead), alive))


def _unique_rows(rows: FloatArray) -> tuple[FloatArray, FloatArray]:
    unique, counts = np.unique(rows, axis=0, return_counts=True)
    return unique.T, counts.astype(float)
