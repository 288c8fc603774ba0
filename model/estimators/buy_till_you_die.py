"""BG/NBD and Gamma-Gamma: how often a customer comes back, and how much an order is worth.

The standard of the field: buyers purchase at a rate of their own and drop out unseen after any purchase
("buy till you die"); order values vary around a mean of their own.

References
----------
Fader, Hardie and Lee (2005), "Counting Your Customers the Easy Way: An Alternative to the Pareto/NBD
Model", Marketing Science 24(2), 275-284 (likelihood: eq. 6; expected purchases: eq. 10).
Fader and Hardie (2013), "The Gamma-Gamma Model of Monetary Value", brucehardie.com/notes/025.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from model.estimators.special_functions import expit

FloatArray = NDArray[np.float64]

# Of every log parameter: keeps a flat likelihood (few repeat buyers) from running to infinity.
_LOG_BOUNDS = (-7.0, 9.0)
_EDGE = 0.5

DROPOUT_QUANTILES = (np.arange(64) + 0.5) / 64


class BuyTillYouDie:
    """BG/NBD and Gamma-Gamma together, on a whole customer base.

    A purchase is a day with a purchase: two invoices of one day are one visit, and the
    first day starts the clock.
    """

    bgnbd_: "BgNbd"
    gamma_gamma_: "GammaGamma"
    NEEDS = ("purchase_days", "first_to_last_days", "tenure_days", "total_spend")

    def fit(self, known: Mapping[str, ArrayLike], start: "BuyTillYouDie | None" = None) -> Self:
        """Fit both on every known customer at one moment; what comes after it plays no part.

        Parameters
        ----------
        known : mapping
            The columns ``NEEDS`` of ``model.features``, of shape (n_customers,).
        start : BuyTillYouDie, optional
            The fit of the moment before: one search from there, in place of three from afar.
        """
        repeats, first_to_last, tenure = _recency_frequency(known)
        self.bgnbd_ = BgNbd().fit(repeats, first_to_last, tenure, start=None if start is None else start.bgnbd_)
        self.gamma_gamma_ = GammaGamma().fit(
            repeats + 1, _value_per_day(known), start=None if start is None else start.gamma_gamma_
        )
        return self

    @property
    def parameters(self) -> dict[str, float]:
        """Of both, by their names in the literature."""
        models: tuple[BgNbd | GammaGamma, ...] = (self.bgnbd_, self.gamma_gamma_)
        return {name: float(getattr(model, f"{name}_")) for model in models for name in model.PARAMETERS}

    @classmethod
    def of(cls, parameters: Mapping[str, float]) -> Self:
        """From ``parameters``."""
        both = cls()
        both.bgnbd_, both.gamma_gamma_ = BgNbd(), GammaGamma()
        models: tuple[BgNbd | GammaGamma, ...] = (both.bgnbd_, both.gamma_gamma_)
        for model in models:
            for name in model.PARAMETERS:
                setattr(model, f"{name}_", parameters[name])
        return both

    def probability(self, known: Mapping[str, ArrayLike], *, horizon_days: int) -> FloatArray:
        """Of a purchase within the horizon, (n_customers,)."""
        return self.bgnbd_.probability_of_purchase(horizon_days, *_recency_frequency(known))

    def expected_purchases(self, known: Mapping[str, ArrayLike], *, horizon_days: int) -> FloatArray:
        """Within the horizon, (n_customers,)."""
        return self.bgnbd_.expected_purchases(horizon_days, *_recency_frequency(known))

    def order_value(self, known: Mapping[str, ArrayLike]) -> FloatArray:
        """What a day with a purchase is expected to be worth, (n_customers,)."""
        return self.gamma_gamma_.expected_order_value(known["purchase_days"], _value_per_day(known))


def _recency_frequency(known: Mapping[str, ArrayLike]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Repeat purchases, time from first to last purchase, time from first purchase to now (x, t_x, T; days)."""
    days, first_to_last, tenure = (
        np.asarray(known[name], dtype=np.float64) for name in ("purchase_days", "first_to_last_days", "tenure_days")
    )
    return days - 1, first_to_last, tenure


def _value_per_day(known: Mapping[str, ArrayLike]) -> FloatArray:
    spend, days = (np.asarray(known[name], dtype=np.float64) for name in ("total_spend", "purchase_days"))
    return np.asarray(spend / days)


