"""What many customers will spend together: an interval around the sum of their forecasts."""

import math
from statistics import NormalDist

import numpy as np
from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from model.arrays import FloatArray
from model.documents import Document
from model.estimators.purchase_probability import LEAST

COVERAGE = 0.8
_TAIL = (1 - COVERAGE) / 2


class TotalErrors(Document):
    """How far sums of forecasts were off in past windows, in two parts.

    The whole shop is above or below its forecast, all customers alike; and each customer deviates
    from that on their own: most buy nothing, buyers spend a multiple of what is expected of a
    buyer. The first part is as wide for ten customers as for all, the second fades in a crowd. The
    point is the sum of the forecasts times ``total_factor``.
    """

    total_factor: PositiveFloat = Field(
        1.0,
        description="What a window realised over what its forecasts added up to: the median of the last twelve "
        "(ratio). Every sum over customers carries it, no customer does.",
        examples=[1.12],
    )
    shop_spread: NonNegativeFloat = Field(examples=[0.1529])
    """Spread of ln(realised / expected total) that all customers share (ratio): 0.15 is 15 % off."""
    buyer_variance: NonNegativeFloat = Field(examples=[1.0865])
    """Variance of a buyer's spend over its squared expectation, large buyers weighing most (ratio)."""
    windows: PositiveInt = Field(description="Past windows that it was learned from (count).", examples=[20])

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
        nobody_buys = math.exp(float(np.log1p(-clipped(probability)).sum()))
        variance = math.log((1 + own_variance(spend, probability, self.buyer_variance)) * (1 - nobody_buys))
        middle = total / (1 - nobody_buys) * math.exp(-variance / 2)
        spread = math.sqrt(self.shop_spread**2 + variance)

        def quantile(level: float) -> float:
            among_buyers = (level - nobody_buys) / (1 - nobody_buys)
            return middle * math.exp(spread * NormalDist().inv_cdf(among_buyers)) if among_buyers > 0 else 0.0

        if nobody_buys < _TAIL:
            return min(quantile(_TAIL), total), max(quantile(1 - _TAIL), total)
        return 0.0, max(quantile(COVERAGE), total)


def clipped(probability: FloatArray) -> FloatArray:
    """Neither impossible nor certain."""
    return np.clip(probability, LEAST, 1 - LEAST)


def own_variance(spend: FloatArray, probability: FloatArray, buyer_variance: float) -> float:
    """The variance of the total that customers cause on their own, over the squared total."""
    shares = spend / spend.sum()
    return float((shares**2 * ((1 + buyer_variance) / clipped(probability) - 1)).sum())
