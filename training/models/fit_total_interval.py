"""Learning how far sums of forecasts are off, from past windows."""

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from model.arrays import FloatArray
from model.estimators.total_interval import COVERAGE, TotalErrors, clipped, own_variance

# A factor from fewer windows would be one customer's order; and from more than a year's, another shop's than today's.
LEAST_WINDOWS, FACTOR_WINDOWS = 4, 12
# A forecast of nothing, or a window without a sale, must leave logarithms finite.
LEAST_RATIO = 1e-3
_Z = NormalDist().inv_cdf(1 - (1 - COVERAGE) / 2)


class PastWindow(NamedTuple):
    """What was expected of the customers of one past window, and what they spent; arrays of shape (n_customers,)."""

    spend: FloatArray
    probability: FloatArray
    actual: FloatArray


def learn_total_errors(past: Sequence[PastWindow]) -> TotalErrors | None:
    """Learn from forecasts of whole bases that had not seen their windows, oldest first; None with fewer than four.

    The shop's spread is the smallest that would have covered 80 % of the windows, and one more
    that is still to come (split-conformal; Vovk et al. 2005): the k-th of n, with
    k = 0.8 (n + 1) rounded up. That assumes no shape of errors, so a December that came in at
    a third of its forecast is one window that was missed, and widens no other. Each window is judged with the factor
    that was known then.
    """
    past = [window for window in past if window.spend.sum() > 0]
    factor = total_factor(past)
    past = [each._replace(spend=each.spend * total_factor(past[:place])) for place, each in enumerate(past)]
    rank = math.ceil(COVERAGE * (len(past) + 1))
    if rank > len(past):
        return None
    buyer_variance = _buyer_variance(past)
    needed = sorted(_needed_shop_variance(window, buyer_variance) for window in past)
    return TotalErrors(
        total_factor=round(factor, 6),
        shop_spread=round(math.sqrt(needed[rank - 1]), 6),
        buyer_variance=round(buyer_variance, 6),
        windows=len(past),
    )


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


def _buyer_variance(past: Sequence[PastWindow]) -> float:
    """Squared deviations of buyers from their expectation, once their shop's factor is known, over its squares.

    Sums, not a mean of ratios: a customer of whom 5 is expected and who spends 500 tells little of a total.
    """
    deviations = expectations = 0.0
    for spend, probability, actual in past:
        buys = actual > 0
        if_buying = (spend / clipped(probability))[buys] * (actual.sum() / spend.sum())
        deviations += float(((actual[buys] - if_buying) ** 2).sum())
        expectations += float((if_buying**2).sum())
    return deviations / expectations if expectations > 0 else 0.0


def _needed_shop_variance(window: PastWindow, buyer_variance: float) -> float:
    """The smallest squared spread of the shop with which the interval would have held the window's total."""
    variance = math.log1p(own_variance(window.spend, window.probability, buyer_variance))
    ratio = max(float(window.actual.sum() / window.spend.sum()), LEAST_RATIO)
    return max(0.0, ((math.log(ratio) + variance / 2) / _Z) ** 2 - variance)
