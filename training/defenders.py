"""The models that a challenger must beat, in the form that serves whole histories."""

from collections.abc import Callable
from datetime import datetime

import numpy as np
import numpy.typing as npt

from model.buy_till_you_die import BuyTillYouDie
from model.history_model import (
    HistoryForecast,
    HistoryModel,
    Level,
    Mixture,
    SixNumberModel,
    Tail,
    raw_bgnbd,
    typical_btyd,
)
from model.spend_distribution import SpendDistribution
from training.champion import RECENT_WINDOWS
from training.panel import Panel
from training.purchase_probability import probability_at
from training.splits import Window
from training.summary import fit_summary

FloatArray = npt.NDArray[np.float64]


def fit_bgnbd(panel: Panel, as_of: datetime, btyd: BuyTillYouDie) -> HistoryModel:
    """BG/NBD and Gamma-Gamma alone, with intervals from their errors on the newest windows."""

    def hindcast(window: Window) -> HistoryForecast:
        return HistoryForecast.of(raw_bgnbd(panel.at(window)), Level(), Tail())

    return HistoryModel(
        horizon_days=panel.horizon_days,
        btyd=btyd,
        typical=typical_btyd(panel.learned_by(as_of)),
        mixture=Mixture(distribution=_learn_distribution(panel, panel.before(as_of), hindcast)),
    )


def fit_six_numbers(panel: Panel, as_of: datetime) -> SixNumberModel:
    """The summary regression, with intervals from its errors on the newest windows."""

    def fit(cutoff: datetime) -> SixNumberModel:
        return SixNumberModel(fit_summary(panel, cutoff), probability_at(panel, cutoff))

    def hindcast(window: Window) -> HistoryForecast:
        return fit(window.as_of).predict(panel.at(window))

    model = fit(as_of)
    distribution = _learn_distribution(panel, panel.before(as_of)[1:], hindcast)
    return SixNumberModel(model.pipeline, model.probability, distribution)


def _learn_distribution(
    panel: Panel, windows: list[Window], hindcast: Callable[[Window], HistoryForecast]
) -> SpendDistribution | None:
    recent = windows[-RECENT_WINDOWS:]
    if not recent:
        return None
    forecasts = [hindcast(window) for window in recent]
    return SpendDistribution.learn(
        np.concatenate([forecast.spend for forecast in forecasts]),
        np.concatenate([forecast.probability for forecast in forecasts]),
        np.concatenate([panel.at(window)["future_spend"].to_numpy() for window in recent]),
    )
