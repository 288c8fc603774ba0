"""Intervals of spend: a mass at zero, and for buyers the spread that past windows showed."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from model.either import ARRAYS, NUMBERS, Either

FloatArray = NDArray[np.float64]

COVERAGES = (0.8, 0.9)
_QUANTILES = np.linspace(0, 1, 101)
_KNOTS = tuple(_QUANTILES.tolist())
_LEVELS = np.linspace(0.5, 0.995, 100)


class SpendDistribution(BaseModel):
    """Zero with probability 1 - p, else the expected spend of a buyer times an empirical ratio.

    The interval of a level starts at zero where no purchase is likely enough, and is
    stretched to contain the prediction. The level that covers as asked is found on forecasts
    of windows that the model had not seen (split-conformal; Vovk et al. 2005), so it
    carries the errors of level and ranking, not only the spread between buyers.

    ``ratios`` are the percentiles of actual over expected spend of buyers; ``level_80`` and
    ``level_90`` the levels that covered 80 % and 90 % of customers.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    ratios: tuple[float, ...] = Field(
        description="Percentiles of actual over expected spend of buyers (ratio).", examples=[[0.1, 1.0, 4.2]]
    )
    level_80: float = Field(description="The level that covered 80 % of customers (0 to 1).", examples=[0.81])
    level_90: float = Field(description="The level that covered 90 % of customers (0 to 1).", examples=[0.91])

    @classmethod
    def learn(cls, expected: FloatArray, probability: FloatArray, actual: FloatArray) -> Self:
        """Learn from out-of-sample forecasts.

        Parameters
        ----------
        expected, probability, actual : arrays of shape (n_customers,)
            Expected spend, purchase probability, and what was spent.
        """
        buys = (actual > 0) & (expected > 0)
        seen = actual[buys] * probability[buys] / expected[buys]
        ratios = np.quantile(seen, _QUANTILES) if buys.any() else np.ones(len(_QUANTILES))
        level_80, level_90 = (
            _smallest_level(ratios, expected, probability, actual, coverage) for coverage in COVERAGES
        )
        return cls(ratios=tuple(np.round(ratios, 6).tolist()), level_80=level_80, level_90=level_90)

    def interval(
        self, expected: FloatArray, probability: FloatArray, *, coverage: float
    ) -> tuple[FloatArray, FloatArray]:
        """Low and high (n_customers,), never negative; ``coverage`` is one of ``COVERAGES``."""
        low, high = _interval(_QUANTILES, np.asarray(self.ratios), expected, probability, self._level(coverage), ARRAYS)
        return low, high

    def interval_of_one(self, expected: float, probability: float, *, coverage: float) -> tuple[float, float]:
        """``interval`` for one customer."""
        low, high = _interval(_KNOTS, self.ratios, expected, probability, self._level(coverage), NUMBERS)
        return low, high

    def _level(self, coverage: float) -> float:
        return {0.8: self.level_80, 0.9: self.level_90}[coverage]


def _smallest_level(
    ratios: FloatArray, expected: FloatArray, probability: FloatArray, actual: FloatArray, coverage: float
) -> float:
    for level in _LEVELS:
        low, high = _interval(_QUANTILES, ratios, expected, probability, level, ARRAYS)
        if np.mean((low <= actual) & (actual <= high)) >= coverage:
            return float(level)
    return float(_LEVELS[-1])


# Any: see ``Either``.
def _interval(knots: Any, ratios: Any, expected: Any, probability: Any, level: float, f: Either) -> tuple[Any, Any]:
    def quantile(level: Any) -> Any:
        among_buyers = (level - (1 - probability)) / probability
        ratio = f.interp(among_buyers, knots, ratios)
        return f.where(among_buyers <= 0, 0.0, ratio * expected / probability)

    is_two_sided = 1 - probability < (1 - level) / 2
    low = f.where(is_two_sided, quantile((1 - level) / 2), 0.0)
    high = quantile(f.where(is_two_sided, (1 + level) / 2, level))
    return f.minimum(low, expected), f.maximum(high, expected)
