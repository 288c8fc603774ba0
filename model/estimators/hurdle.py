"""Two parts of one forecast, each a sum of broken lines: who buys, and how much if so; plain numbers, once learned."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field

from model.arrays import FloatArray
from model.documents import Document
from model.estimators.estimator import Estimator, Table, columns
from model.estimators.hyperparameters import DEFAULTS
from model.estimators.special_functions import LEAST_PROBABILITY, expit

LEAST_SPREAD = 1e-9


class Curve(Document):
    """What one input adds to the log odds of a purchase and to a buyer's log spend; nothing at its mean.

    z = clip((value - mean) / scale, -limit, limit)
    part = slopes[0] * z + sum_k slopes[k] * (max(z - knots[k - 1], 0) - max(-knots[k - 1], 0))
    """

    name: str = Field(description="The input, see ``model.estimators.history_inputs``.", examples=["last_age_days"])
    mean: float = Field(description="Its mean in training (unit of the input).", examples=[4.9])
    scale: float = Field(description="Its standard deviation in training (unit of the input).", examples=[1.3])
    clip_deviations: float = Field(DEFAULTS.clip_deviations, examples=[4.0])
    """Beyond so many deviations it says no more."""
    knots: tuple[float, ...] = Field(examples=[[-1.9, -0.3, 0.5, 1.4]])
    """Where the line breaks (standard deviations from the mean)."""
    odds_slopes: tuple[float, ...] = Field(examples=[[-0.3, 0.1]])
    """Log odds per standard deviation: everywhere, then added beyond each knot."""
    spend_slopes: tuple[float, ...] = Field(description="The same for the log spend of a buyer.", examples=[[0.1, 0.0]])

    def basis(self, values: FloatArray) -> FloatArray:
        """What the slopes are multiplied with, of shape (n_customers, n_knots + 1)."""
        knots = np.asarray(self.knots)
        z = np.clip((values - self.mean) / self.scale, -self.clip_deviations, self.clip_deviations)[:, np.newaxis]
        return np.hstack([z, np.maximum(z - knots, 0.0) - np.maximum(-knots, 0.0)])


class Hurdle(Document):
    """What a ``HurdleRegressor`` has learned: a curve for each input, and the customer whom all of them leave alone."""

    curves: tuple[Curve, ...] = Field(description="What each input adds.")
    log_odds: float = Field(description="Log odds of the customer whose inputs are all at their mean.", examples=[-2.4])
    log_spend: float = Field(description="Mean log spend of this customer if buying (log currency).", examples=[5.4])
    log_smearing: float = Field(examples=[0.35])
    """Log of what buyers spent over the exponential of their forecast log spend, as sums (log ratio)."""

    def parts(self, inputs: FloatArray) -> tuple[FloatArray, FloatArray]:
        """What each input adds to log odds and to log spend if buying; both (n_customers, n_inputs)."""
        bases = [curve.basis(values) for curve, values in zip(self.curves, inputs.T, strict=True)]
        odds = [basis @ curve.odds_slopes for basis, curve in zip(bases, self.curves, strict=True)]
        spend = [basis @ curve.spend_slopes for basis, curve in zip(bases, self.curves, strict=True)]
        return np.column_stack(odds), np.column_stack(spend)

    def predict(self, inputs: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Log odds of a purchase and log of the mean spend if there is one; both (n_customers,)."""
        odds, spend = self.parts(inputs)
        typical_odds, typical_spend = self.typical
        return typical_odds + odds.sum(axis=1), typical_spend + spend.sum(axis=1)

    @property
    def typical(self) -> tuple[float, float]:
        """Log odds, and log of the mean spend if buying, of the customer whose inputs are all at their mean."""
        return self.log_odds, self.log_spend + self.log_smearing


