"""What would have been answered for every customer known at a past cutoff, with the models and bounds of that time.

Models learn from active customers and are judged by them; a list holds all, and so does its total.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from model.features import FEATURE_NAMES
from model.history_model import HistoryForecast
from model.scoring import bound_history
from model.total_spend import PastWindow
from training.champion import forecast_known
from training.defenders import forecast_bgnbd, six_numbers_at
from training.hindcasts import Hindcast
from training.panel import Panel
from training.splits import Window
from training.thresholds import guardrails
from training.track_record import beside


def recall_history(name: str, panel: Panel, hindcasts: Mapping[datetime, Hindcast]) -> Callable[[Window], PastWindow]:
    """The answers of one of ``HISTORY_MODELS``, within the guardrails as every answer is, beside what happened."""

    def forecast(window: Window) -> HistoryForecast:
        match name:
            case "history_blend":
                return forecast_known(panel, window, hindcasts)
            case "bgnbd_gamma_gamma":
                return forecast_bgnbd(panel.known_at(window))
            case _:
                return six_numbers_at(panel, window.as_of).predict(panel.known_at(window))

    return lambda window: beside(_bounded(panel, window, forecast(window)), panel.known_at(window))


def _bounded(panel: Panel, window: Window, forecast: HistoryForecast) -> HistoryForecast:
    features = panel.known_at(window)[list(FEATURE_NAMES)].to_numpy()
    bounded = bound_history(guardrails(panel.learned_by(window.as_of)), forecast, features)
    return replace(forecast, spend=bounded.spend)