class BgNbd:
    """Poisson purchases at a gamma rate, dropping out after any purchase with a beta probability.

    Attributes
    ----------
    r_, alpha_ : float
        Shape and rate (in days, if ``age`` is in days) of the purchase rate across customers.
    a_, b_ : float
        Beta parameters of the dropout probability across customers.
    log_likelihood_ : float
    """

    PARAMETERS = ("r", "alpha", "a", "b")
    r_: float
    alpha_: float
    a_: float
    b_: float

    def fit(
        self,
        repeat_purchases: ArrayLike,
        last_purchase_age: ArrayLike,
        age: ArrayLike,
        start: "BgNbd | None" = None,
    ) -> Self:
        """Maximise the likelihood of (x, t_x, T).

        Parameters
        ----------
        repeat_purchases : x, purchases after the first one.
        last_purchase_age : t_x, time from the first to the last purchase.
        age : T, time from the first purchase to now, in the same unit.
        start : BgNbd, optional
            A fit nearby, where the search begins.
        """
        triples = np.column_stack([np.asarray(v, float) for v in (repeat_purchases, last_purchase_age, age)])
        (x, t_x, t), weights = _unique_rows(triples)
        unit = max(float(np.average(t, weights=weights)), 1e-9)  # parameters of order one: a well-scaled search

        def loss(log_parameters: FloatArray) -> float:
            log_likelihood = _log_likelihood(log_parameters, x, t_x / unit, t / unit)
            return -float(np.average(log_likelihood, weights=weights))

        nearby = None if start is None else np.log([start.r_, start.alpha_ / unit, start.a_, start.b_])
        best = _best_minimum(loss, nearby, ([-1.0, -1.0, -0.5, 0.5], [0.0, 0.0, -2.0, 1.0], [-1.5, -2.0, 0.5, 2.0]))
        self.r_, scaled_alpha, self.a_, self.b_ = (float(v) for v in np.exp(best.x))
        self.alpha_ = scaled_alpha * unit
        self.log_likelihood_ = -float(loss(best.x)) * float(weights.sum())
        # The search ran on times in ``unit``; back in the caller's unit each purchase divides by it.
        self.log_likelihood_ -= float((weights * x).sum()) * np.log(unit)
        return self

    def probability_alive(
        self, repeat_purchases: ArrayLike, last_purchase_age: ArrayLike, age: ArrayLike
    ) -> FloatArray:
        """P(not dropped out); 1 without a repeat purchase, since dropping out happens only after one."""
        x, t_x, t = (np.asarray(v, float) for v in (repeat_purchases, last_purchase_age, age))
        log_odds_dead = (
            np.log(self.a_)
            - np.log(self.b_ + np.maximum(x, 1.0) - 1.0)
            + (self.r_ + x) * np.log((self.alpha_ + t) / (self.alpha_ + t_x))
        )
        return np.asarray(np.where(x > 0, expit(-log_odds_dead), 1.0))

    def probability_of_purchase(
        self, horizon: float, repeat_purchases: ArrayLike, last_purchase_age: ArrayLike, age: ArrayLike
    ) -> FloatArray:
        """P(at least one purchase within ``horizon``).

        Given alive, the posterior of the rate is gamma(r + x, alpha + T), so no purchase within t has
        probability ((alpha + T) / (alpha + T + t)) ** (r + x), and the answer is
        P(alive) * (1 - that). A customer who is alive can only drop out at a purchase, which counts.
        """
        x, t = np.asarray(repeat_purchases, float), np.asarray(age, float)
        no_purchase_if_alive = np.exp((self.r_ + x) * (np.log(self.alpha_ + t) - np.log(self.alpha_ + t + horizon)))
        return np.asarray(self.probability_alive(x, last_purchase_age, t) * (1.0 - no_purchase_if_alive))

    def expected_purchases(
        self, horizon: float, repeat_purchases: ArrayLike, last_purchase_age: ArrayLike, age: ArrayLike
    ) -> FloatArray:
        """Expected purchases within ``horizon`` (eq. 10), in a form that stays finite for thousands of purchases.

        Eq. 10 multiplies a vanishing power by an exploding 2F1(r + x, b + x; a + b + x - 1; z). With
        Euler's transformation, 1 - z = (alpha + T) / (alpha + T + t), the product is
        (1 - z) ** (a - 1) * 2F1(a + b - 1 - r, a - 1; a + b + x - 1; z), where x only dampens.
        """
        from scipy.special import hyp2f1  # noqa: PLC0415 - see ``model.estimators.special_functions``

        x, t = np.asarray(repeat_purchases, float), np.asarray(age, float)
        a = self.a_ if abs(self.a_ - 1.0) > 1e-5 else 1.0 + 1e-5  # removable singularity at a = 1
        c = a + self.b_ + x - 1.0
        c = np.where(np.abs(c) < 1e-5, 1e-5, c)  # the same at a + b + x = 1
        z = horizon / (self.alpha_ + t + horizon)
        with np.errstate(over="ignore", invalid="ignore"):
            alive_purchases = np.asarray(
                c / (a - 1.0) * (1.0 - (1.0 - z) ** (a - 1.0) * hyp2f1(a + self.b_ - 1.0 - self.r_, a - 1.0, c, z))
            )
        # Where nearly everybody drops out alike, a and b grow together until 2F1 overflows.
        overflown = ~np.isfinite(alive_purchases)
        if overflown.any():
            alive_purchases = np.where(overflown, self._expected_if_alive(horizon, x, t), alive_purchases)
        return np.asarray(np.maximum(alive_purchases, 0.0) * self.probability_alive(x, last_purchase_age, t))

    def _expected_if_alive(self, horizon: float, repeat_purchases: FloatArray, age: FloatArray) -> FloatArray:
        """The same expectation for the living, averaged over quantiles of the dropout probability p.

        Given p, the rate is gamma(r + x, alpha + T) and purchases come until the first
        dropout, so their expected number is (1 - ((alpha + T) / (alpha + T + p t)) ** (r + x)) / p.
        """
        from scipy.special import betaincinv  # noqa: PLC0415 - see ``model.estimators.special_functions``

        x, t = repeat_purchases[..., None], age[..., None]
        dropout = np.maximum(betaincinv(self.a_, self.b_ + x, DROPOUT_QUANTILES), 1e-12)
        no_purchase = (self.r_ + x) * np.log1p(dropout * horizon / (self.alpha_ + t))
        return np.asarray(np.mean(-np.expm1(-no_purchase) / dropout, axis=-1))


