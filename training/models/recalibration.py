"""The level of a shop: how far past windows lay above what one model says of all of them, and how far the next will.

A model that pools past windows forecasts too little in a high season and too much in the weeks after it. What the
newest complete window was above the rest mostly lasts, and what the same days of last year were comes back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from model.arrays import BoolArray, FloatArray
from model.estimators.history_model import Level
from model.estimators.hyperparameters import DEFAULTS
from model.estimators.special_functions import expit

# Of squared shifts: settings that differ by less are equal, whatever the last digits say.
LEAST_GAIN = 1e-6
YEAR, YEAR_TOLERANCE = timedelta(days=365), timedelta(days=6)
MOST_SHIFT = 5.0


@dataclass(frozen=True)
class PastRaw:
    """What a model without a level says of customers known at a past cutoff, and what they spent; (n_customers,)."""

    log_odds: FloatArray
    log_spend: FloatArray
    actual: FloatArray


def learn_level(as_of: datetime, past: Mapping[datetime, PastRaw], *, cap: float) -> Level:
    """The level of the horizon from ``as_of`` on.

    ``past`` has complete windows by cutoff, oldest first, the newest ending at ``as_of``, all by the model that is to
    forecast. Spend beyond ``cap`` counts as the cap: a wholesaler's order is no level.
    """
    shifts = {at: shrunk_shift(raw, cap=cap) for at, raw in past.items()}
    persistence, with_season = choose_setting(shifts)
    log_odds, log_spend = expected_shift(as_of, shifts, persistence, with_season=with_season)
    return Level(log_odds=float(log_odds), log_spend=float(log_spend), persistence=persistence, with_season=with_season)


def choose_setting(shifts: Mapping[datetime, FloatArray]) -> tuple[float, bool]:
    """Persistence and season that would have foretold the shop's own windows best; the prior unless surely worse."""
    cutoffs = list(shifts)[1:]
    prior = (DEFAULTS.persistence, DEFAULTS.with_season)
    settings = [prior, *((each, season) for each in DEFAULTS.persistences for season in (True, False))]
    if len(cutoffs) < 2:
        return prior
    errors = np.array(
        [
            [((expected_shift(at, shifts, each, with_season=season) - shifts[at]) ** 2).sum() for at in cutoffs]
            for each, season in settings
        ]
    )
    gains = errors[0] - errors
    luck = DEFAULTS.standard_errors * gains.std(axis=1, ddof=1) / np.sqrt(len(cutoffs))
    surely = gains.mean(axis=1) > luck + LEAST_GAIN
    return settings[int(np.argmin(np.where(surely, errors.mean(axis=1), np.inf)))] if surely.any() else prior


def expected_shift(
    at: datetime, shifts: Mapping[datetime, FloatArray], persistence: float, *, with_season: bool
) -> FloatArray:
    """Of log odds and of log spend, in the window from ``at`` on, from those before it."""
    earlier = [cutoff for cutoff in shifts if cutoff < at]
    nothing = np.zeros(2)
    if not earlier:
        return nothing
    newest = max(earlier)
    season = _a_year_before(at, shifts) if with_season else None
    if season is None:
        return persistence * shifts[newest]
    before = _a_year_before(newest, shifts)
    return np.asarray(season + persistence * (shifts[newest] - (nothing if before is None else before)))


def shrunk_shift(raw: PastRaw, *, cap: float) -> FloatArray:
    """What would have made a window right, in the number of buyers and in their capped spend, less the sampling noise.

    By the ratio of variances (empirical Bayes): a change of the whole shop, or the luck of few buyers?
    """
    buys = raw.actual > 0
    shifts = _odds_shift(raw.log_odds, buys), _spend_shift(raw.log_spend[buys], raw.actual[buys], cap)
    return np.array([shrunk(shift, variance) for shift, variance in shifts])


def shrunk(shift: float, variance: float) -> float:
    """A shift less its sampling noise of this variance."""
    signal = DEFAULTS.typical_shift**2
    return shift * signal / (signal + variance)


def _a_year_before(at: datetime, shifts: Mapping[datetime, FloatArray]) -> FloatArray | None:
    near = min(shifts, key=lambda cutoff: abs(cutoff - (at - YEAR)))
    return shifts[near] if abs(near - (at - YEAR)) <= YEAR_TOLERANCE else None


def _odds_shift(log_odds: FloatArray, bought: BoolArray) -> tuple[float, float]:
    """The shift of log odds that makes the expected number of buyers the actual one, and its sampling variance."""
    shift = 0.0
    for _ in range(30):  # Newton's method on the mean probability
        probability = expit(log_odds + shift)
        slope = max(float((probability * (1 - probability)).mean()), 1e-6)
        step = (bought.mean() - probability.mean()) / slope
        shift = float(np.clip(shift + step, -MOST_SHIFT, MOST_SHIFT))
        if abs(step) < 1e-9:
            break
    probability = expit(log_odds + shift)
    return shift, float(1.0 / max(float((probability * (1 - probability)).sum()), 1e-9))


def _spend_shift(log_spend: FloatArray, actual: FloatArray, cap: float) -> tuple[float, float]:
    """The log factor on buyers' forecasts that makes the capped sums equal, and its sampling variance."""
    if not len(actual):
        return 0.0, np.inf
    capped, expected, shift = np.minimum(actual, cap), np.exp(log_spend), 0.0
    for _ in range(40):  # a fixed point: scaling moves some forecasts into the cap
        scaled = np.minimum(expected * np.exp(shift), cap)
        step = np.log(capped.sum() / scaled.sum())
        shift = float(np.clip(shift + step, -MOST_SHIFT, MOST_SHIFT))
        if abs(step) < 1e-9:
            break
    residuals = capped - np.minimum(expected * np.exp(shift), cap)
    return shift, float((residuals**2).sum() / capped.sum() ** 2)
