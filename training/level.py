"""The level of a shop: how far actual windows lay above their forecasts, and how far the next one will.

Every model that pools past windows under-forecasts a high season and over-forecasts the weeks after it. What the
newest complete window missed mostly lasts, and what BG/NBD, which knows no season, missed a year ago comes back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from model.history_model import Level, RawForecast

FloatArray = npt.NDArray[np.float64]

# Share of the newest window's surprise that is expected to last. Fixed beforehand, not tuned on test windows.
PERSISTENCE = 0.7
# Surprises of this size (log scale) are believed by half when sampling noise is as large.
TYPICAL_SURPRISE = 0.3
YEAR_DAYS, YEAR_TOLERANCE_DAYS = 365, 6
MOST_SHIFT = 5.0


@dataclass(frozen=True)
class Surprise:
    """How much a window exceeded its raw forecast, on the log scales, and how surely.

    Sampling variances tell a change of the whole shop from the luck of few buyers.
    """

    log_spend: float
    log_odds: float
    log_spend_variance: float
    log_odds_variance: float

    def believed(self) -> Level:
        """The part that is not sampling noise, by the ratio of variances (empirical Bayes)."""
        signal = TYPICAL_SURPRISE**2
        return Level(
            self.log_spend * signal / (signal + self.log_spend_variance),
            self.log_odds * signal / (signal + self.log_odds_variance),
        )


def surprise_of(raw: RawForecast, actual: FloatArray, *, cap: float) -> Surprise:
    """What would have made a past window right: in the sum of spend, capped, and in the number of buyers.

    Parameters
    ----------
    raw : RawForecast
        Forecast of the window by a model that had not seen it.
    actual : array of shape (n_customers,)
        What was spent.
    cap : float
        Spend beyond it counts as the cap: a wholesaler's order is no level.
    """
    log_spend, log_spend_variance = _spend_shift(np.exp(raw.log_spend), actual, cap)
    log_odds, log_odds_variance = _odds_shift(raw.log_odds, actual > 0)
    return Surprise(log_spend, log_odds, log_spend_variance, log_odds_variance)


def forecast_level(
    as_of: datetime, surprises: Mapping[datetime, Surprise], bgnbd_surprises: Mapping[datetime, Surprise]
) -> Level:
    """The level of the horizon from ``as_of`` on: last year's season, and what persists of the newest surprise.

    Parameters
    ----------
    as_of : datetime
        The cutoff.
    surprises, bgnbd_surprises : mapping of cutoff to Surprise
        Of windows whose labels are complete at ``as_of``, for the model in question and for
        BG/NBD.
    """
    if not surprises:
        return Level()
    season = _season(as_of, bgnbd_surprises)
    newest = max(surprises)
    newest_season = _season(newest, bgnbd_surprises) if season is not None else None
    believed, expected = surprises[newest].believed(), newest_season or Level()
    season = season or Level()
    return Level(
        season.log_spend + PERSISTENCE * (believed.log_spend - expected.log_spend),
        season.log_odds + PERSISTENCE * (believed.log_odds - expected.log_odds),
    )


def _season(as_of: datetime, bgnbd_surprises: Mapping[datetime, Surprise]) -> Level | None:
    """BG/NBD's surprise in the same days of last year; None without a window there."""
    last_year = as_of - timedelta(days=YEAR_DAYS)
    near = min(bgnbd_surprises, key=lambda cutoff: abs(cutoff - last_year), default=None)
    if near is None or abs(near - last_year) > timedelta(days=YEAR_TOLERANCE_DAYS):
        return None
    return bgnbd_surprises[near].believed()


def _spend_shift(expected: FloatArray, actual: FloatArray, cap: float) -> tuple[float, float]:
    """The log factor on forecasts that makes the capped sums equal, and its sampling variance."""
    capped = np.minimum(actual, cap)
    total = max(float(capped.sum()), 1e-9)
    shift = 0.0
    for _ in range(40):  # a fixed point: scaling moves some forecasts into the cap
        scaled = np.minimum(expected * np.exp(shift), cap)
        shift = float(np.clip(shift + np.log(total / scaled.sum()), -MOST_SHIFT, MOST_SHIFT))
    residuals = capped - np.minimum(expected * np.exp(shift), cap)
    return shift, float((residuals**2).sum() / total**2)


def _odds_shift(log_odds: FloatArray, bought: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """The shift of log odds that makes the expected number of buyers the actual one, and its sampling variance."""
    shift = 0.0
    for _ in range(30):  # Newton's method on the mean probability
        probability = expit(log_odds + shift)
        slope = max(float((probability * (1 - probability)).mean()), 1e-6)
        shift = float(np.clip(shift + (bought.mean() - probability.mean()) / slope, -MOST_SHIFT, MOST_SHIFT))
    probability = expit(log_odds + shift)
    return shift, float(1.0 / max(float((probability * (1 - probability)).sum()), 1e-9))
