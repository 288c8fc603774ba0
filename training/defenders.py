"""The models that a challenger must beat, in the form that serves whole histories."""

from dataclasses import replace
from datetime import datetime

import pandas as pd

from model.buy_till_you_die import BuyTillYouDie
from model.features import FEATURE_NAMES
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
from model.total_spend import PastWindow
from training.panel import Panel
from training.purchase_probability import probability_at
from training.splits import Window
from training.summary import lasso_pipeline
from training.track_record import beside, learn_distribution


def fit_bgnbd(panel: Panel, as_of: datetime, btyd: BuyTillYouDie) -> HistoryModel:
    """BG/NBD and Gamma-Gamma alone, with intervals from their errors on the newest windows."""

    def recall(window: Window) -> PastWindow:
        return beside(forecast_bgnbd(panel.at(window)), panel.at(window))

    return HistoryModel(
        horizon_days=panel.horizon_days,
        btyd=btyd,
        typical=typical_btyd(panel.learned_by(as_of)),
        mixture=Mixture(distribution=learn_distribution(panel.before(as_of), recall)),
    )


def forecast_bgnbd(customers: pd.DataFrame) -> HistoryForecast:
    """What the BG/NBD of their cutoff expects of customers of a panel."""
    return HistoryForecast.of(raw_bgnbd(customers), Level(), Tail())


def fit_six_numbers(panel: Panel, as_of: datetime) -> SixNumberModel:
    """The plain regression on six numbers, with intervals from its errors on the newest windows."""

    def recall(window: Window) -> PastWindow:
        return beside(six_numbers_at(panel, window.as_of).predict(panel.at(window)), panel.at(window))

    return replace(six_numbers_at(panel, as_of), errors=learn_distribution(panel.answerable(as_of), recall))


def six_numbers_at(panel: Panel, as_of: datetime) -> SixNumberModel:
    """The same without intervals: what is compared as ``lasso_6``."""
    learned = panel.learned_by(as_of)
    pipeline = lasso_pipeline().fit(learned[list(FEATURE_NAMES)], learned["future_spend"])
    return SixNumberModel(pipeline, probability_at(panel, as_of))