@dataclass(frozen=True)
class TwoPartForecast:
    """What is expected of each customer in the horizon; arrays of shape (n_customers,)."""

    probability: FloatArray
    spend_if_buying: FloatArray

    @classmethod
    def of(cls, log_odds: FloatArray, log_spend: FloatArray) -> Self:
        """From log odds of a purchase and log of the mean spend if there is one."""
        probability = np.clip(expit(log_odds), LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
        return cls(probability=probability, spend_if_buying=np.exp(log_spend))

    @property
    def spend(self) -> FloatArray:
        """Expected spend, a purchase or not: chance times spend if buying, which so cannot contradict each other."""
        return self.probability * self.spend_if_buying


class HurdleRegressor(Estimator):
    """Logistic regression of "buys" and ridge regression of a buyer's log spend on broken lines of a few inputs.

    Spend is learned on the log scale, where a wholesaler is one customer among many, and brought back by one ratio
    of sums (Duan 1983), which keeps the total of the buyers.

    Parameters
    ----------
    odds_inverse_penalty : float
        C of the logistic regression.
    spend_penalty : float
        alpha of the ridge regression.
    knot_quantiles : sequence of float
        Where the lines of inputs break.
    clip_deviations : float
        Inputs reach so many standard deviations from their mean.

    Attributes
    ----------
    hurdle_ : Hurdle
        Curves and numbers, as they are stored.
    feature_names_in_ : tuple of str
        The columns that it was fitted on; "x0", "x1", … of an array.
    """

    hurdle_: Hurdle

    def __init__(
        self,
        odds_inverse_penalty: float = DEFAULTS.odds_inverse_penalty,
        spend_penalty: float = DEFAULTS.spend_penalty,
        knot_quantiles: Sequence[float] = DEFAULTS.knot_quantiles,
        clip_deviations: float = DEFAULTS.clip_deviations,
    ) -> None:
        self.odds_inverse_penalty, self.spend_penalty = odds_inverse_penalty, spend_penalty
        self.knot_quantiles, self.clip_deviations = knot_quantiles, clip_deviations

    def fit(self, X: Table, y: ArrayLike) -> Self:
        """Learn from labelled histories.

        Parameters
        ----------
        X : DataFrame, mapping of names to columns, or array of shape (n_customers, n_inputs)
            Finite.
        y : array of shape (n_customers,)
            Spend in the horizon; 0 for no purchase. Buyers and others must both occur.
        """
        from sklearn.linear_model import LogisticRegression, Ridge  # noqa: PLC0415 - what has learned does without

        names = tuple(X.keys()) if hasattr(X, "keys") else tuple(f"x{place}" for place in range(np.shape(X)[1]))
        inputs, spend = columns(X, names), np.asarray(y, dtype=np.float64)
        flat = [self._flat(str(name), values) for name, values in zip(names, inputs, strict=True)]
        basis = np.hstack([curve.basis(values) for curve, values in zip(flat, inputs, strict=True)])
        buys = spend > 0
        odds = LogisticRegression(C=self.odds_inverse_penalty, solver="newton-cholesky").fit(basis, buys)
        ridge = Ridge(self.spend_penalty).fit(basis[buys], np.log(spend[buys]))
        ratio = spend[buys].sum() / np.exp(ridge.predict(basis[buys])).sum()
        slopes = (coefficients.reshape(len(flat), -1).tolist() for coefficients in (odds.coef_, ridge.coef_))
        self.hurdle_ = Hurdle(
            curves=tuple(
                curve.model_copy(update={"odds_slopes": tuple(of_odds), "spend_slopes": tuple(of_spend)})
                for curve, of_odds, of_spend in zip(flat, *slopes, strict=True)
            ),
            log_odds=float(odds.intercept_[0]),
            log_spend=float(ridge.intercept_),
            log_smearing=float(np.log(ratio)),
        )
        self.feature_names_in_ = names
        return self

    def predict(self, X: Table) -> FloatArray:
        """Expected spend in the horizon, a purchase or not, (n_customers,)."""
        return self.forecast(X).spend

    def probability_of_purchase(self, X: Table) -> FloatArray:
        """P(at least one purchase within the horizon), (n_customers,)."""
        return self.forecast(X).probability

    def forecast(self, X: Table) -> TwoPartForecast:
        """Probability, and spend if there is a purchase."""
        return TwoPartForecast.of(*self.hurdle_.predict(np.column_stack(columns(X, self.feature_names_in_))))

    def _flat(self, name: str, values: FloatArray) -> Curve:
        """A curve without slopes: where its line breaks."""
        mean, spread = float(values.mean()), float(values.std())
        scale = spread if spread > LEAST_SPREAD else 1.0
        z = np.clip((values - mean) / scale, -self.clip_deviations, self.clip_deviations)
        return Curve(
            name=name,
            mean=mean,
            scale=scale,
            clip_deviations=self.clip_deviations,
            knots=tuple(np.quantile(z, self.knot_quantiles).tolist()),
            odds_slopes=(),
            spend_slopes=(),
        )
