"""The purchase probability: odds that decay with recency and rise with frequency."""

import math

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, PositiveFloat

FloatArray = npt.NDArray[np.float64]

# The answer has four decimals and must never read 0 or 1: nothing about a customer is certain.
LEAST = 0.0001


class PurchaseProbability(BaseModel):
    """Probability of at least one purchase in the horizon, from two numbers.

    odds = base_odds * (1 + recency_days) ** -recency_decay * (1 + num_transactions) ** frequency_boost

    Both exponents are positive, so the probability strictly falls with recency and
    strictly rises with frequency. The defaults serve a pipeline that came without a
    card: the values fitted on Online Retail II, rounded.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_odds: PositiveFloat = 0.33
    recency_decay: PositiveFloat = 0.25
    frequency_boost: PositiveFloat = 0.9

    def __call__(self, recency_days: npt.ArrayLike, num_transactions: npt.ArrayLike) -> FloatArray:
        """Probabilities in (0, 1), in the shape of the inputs (days, count; neither negative)."""
        log_odds = (
            math.log(self.base_odds)
            - self.recency_decay * np.log1p(np.asarray(recency_days, dtype=np.float64))
            + self.frequency_boost * np.log1p(np.asarray(num_transactions, dtype=np.float64))
        )
        return LEAST + (1 - 2 * LEAST) / (1 + np.exp(-log_odds))
