"""Learning the intervals of spend if buying, from the errors of past forecasts."""

from collections.abc import Sequence

import numpy as np

from model.arrays import FloatArray
from model.artifact.history_artifact import RECORD_WINDOWS
from model.estimators.intervals import COVERAGE, RatioBand, SpendIntervals
from training.models.history import PastForecast

BANDS = 5
# Fewer in a band would leave its tenths to a handful of buyers.
LEAST_BUYERS_PER_BAND = 30
# Among n buyers and one more to come, the lowest tenth begins at the (n + 1) / 10th of them: with eight there is none.
LEAST_BUYERS = 9
_LEVELS = ((1 - COVERAGE) / 2, 0.5, (1 + COVERAGE) / 2)


def learn_intervals(record: Sequence[PastForecast]) -> SpendIntervals | None:
    """Spend if buying, from the newest past forecasts."""
    if not record:
        return None
    newest = [each.total for each in record[-RECORD_WINDOWS:]]
    return fit_intervals(*(np.concatenate(columns) for columns in zip(*newest, strict=True)))


def fit_intervals(spend: FloatArray, probability: FloatArray, actual: FloatArray) -> SpendIntervals | None:
    """Learn from forecasts beside what happened; None with fewer than nine buyers, who say nothing of one in ten.

    ``spend`` and ``probability`` are what was expected before the window, ``actual`` what was spent in it; arrays of
    shape (n_customers,).
    """
    bought = (actual > 0) & (spend > 0)
    if np.count_nonzero(bought) < LEAST_BUYERS:
        return None
    probability, ratio = probability[bought], actual[bought] * probability[bought] / spend[bought]
    bands = max(1, min(BANDS, len(ratio) // LEAST_BUYERS_PER_BAND))
    # Edges are met by buyers, so that no band is empty where many share one probability.
    inner = np.unique(np.quantile(probability, np.arange(1, bands) / bands, method="higher"))
    edges = [0.0, *inner[inner > probability.min()].tolist()]
    band = np.searchsorted(edges[1:], probability, side="right")
    return SpendIntervals(bands=tuple(_band(edge, ratio[band == n]) for n, edge in enumerate(edges)))


def _band(from_probability: float, ratios: FloatArray) -> RatioBand:
    # Of n buyers and the one to come ("weibull"), each place is as likely: that covers as asked in small bands too.
    low, median, high = np.quantile(ratios, _LEVELS, method="weibull").round(6).tolist()
    return RatioBand(from_probability=from_probability, low=low, median=median, high=high)
