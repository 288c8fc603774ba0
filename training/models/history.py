"""Fitting the history model, and the two that stand in for it, at any cutoff of a panel; and all its past forecasts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from model.arrays import FloatArray
from model.artifact.history_artifact import BGNBD, HISTORY_MODEL, answer
from model.estimators.buy_till_you_die import BuyTillYouDie
from model.estimators.guardrails import BoundedSpend, Guardrails
from model.estimators.history_inputs import INPUTS, LEAST_MONEY, history_inputs
from model.estimators.history_model import HistoryModel
from model.estimators.hurdle import HurdleRegressor
from model.estimators.hyperparameters import DEFAULTS
from model.estimators.intervals import SpendIntervals
from training.models.fit_guardrails import guardrails
from training.models.fit_total_interval import PastWindow
from training.models.recalibration import PastRaw, learn_level
from training.windows.panel import Panel
from training.windows.windows import Window

# Takes what is done, and which part of the whole that is.
Progress = Callable[[str, float], None]


@dataclass(frozen=True, eq=False)
class Fitted:
    """The models of one cutoff, by name, and the bounds of their answers."""

    models: Mapping[str, HistoryModel]
    guardrails: Guardrails

    def answer(self, name: str, known: pd.DataFrame) -> BoundedSpend:
        """Probability and spend within the guardrails, as it would have been served."""
        return answer(self.models[name], self.guardrails, known)

    def forecast(self, name: str, window: Window, known: pd.DataFrame) -> "PastForecast":
        """The answer about a window of the panel, beside what happened."""
        told = self.answer(name, known)
        return PastForecast(window, known, told.spend, told.probability)


@dataclass(frozen=True, eq=False)
class PastForecast:
    """One past window as a model would have forecast it, made from what was known at its start; all known customers.

    ``spend`` and ``probability`` have the shape (n_customers,); a model that offers no probability has NaN.
    """

    window: Window
    customers: pd.DataFrame
    spend: FloatArray
    probability: FloatArray
    intervals: SpendIntervals | None = None

    @property
    def actual(self) -> FloatArray:
        """What was spent, (n_customers,)."""
        return self.customers["future_spend"].to_numpy(dtype=np.float64)

    @property
    def total(self) -> PastWindow:
        """What sums are learned from."""
        return PastWindow(self.spend, self.probability, self.actual)

    def rows(self, name: str) -> pd.DataFrame:
        """A row for each customer, as forecast by the model of this name; ``forecast_windows`` tells the columns."""
        told = None if self.intervals is None else self.intervals.of(self.spend, self.probability)
        return pd.DataFrame(
            {
                "cutoff": self.window.as_of,
                "customer_id": self.customers.index.get_level_values("customer_id"),
                "model": name,
                "is_active": self.customers["is_active"].to_numpy(),
                "recency_days": self.customers["recency_days"].to_numpy(dtype=np.int64),
                "actual_spend": self.actual,
                "actual_purchase": self.actual > 0,
                "predicted_spend": self.spend,
                "purchase_probability": self.probability,
                "spend_if_purchase_low": np.nan if told is None else told.low,
                "spend_if_purchase_high": np.nan if told is None else told.high,
            }
        )


def can_learn_hurdle(panel: Panel, as_of: datetime) -> bool:
    """Whether the windows before ``as_of`` hold more than single customers, or one season, to learn by heart."""
    spend = panel.known_by(as_of)["future_spend"]
    buyers = int((spend > 0).sum())
    return len(panel.before(as_of)) >= DEFAULTS.least_windows and DEFAULTS.least_buyers <= buyers < len(spend)


def fit_at(panel: Panel, as_of: datetime, known: pd.DataFrame, start: BuyTillYouDie | None = None) -> Fitted:
    """The models for the horizon from ``as_of`` on, from what was known then alone.

    Of the panel only the windows complete by then are used; ``known`` are the features of every customer known then.
    ``start``, the fit of the cutoff before, saves most of the search.
    """
    btyd = BuyTillYouDie.fit(panel.drawn(known), horizon_days=panel.horizon_days, start=start)
    purchases = np.maximum(btyd.purchases.predict(known), LEAST_MONEY)
    value = np.maximum(btyd.value.predict(known), LEAST_MONEY)
    alone = HistoryModel(
        horizon_days=panel.horizon_days,
        bgnbd_gamma_gamma=btyd.parameters,
        typical=(float(np.log(purchases).mean()), float(np.log(value).mean())),
    )
    history = _with_hurdle(panel, as_of, alone, btyd) if can_learn_hurdle(panel, as_of) else alone
    return Fitted({HISTORY_MODEL: history, BGNBD: alone}, guardrails(panel.known_by(as_of)))


def _with_hurdle(panel: Panel, as_of: datetime, alone: HistoryModel, btyd: BuyTillYouDie) -> HistoryModel:
    rows = panel.drawn(panel.known_by(as_of))
    inputs = history_inputs(rows, btyd)
    spend = rows["future_spend"].to_numpy(dtype=np.float64)
    hurdle = HurdleRegressor().fit(pd.DataFrame(inputs, columns=[each.name for each in INPUTS]), spend).hurdle_
    log_odds, log_spend = hurdle.predict(inputs)
    past = {}
    for window in panel.before(as_of):
        there = rows.index.slice_indexer(window.as_of, window.as_of)
        past[window.as_of] = PastRaw(log_odds[there], log_spend[there], spend[there])
    level = learn_level(as_of, past, cap=panel.w99_cap(as_of))
    return alone.model_copy(update={"hurdle": hurdle, "level": level})


def forecast_past(panel: Panel, progress: Progress | None = None) -> dict[str, list[PastForecast]]:
    """Every window of a panel as each model would have forecast it, oldest first."""
    past: dict[str, list[PastForecast]] = {HISTORY_MODEL: [], BGNBD: []}
    start = None
    for place, window in enumerate(panel.windows):
        known = panel.known_at(window)
        fitted = fit_at(panel, window.as_of, known, start)
        start = fitted.models[BGNBD].btyd
        for name, forecasts in past.items():
            forecasts.append(fitted.forecast(name, window, known))
        if progress is not None:
            progress("fitting", (place + 1) / len(panel.windows))
    return past
