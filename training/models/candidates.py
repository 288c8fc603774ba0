"""The candidates by name: each forecasts one window from the windows whose labels are complete before it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

from model.arrays import FloatArray
from model.artifact.history_artifact import BGNBD, HISTORY_MODEL
from model.errors import TransactionsError
from model.features.definitions import FEATURE_NAMES, HISTORY_FEATURE_NAMES
from training.models.fit_guardrails import guardrails
from training.models.fit_intervals import learn_intervals
from training.models.fit_purchase_probability import probability_at
from training.models.history import PastForecast
from training.models.summary import SUMMARY, forest_regressor, lasso_pipeline
from training.windows.panel import Panel, active
from training.windows.windows import Window

# What the published recipe trains on; avg_spent is a mean of lines.
PUBLISHED_FOUR = ("recency_days", "num_transactions", "total_spend", "avg_line_spend")
BOOSTED = {"max_iter": 150, "learning_rate": 0.05, "max_leaf_nodes": 15, "min_samples_leaf": 50, "l2_regularization": 5}


@dataclass(frozen=True)
class Task:
    """One window to forecast, and everything that candidates may share: they look at complete windows only.

    ``past`` are the forecasts of all windows by the models that are served, by name, each as it was answered.
    """

    panel: Panel
    window: Window
    past: Mapping[str, Sequence[PastForecast]]
    seed: int

    @property
    def active(self) -> pd.DataFrame:
        """Labelled active customers of the complete windows: whom models of six numbers learn from."""
        return active(self.known)

    @property
    def known(self) -> pd.DataFrame:
        """Labelled customers of the complete windows, active or not."""
        return self.panel.known_by(self.window.as_of)

    @property
    def customers(self) -> pd.DataFrame:
        """The customers to forecast."""
        return self.panel.known_at(self.window)

    def told(self, spend: npt.ArrayLike, probability: npt.ArrayLike = np.nan) -> PastForecast:
        """A forecast of these customers: one number for each, or the same for all."""
        spend, probability, _ = np.broadcast_arrays(spend, probability, self.customers["future_spend"])
        return PastForecast(self.window, self.customers, spend, probability)


def zero(task: Task) -> PastForecast:
    """Nobody buys."""
    return task.told(0.0)


def mean(task: Task) -> PastForecast:
    """Everybody spends the mean of the past windows, and is as likely to buy."""
    spend = task.known["future_spend"]
    return task.told(spend.mean(), (spend > 0).mean())


def last_30_days(task: Task) -> PastForecast:
    """What a customer spent in the 30 days before the cutoff, again."""
    return task.told(task.customers["spend_30d"])


def historical_rate(task: Task) -> PastForecast:
    """What a customer spent per day since the first purchase, for the days of the horizon."""
    days = task.customers["tenure_days"].clip(lower=task.panel.horizon_days)
    return task.told(task.customers["total_spend"] / days * task.panel.horizon_days)


def lasso_4(task: Task) -> PastForecast:
    """The published pipeline on its four features, trained on the newest window alone as published."""
    newest, customers = (
        rows.assign(avg_line_spend=rows["avg_spend"] / rows["lines_per_order"])
        for rows in (active(task.panel.known_at(task.panel.before(task.window.as_of)[-1])), task.customers)
    )
    return task.told(_regressed(lasso_pipeline(), newest, customers, PUBLISHED_FOUR))


def lasso_6(task: Task) -> PastForecast:
    """StandardScaler and Lasso on the six numbers, all past windows pooled; with the recency/frequency probability."""
    customers, probability = task.customers, probability_at(task.panel, task.window.as_of)
    spend = _regressed(lasso_pipeline(), task.active, customers)
    return task.told(spend, probability(customers["recency_days"], customers["num_transactions"]))


def random_forest(task: Task) -> PastForecast:
    """A random forest on the six numbers, all past windows pooled."""
    return task.told(_regressed(forest_regressor(task.seed), task.active, task.customers))


def xgboost(task: Task) -> PastForecast:
    """Gradient boosting by XGBoost on the six numbers; raises ImportError where the package is missing."""
    return task.told(_regressed(xgboost_regressor(task.seed), task.active, task.customers))


def as_served(name: str, task: Task) -> PastForecast:
    """The answer of a model that is served, with intervals from its errors in the windows before."""
    told = next(past for past in task.past[name] if past.window == task.window)
    complete = [past for past in task.past[name] if past.window.ends_at <= task.window.as_of]
    return replace(told, intervals=learn_intervals(complete))


def boosted_hurdle(task: Task) -> PastForecast:
    """What trees would add: a hurdle of histogram boosting on every feature of the history, within the guardrails.

    For comparison alone: it carries the level of no window, takes a hundred times as long, and is never served.
    """
    customers, known, columns = task.customers, task.known, list(HISTORY_FEATURE_NAMES)
    spend, learned = known["future_spend"].to_numpy(), known[columns].to_numpy()
    buys = spend > 0
    with threadpool_limits(1):
        chance = HistGradientBoostingClassifier(**BOOSTED, random_state=task.seed).fit(learned, buys)
        value = HistGradientBoostingRegressor(**BOOSTED, random_state=task.seed).fit(learned[buys], np.log(spend[buys]))
        level = spend[buys].sum() / np.exp(value.predict(learned[buys])).sum()
        features = customers[columns].to_numpy()
        probability = np.asarray(chance.predict_proba(features)[:, 1])
        expected = probability * level * np.exp(value.predict(features))
    bounds = guardrails(known)
    seen = bounds.bound_features(customers[list(FEATURE_NAMES)].to_numpy())
    return task.told(bounds.bound_spend(expected, probability, seen).spend, probability)


CANDIDATES: dict[str, Callable[[Task], PastForecast]] = {
    **{
        candidate.__name__: candidate
        for candidate in (zero, mean, last_30_days, historical_rate, lasso_4, lasso_6, random_forest, xgboost)
    },
    **{name: partial(as_served, name) for name in (SUMMARY, BGNBD, HISTORY_MODEL)},
    boosted_hurdle.__name__: boosted_hurdle,
}
# These take most of the time of all; training compares them on the held-out window alone.
SLOW = ("random_forest", "xgboost", "boosted_hurdle")
QUICK = tuple(name for name in CANDIDATES if name not in SLOW)


def candidate_names(models: Sequence[str], baseline: str) -> list[str]:
    """All candidates where none are asked for, with the baseline; raises TransactionsError for another name."""
    names = list(models or CANDIDATES)
    for name in (*names, baseline):
        if name not in CANDIDATES:
            raise TransactionsError(f"--models or --baseline names {name!r}; there are {', '.join(CANDIDATES)}")
    if baseline == "xgboost":
        try:
            xgboost_regressor(seed=0)
        except ImportError as error:
            raise TransactionsError("--baseline 'xgboost' needs its package: pip install xgboost") from error
    return names if baseline in names else [*names, baseline]


def xgboost_regressor(seed: int) -> Any:  # Any: the package is optional
    """XGBoost's booster; raises ImportError where the package is missing."""
    from xgboost import XGBRegressor  # noqa: PLC0415 - for comparison only, never needed to train or serve

    return XGBRegressor(n_estimators=200, max_depth=4, learning_rate=0.05, n_jobs=2, random_state=seed)


def _regressed(
    regressor: Any, learned_from: pd.DataFrame, customers: pd.DataFrame, features: Sequence[str] = FEATURE_NAMES
) -> FloatArray:
    """Fit and forecast; returns are cleaned away, so a negative forecast is the regressor's error and becomes 0."""
    regressor.fit(learned_from[list(features)], learned_from["future_spend"])
    return np.clip(np.asarray(regressor.predict(customers[list(features)]), dtype=np.float64), 0, None)
