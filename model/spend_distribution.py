"""Intervals of spend: a mass at zero, and for buyers the spread that past windows showed."""

from typing import Self

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

COVERAGES = (0.8, 0.9)
_QUANTILES = np.linspace(0, 1, 201)
_LEVELS = np.linspace(0.5, 0.995, 100)


class SpendDistribution:
    """Zero with probability 1 - p, else the expected spend of a buyer times an empirical ratio.

    The interval of a level starts at zero where no purchase is likely enough, and is
    stretched to contain the prediction. The level that covers as asked is found on forecasts
    of windows that the model had not seen (split-conformal; Vovk et al. 2005), so it
    carries the errors of level and ranking, not only the spread between buyers.
    """

    def fit(self, expected: FloatArray, probability: FloatArray, actual: FloatArray) -> Self:
        """Learn from out-of-sample forecasts.

        Parameters
        ----------
        expected, probability, actual : arrays of shape (n_customers,)
            Expected spend, purchase probability, and what was spent.
        """
        buys = actual > 0
        ratios = actual[buys] * probability[buys] / expected[buys]
        self.ratios_ = np.quantile(ratios, _QUANTILES) if buys.any() else np.ones(len(_QUANTILES))
        self.level_of_coverage_ = {
            coverage: self._smallest_level(expected, probability, actual, coverage) for coverage in COVERAGES
        }
        return self

    def interval(
        self, expected: FloatArray, probability: FloatArray, *, coverage: float
    ) -> tuple[FloatArray, FloatArray]:
        """Low and high (n_customers,), never negative; ``coverage`` is one of ``COVERAGES``."""
        return self._interval(expected, probability, self.level_of_coverage_[coverage])

    def _smallest_level(
        self, expected: FloatArray, probability: FloatArray, actual: FloatArray, coverage: float
    ) -> float:
        for level in _LEVELS:
            low, high = self._interval(expected, probability, level)
            if np.mean((low <= actual) & (actual <= high)) >= coverage:
                return float(level)
        return float(_LEVELS[-1])

    def _interval(self, expected: FloatArray, probability: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
        is_two_sided = 1 - probability < (1 - level) / 2
        low = np.where(is_two_sided, self._quantile(expected, probability, (1 - level) / 2), 0.0)
        high = self._quantile(expected, probability, np.where(is_two_sided, (1 + level) / 2, level))
        return np.minimum(low, expected), np.maximum(high, expected)

    def _quantile(self, expected: FloatArray, probability: FloatArray, level: float | FloatArray) -> FloatArray:
        among_buyers = (level - (1 - probability)) / probability
        ratio = np.interp(among_buyers, _QUANTILES, self.ratios_)
        return np.where(among_buyers <= 0, 0.0, ratio * expected / probability)
