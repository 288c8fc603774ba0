"""The purchase probability from six numbers: odds that decay with recency and rise with frequency.

That of whole histories is in ``hurdle``.
"""

import math

import numpy as np
import numpy.typing as npt
from pydantic import Field, PositiveFloat

from model.arrays import FloatArray
from model.documents import Document

# The answer has four decimals and must never read 0 or 1: nothing about a customer is certain.
LEAST = 0.0001


def log_odds_against(
    recency_days: FloatArray,
    num_transactions: FloatArray,
    log_base_odds: float,
    recency_decay: float,
    recency_scale_days: float,
    frequency_boost: float,
    prior_orders: float,
) -> FloatArray:
    """The logarithm of 1 / odds, by the formula of ``PurchaseProbability``."""
    falling = recency_decay * np.log1p(recency_days / recency_scale_days)
    return np.asarray(falling - log_base_odds - frequency_boost * np.log(num_transactions + prior_orders))


class PurchaseProbability(Document):
    """Probability of at least one purchase in the horizon, from two numbers.

    odds = base_odds
           * (1 + recency_days / recency_scale_days) ** -recency_decay
           * (num_transactions + prior_orders) ** frequency_boost

    Decay and boost are positive, so the probability strictly falls with recency and
    strictly rises with frequency. The defaults serve a pipeline that came without a
    card: the values fitted on Online Retail II, rounded.
    """

    base_odds: PositiveFloat = Field(0.03, examples=[0.03])
    """Odds before recency and frequency are known (ratio)."""
    recency_decay: PositiveFloat = Field(2.5, description="How fast odds fall with recency (exponent).", examples=[2.5])
    recency_scale_days: PositiveFloat = Field(330.0, examples=[330.0])
    """After how long that begins to tell (days)."""
    frequency_boost: PositiveFloat = Field(1.3, examples=[1.3])
    """How fast odds rise with orders (exponent)."""
    prior_orders: PositiveFloat = Field(3.8, examples=[3.8])
    """Orders that everybody is credited with (count)."""

    def __call__(self, recency_days: npt.ArrayLike, num_transactions: npt.ArrayLike) -> FloatArray:
        """Probabilities in (0, 1), in the shape of the inputs (days, count; neither negative)."""
        against = log_odds_against(
            np.asarray(recency_days, dtype=np.float64),
            np.asarray(num_transactions, dtype=np.float64),
            math.log(self.base_odds),
            self.recency_decay,
            self.recency_scale_days,
            self.frequency_boost,
            self.prior_orders,
        )
        with np.errstate(over="ignore"):  # odds of one to infinity are none
            return np.asarray(LEAST + (1 - 2 * LEAST) / (1 + np.exp(against)))
