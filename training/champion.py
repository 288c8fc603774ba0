"""Fitting the history model: the mix, the level, the tail and the intervals, all learned from hindcasts."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from sklearn.metrics import log_loss, root_mean_squared_error

from model.buy_till_you_die import BuyTillYouDie
from model.history_model import (
    HistoryForecast,
    HistoryModel,
    Level,
    Mixture,
    RawForecast,
    Tail,
    raw_bgnbd,
    typical_btyd,
)
from model.spend_distribution import SpendDistribution
from model.total_spend import PastWindow
from training.hindcasts import Hindcast, fit_hurdle
from training.level import Surprise, forecast_level, surprise_of
from training.panel import Panel
from training.splits import Window
from training.track_record import RECENT_WINDOWS, learn_distribution

FloatArray = npt.NDArray[np.float64]

BGNBD_ALONE = 1.0
BGNBD_SHARES = (0.0, 0.25, 0.5, 0.75, BGNBD_ALONE)
# A hurdle grows with every window that it learns from, so an older hindcast says less of the one that forecasts next:
# its weight in the choice of the mix halves in two windows.
HALF_LIFE_WINDOWS = 2
# The tail is learned from a year, for large customers are few.
TAIL_WINDOWS = 12
TAIL_QUANTILE = 0.99
STEEPEST_TAIL = 3.0

Hindcasts = Mapping[datetime, Hindcast]


@dataclass(frozen=True)
class Corrections:
    """What turns raw forecasts of one horizon into forecasts."""

    level: Level
    tail: Tail


def fit_history_model(
    panel: Panel, as_of: datetime, hindcasts: Hindcasts, btyd: BuyTillYouDie, *, seed: int
) -> HistoryModel:
    """The history model for the horizon from ``as_of`` on.

    Parameters
    ----------
    panel : Panel
        Labelled windows; only those complete at ``as_of`` are used.
    as_of : datetime
        The cutoff.
    hindcasts : mapping of cutoff to Hindcast
        May reach beyond ``as_of``; what does is left out.
    btyd : BuyTillYouDie
        Fitted on the histories before ``as_of``.
    seed : int
        Of the boosted trees.
    """
    hurdle = fit_hurdle(panel, as_of, seed=seed)
    return HistoryModel(
        horizon_days=panel.horizon_days,
        btyd=btyd,
        typical=typical_btyd(panel.learned_by(as_of)),
        hurdle=hurdle,
        mixture=learn_mixture(panel, as_of, hindcasts),
    )


def learn_mixture(panel: Panel, as_of: datetime, hindcasts: Hindcasts) -> Mixture:
    """Share, level, tail and errors, from the hindcasts of windows complete at ``as_of``."""
    past = _complete(panel, as_of, hindcasts)
    mixture = _learn_point(as_of, past)
    return replace(mixture, distribution=_learn_distribution(past, mixture.bgnbd_share))


def forecast_known(panel: Panel, window: Window, hindcasts: Hindcasts) -> HistoryForecast:
    """The forecast of every customer known at a past cutoff, with all that is learned as it was known then."""
    mixture = _learn_point(window.as_of, _complete(panel, window.as_of, hindcasts))
    return mixture.forecast(hindcasts[window.as_of].hurdle_of_known, raw_bgnbd(panel.known_at(window)))


def correct(as_of: datetime, past: Hindcasts, share: float) -> Corrections:
    """Level and tail for the horizon from ``as_of`` on, from the hindcasts of windows complete by then."""
    surprises = {at: _surprise(hindcast, share) for at, hindcast in past.items()}
    seasonal = {at: _surprise(hindcast, BGNBD_ALONE) for at, hindcast in past.items()}
    newest = list(past)[-TAIL_WINDOWS:]
    aligned = [np.exp(_mix(past[at], share).log_spend + surprises[at].log_spend) for at in newest]
    return Corrections(
        level=forecast_level(as_of, surprises, seasonal),
        tail=_fit_tail(aligned, [past[at].actual for at in newest]),
    )


def choose_share(past: Hindcasts) -> float:
    """BG/NBD's share of the mix that would have served the newest past windows best.

    By capped error of spend and log loss of probability, each relative to BG/NBD alone, with
    level and tail as they were known then. Without a past window to judge by, BG/NBD alone.
    """
    judged = [at for at, hindcast in past.items() if hindcast.hurdle is not None][-RECENT_WINDOWS:]
    if not judged:
        return BGNBD_ALONE
    losses = np.array([[_losses(past, at, share) for share in BGNBD_SHARES] for at in judged])
    relative = (losses / losses[:, -1:]).mean(axis=2)
    weights = 0.5 ** (np.arange(len(judged))[::-1] / HALF_LIFE_WINDOWS)
    return BGNBD_SHARES[int(np.argmin(np.average(relative, axis=0, weights=weights)))]


def forecast_hindcast(past: Hindcasts, at: datetime, share: float) -> HistoryForecast:
    """The forecast of a past window with level and tail as they were known at its cutoff."""
    earlier = {cutoff: hindcast for cutoff, hindcast in past.items() if cutoff < at}
    corrections = correct(at, earlier, share)
    return HistoryForecast.of(_mix(past[at], share), corrections.level, corrections.tail)


def _losses(past: Hindcasts, at: datetime, share: float) -> tuple[float, float]:
    forecast, hindcast = forecast_hindcast(past, at, share), past[at]
    capped = np.minimum(hindcast.actual, hindcast.cap), np.minimum(forecast.spend, hindcast.cap)
    return (
        float(root_mean_squared_error(*capped)),
        float(log_loss(hindcast.actual > 0, forecast.probability, labels=[False, True])),
    )


def _complete(panel: Panel, as_of: datetime, hindcasts: Hindcasts) -> Hindcasts:
    complete = {window.as_of for window in panel.before(as_of)}
    return {cutoff: hindcast for cutoff, hindcast in hindcasts.items() if cutoff in complete}


def _learn_point(as_of: datetime, past: Hindcasts) -> Mixture:
    """The mixture without intervals."""
    share = choose_share(past)
    corrections = correct(as_of, past, share)
    return Mixture(share, corrections.level, corrections.tail)


@lru_cache(maxsize=1024)
def _surprise(hindcast: Hindcast, share: float) -> Surprise:
    return surprise_of(_mix(hindcast, share), hindcast.actual, cap=hindcast.cap)


def _mix(hindcast: Hindcast, share: float) -> RawForecast:
    return hindcast.bgnbd if hindcast.hurdle is None else hindcast.hurdle.mixed(hindcast.bgnbd, share)


def _fit_tail(expected: list[FloatArray], actual: list[FloatArray]) -> Tail:
    """A stretch above the 99th percentile of forecasts that makes the sum of the customers there right."""
    if not expected:
        return Tail()
    spend, happened = np.concatenate(expected), np.concatenate(actual)
    threshold = float(np.quantile(spend, TAIL_QUANTILE))
    is_large = spend > threshold
    beyond = float((spend[is_large] - threshold).sum())
    if beyond <= 0:
        return Tail()
    slope = (float(happened[is_large].sum()) - float(spend[is_large].sum())) / beyond
    return Tail(threshold=threshold, slope=float(np.clip(slope, 0.0, STEEPEST_TAIL)))


def _learn_distribution(past: Hindcasts, share: float) -> SpendDistribution | None:
    def recall(at: datetime) -> PastWindow:
        forecast = forecast_hindcast(past, at, share)
        return PastWindow(forecast.spend, forecast.probability, past[at].actual)

    return learn_distribution(list(past), recall)