class GammaGamma:
    """Order values gamma within a customer, with a gamma scale across customers.

    Attributes
    ----------
    p_, q_, v_ : float
        Shape within customers, shape and scale across them; ``q_`` > 1, so that the mean exists.
    """

    PARAMETERS = ("p", "q", "v")
    p_: float
    q_: float
    v_: float

    def fit(self, orders: ArrayLike, mean_order_value: ArrayLike, start: "GammaGamma | None" = None) -> Self:
        """Maximise the likelihood of the mean value (> 0) of a number (>= 1) of orders per customer.

        ``start`` is a fit nearby, where the search begins.
        """
        from scipy.special import betaln  # noqa: PLC0415 - see ``model.estimators.special_functions``

        n, z = np.asarray(orders, float), np.asarray(mean_order_value, float)
        known = (n >= 1) & (z > 0)
        n, unit = n[known], max(float(np.median(z[known])) if known.any() else 1.0, 1e-9)
        z = z[known] / unit

        def loss(log_parameters: FloatArray) -> float:
            p, q, v = _bounded_exp(log_parameters) + np.array([0.0, 1.0, 0.0])
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
        best = _best_minimum(loss, nearby, ([0.5, 0.5, 0.5], [1.5, 1.0, 0.0], [0.0, 0.0, 2.0]))
        self.p_, self.q_, scaled_v = (float(v) for v in _bounded_exp(best.x) + np.array([0.0, 1.0, 0.0]))
        self.v_ = scaled_v * unit
        return self

    def expected_order_value(self, orders: ArrayLike, mean_order_value: ArrayLike) -> FloatArray:
        """Conditional mean of a customer's orders: between their own mean and everybody's."""
        n, z = np.asarray(orders, float), np.asarray(mean_order_value, float)
        return np.asarray(self.p_ * (self.v_ + n * z) / np.maximum(self.p_ * n + self.q_ - 1.0, 1e-9))


def _log_likelihood(log_parameters: FloatArray, x: FloatArray, t_x: FloatArray, t: FloatArray) -> FloatArray:
    from scipy.special import betaln, gammaln  # noqa: PLC0415 - see ``model.estimators.special_functions``

    r, alpha, a, b = _bounded_exp(log_parameters)
    rate = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    survival = betaln(a, b + x) - betaln(a, b)
    alive = survival - (r + x) * np.log(alpha + t)
    repeats = np.maximum(x, 1.0)
    dead = betaln(a + 1.0, b + repeats - 1.0) - betaln(a, b) - (r + x) * np.log(alpha + t_x)
    return np.asarray(rate + np.where(x > 0, np.logaddexp(alive, dead), alive))


def _unique_rows(rows: FloatArray) -> tuple[FloatArray, FloatArray]:
    unique, counts = np.unique(rows, axis=0, return_counts=True)
    return unique.T, counts.astype(float)


def _bounded_exp(log_parameters: FloatArray) -> FloatArray:
    return np.asarray(np.exp(np.clip(log_parameters, *_LOG_BOUNDS)))


def _best_minimum(  # Any: scipy's result
    loss: Callable[[FloatArray], float], nearby: FloatArray | None, afar: Sequence[Sequence[float]]
) -> Any:
    """One quasi-Newton search from nearby; else the best of several from afar, polished by simplex search.

    From the edge, where a young shop without dropouts lies, a search leaves by luck of the last digits or not at all.
    """
    from scipy.optimize import minimize  # noqa: PLC0415 - see ``model.estimators.special_functions``

    if nearby is not None and not np.all((nearby > _LOG_BOUNDS[0] + _EDGE) & (nearby < _LOG_BOUNDS[1] - _EDGE)):
        nearby = None
    starts = afar if nearby is None else [nearby]
    runs = [minimize(loss, start, method="L-BFGS-B", bounds=[_LOG_BOUNDS] * len(start)) for start in starts]
    best = min(runs, key=lambda run: float(run.fun))
    if nearby is None:
        polished = minimize(loss, best.x, method="Nelder-Mead", options={"xatol": 1e-5, "fatol": 1e-10, "maxiter": 400})
        if polished.fun <= best.fun and np.all(np.abs(polished.x) <= 9.0):
            best = polished
    best.x = np.clip(best.x, *_LOG_BOUNDS)
    return best
