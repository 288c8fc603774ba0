"""What many customers will spend together: an interval around the sum of their forecasts."""

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, PositiveFloat, PositiveInt

from model.estimators.purchase_probability import LEAST

FloatArray = NDArray[np.float64]

COVERAGE = 0.8
# A factor from fewer windows would be one customer's order; and from more than a year's, another shop's than today's.
LEAST_WINDOWS, FACTOR_WINDOWS = 4, 12
# A forecast of nothing, or a window without a sale, must leave logarithms finite.
LEAST_RATIO = 1e-3
_TAIL = (1 - COVERAGE) / 2
_Z = NormalDist().inv_cdf(1 - _TAIL)


class PastWindow(NamedTuple):
    """What was expected of the customers of one past window, and what they spent; arrays of shape (n_customers,)."""

    spend: FloatArray
    probability: FloatArray
    actual: FloatArray

    def times(self, factor: float) -> "PastWindow":
        """The same with every expectation multiplied."""
        return self._replace(spend=self.spend * factor)


def total_factor(past: Sequence[PastWindow]) -> float:
    """What a past month realised over what its customers' forecasts added up to: the median of the newest twelve.

    Forecasts are right for nearly all customers, and too low for the few giants whom no history tells of, so sums are
    too low. One December that came in at a third of its forecast moves a median as little as any other month.
    1 where fewer than four windows are over.
    """
    newest = past[-FACTOR_WINDOWS:]
    if len(newest) < LEAST_WINDOWS:
        return 1.0
    return max(LEAST_RATIO, float(np.median([window.actual.sum() / window.spend.sum() for window in newest])))


class TotalErrors(BaseModel):
    """How far sums of forecasts were off in past windows, in two parts.

    The whole shop is above or below its forecast, all customers alike; and each customer deviates
    from that on their own: most buy nothing, buyers spend a multiple of what is expected of a
    buyer. The first part is as wide for ten customers as for all, the second fades in a crowd. The
    point is the sum of the forecasts times ``total_factor``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    total_factor: PositiveFloat = Field(
        1.0,
        description="What a window realised over what its forecasts added up to: the median of the last twelve "
        "(ratio). Every sum over customers carries it, no customer does.",
        examples=[1.12],
    )
    shop_spread: NonNegativeFloat = Field(
        description="Spread of ln(realised / expected total) that all customers share (ratio): 0.15 is 15 % off.",
        examples=[0.1529],
    )
    buyer_variance: NonNegativeFloat = Field(
        description="Variance of a buyer's spend over its squared expectation, large buyers weighing most (ratio).",
        examples=[1.0865],
    )
    windows: PositiveInt = Field(description="Past windows that it was learned from (count).", examples=[20])

    @classmethod
    def learn(cls, past: Sequence[PastWindow]) -> Self | None:
        """Learn from forecasts of whole bases that had not seen their windows.

        The shop's spread is the smallest that would have covered 80 % of the windows, and one more
        that is still to come (split-conformal; Vovk et al. 2005): the k-th of n, with
        k = 0.8 (n + 1) rounded up. That assumes no shape of errors, so a December that came in at
        a third of its forecast is one window that was missed, and widens no other.

        Parameters
        ----------
        past : sequence of PastWindow
            Forecasts as they would have been answered at the time, oldest first; each is judged with the factor
            that was known then.

        Returns
        -------
        TotalErrors or None
            None with fewer than four windows: three say nothing about one in five.
        """
        past = [window for window in past if window.spend.sum() > 0]
        factor = total_factor(past)
        past = [window.times(total_factor(past[:place])) for place, window in enumerate(past)]
        rank = math.ceil(COVERAGE * (len(past) + 1))
        if rank > len(past):
            return None
        buyer_variance = _buyer_variance(past)
        needed = sorted(_needed_shop_variance(window, buyer_variance) for window in past)
        return cls(
            total_factor=round(factor, 6),
            shop_spread=round(math.sqrt(needed[rank - 1]), 6),
            buyer_variance=round(buyer_variance, 6),
            windows=len(past),
        )

    def total(self, spend: FloatArray) -> float:
        """What customers of these forecasts, (n_customers,), are expected to spend together."""
        return float(spend.sum()) * self.total_factor

    def interval_80(self, spend: FloatArray, probability: FloatArray) -> tuple[float, float]:
        """Lowest and highest total spend that hold with 80 %.

        The total is zero where nobody buys, else lognormal with the mean and variance that the
        customers add up to. Like the interval of one customer it starts at zero where that is
        likely enough, and contains the expected total.

        Parameters
        ----------
        spend, probability : arrays of shape (n_customers,)
            Forecasts of any customers, a whole base or a few.
        """
        total = self.total(spend)
        if total <= 0:
            return 0.0, 0.0
        nobody_buys = math.exp(float(np.log1p(-_clipped(probability)).sum()))
        variance = math.log((1 + _own_variance(spend, probability, self.buyer_variance)) * (1 - nobody_buys))
        middle = total / (1 - nobody_buys) * math.exp(-variance / 2)
        spread = math.sqrt(self.shop_spread**2 + variance)

        def quantile(level: float) -> float:
            among_buyers = (level - nobody_buys) / (1 - nobody_buys)
            return middle * math.exp(spread * NormalDist().inv_cdf(among_buyers)) if among_buyers > 0 else 0.0

        if nobody_buys < _TAIL:
            return min(quantile(_TAIL), total), max(quantile(1 - _TAIL), total)
        return 0.0, max(quantile(COVERAGE), total)


def _clipped(probability: FloatArray) -> FloatArray:
    return np.clip(probability, LEAST, 1 - LEAST)


def _own_variance(spend: FloatArray, probability: FloatArray, buyer_variance: float) -> float:
    """The variance of the total that customers cause on their own, over the squared total."""
    shares = spend / spend.sum()
    return float((shares**2 * ((1 + buyer_variance) / _clipped(probability) - 1)).sum())


def _buyer_variance(past: Sequence[PastWindow]) -> float:
    """Squared deviations of buyers from their expectation, once their shop's factor is known, over its squares.

    Sums, not a mean of ratios: a customer of whom 5 is expected and who spends 500 tells little of a total.
    """
    deviations = expectations = 0.0
    for spend, probability, actual in past:
        buys = actual > 0
        if_buying = (spend / _clipped(probability))[buys] * (actual.sum() / spend.sum())
        deviations += float(((actual[buys] - if_buying) ** 2).sum())
        expectations += float((if_buying**2).sum())
    return deviations / expectations if expectations > 0 else 0.0


def _needed_shop_variance(window: PastWindow, buyer_variance: float) -> float:
    """The smallest squared spread of the shop with which the interval would have held the window's total."""
    variance = math.log1p(_own_variance(window.spend, window.probability, buyer_variance))
    ratio = max(float(window.actual.sum() / window.spend.sum()), LEAST_RATIO)
    return max(0.0, ((math.log(ratio) + variance / 2) / _Z) ** 2 - variance)
