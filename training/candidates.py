"""The candidates by name: each forecasts one window from the windows whose labels are complete before it."""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.ensemble import RandomForestRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, TweedieRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from model.features import FEATURE_NAMES
from model.history_model import HURDLE_FEATURES, HistoryForecast, Level, Tail, raw_bgnbd
from model.hurdle_parts import signed_log, within_reach
from training.champion import learn_mixture
from training.hindcasts import Hindcast
from training.panel import Panel
from training.purchase_probability import probability_at
from training.splits import Window
from training.summary import lasso_pipeline, served_summary

FloatArray = npt.NDArray[np.float64]

# What the published recipe trains on; avg_spent is a mean of lines.
PUBLISHED_FOUR = ("recency_days", "num_transactions", "total_spend", "avg_line_spend")
TWEEDIE_POWER = 1.5


@dataclass(frozen=True)
class CandidateForecast:
    """A forecast of the active customers of one window; arrays of shape (n_customers,), None where not offered."""

    spend: FloatArray
    probability: FloatArray | None = None
    interval_low: FloatArray | None = None
    interval_high: FloatArray | None = None


@dataclass(frozen=True)
class Task:
    """One window to forecast, and everything that candidates may share: they look at complete windows only."""

    panel: Panel
    window: Window
    hindcasts: Mapping[datetime, Hindcast]
    seed: int

    @property
    def learned_from(self) -> pd.DataFrame:
        """Labelled active customers of the complete windows."""
        return self.panel.learned_by(self.window.as_of)

    @property
    def customers(self) -> pd.DataFrame:
        """The active customers to forecast."""
        return self.panel.at(self.window)


def zero(task: Task) -> CandidateForecast:
    """Nobody buys."""
    return CandidateForecast(np.zeros(len(task.customers)))


def mean(task: Task) -> CandidateForecast:
    """Everybody spends the mean of the past windows, and is as likely to buy."""
    spend = task.learned_from["future_spend"]
    count = len(task.customers)
    return CandidateForecast(np.full(count, spend.mean()), np.full(count, (spend > 0).mean()))


def last_30_days(task: Task) -> CandidateForecast:
    """What a customer spent in the 30 days before the cutoff, again."""
    return CandidateForecast(task.customers["spend_30d"].to_numpy())


def historical_rate(task: Task) -> CandidateForecast:
    """What a customer spent per day since the first purchase, for the days of the horizon."""
    days = task.customers["tenure_days"].clip(lower=task.panel.horizon_days)
    return CandidateForecast((task.customers["total_spend"] / days).to_numpy() * task.panel.horizon_days)


def lasso_4(task: Task) -> CandidateForecast:
    """The published pipeline on its four features, trained on the newest window alone as published."""
    newest = task.panel.before(task.window.as_of)[-1]
    return _regress(
        lasso_pipeline(), PUBLISHED_FOUR, _with_line_spend(task.panel.at(newest)), _with_line_spend(task.customers)
    )


def lasso_6(task: Task) -> CandidateForecast:
    """StandardScaler and Lasso on the six numbers, all past windows pooled; with the recency/frequency probability."""
    customers = task.customers
    probability = probability_at(task.panel, task.window.as_of)
    forecast = _regress(lasso_pipeline(), FEATURE_NAMES, task.learned_from, customers)
    return CandidateForecast(forecast.spend, probability(customers["recency_days"], customers["num_transactions"]))


def summary_lasso(task: Task) -> CandidateForecast:
    """What answers for six numbers, as it is served: see ``served_summary``."""
    features = task.customers[list(FEATURE_NAMES)].to_numpy()
    forecast = served_summary(task.panel, task.window.as_of).forecast(features)
    return CandidateForecast(forecast.spend, forecast.probability)


def random_forest(task: Task) -> CandidateForecast:
    """A random forest on the six numbers, all past windows pooled."""
    return _regress(forest_regressor(task.seed), FEATURE_NAMES, task.learned_from, task.customers)


def xgboost(task: Task) -> CandidateForecast:
    """Gradient boosting by XGBoost on the six numbers; raises ImportError where the package is missing."""
    return _regress(xgboost_regressor(task.seed), FEATURE_NAMES, task.learned_from, task.customers)


def bgnbd_gamma_gamma(task: Task) -> CandidateForecast:
    """The standard of the field, fitted on all purchase histories before the cutoff."""
    return _as_candidate(HistoryForecast.of(raw_bgnbd(task.customers), Level(), Tail()))


def hurdle(task: Task) -> CandidateForecast:
    """The history model's hurdle alone, without level and tail; BG/NBD where there is too little to learn from."""
    hindcast = task.hindcasts[task.window.as_of]
    return _as_candidate(HistoryForecast.of(hindcast.hurdle or hindcast.bgnbd, Level(), Tail()))


def tweedie(task: Task) -> CandidateForecast:
    """A Tweedie regression on logs of the history, with a customer's own rate of spend as base rate."""
    learned_from, customers = task.learned_from, task.customers
    base = _base_rate(learned_from)
    regression = _on_logs(TweedieRegressor(power=TWEEDIE_POWER, alpha=0.1, max_iter=1000))
    # The variance of spend / base, for a spend of variance mean ** power, asks for these weights.
    regression.fit(
        learned_from[list(HURDLE_FEATURES)],
        learned_from["future_spend"] / base,
        tweedieregressor__sample_weight=base ** (2 - TWEEDIE_POWER),
    )
    ratio = np.asarray(regression.predict(customers[list(HURDLE_FEATURES)]))
    return CandidateForecast(ratio * _base_rate(customers).to_numpy())


def ziln(task: Task) -> CandidateForecast:
    """Zero-inflated lognormal (Wang, Liu and Miao 2019), by neural networks on logs of the history.

    Its likelihood is the sum of a Bernoulli part and a lognormal part on the buyers; each is
    fitted by a network of its own.
    """
    learned_from, customers = task.learned_from, task.customers
    buys = learned_from["future_spend"] > 0
    networks = {
        "hidden_layer_sizes": (32, 16), "alpha": 1.0, "early_stopping": True, "max_iter": 200, "random_state": task.seed
    }  # fmt: skip
    columns = list(HURDLE_FEATURES)
    if buys.all() or buys.sum() < len(columns):
        return mean(task)
    log_spend = np.log(learned_from["future_spend"][buys])
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", ConvergenceWarning
        )  # networks of small shops end at max_iter, and are judged so
        purchase = _on_logs(MLPClassifier(**networks)).fit(learned_from[columns], buys)
        value = _on_logs(MLPRegressor(**networks)).fit(learned_from[columns][buys], log_spend)
    variance = float(np.mean((log_spend - value.predict(learned_from[columns][buys])) ** 2))
    log_mean = np.clip(value.predict(customers[columns]), log_spend.min(), log_spend.max())
    probability = np.asarray(purchase.predict_proba(customers[columns])[:, 1])
    return CandidateForecast(probability * np.exp(log_mean + variance / 2), probability)


def history_blend(task: Task) -> CandidateForecast:
    """The history model, see ``fit_history_model``, with its 80 % interval."""
    # The hurdle of this cutoff has made its forecast already: it is the cutoff's own hindcast.
    hindcast = task.hindcasts[task.window.as_of]
    mixture = learn_mixture(task.panel, task.window.as_of, task.hindcasts)
    forecast = mixture.forecast(hindcast.hurdle, hindcast.bgnbd)
    if mixture.distribution is None:
        return _as_candidate(forecast)
    low, high = mixture.distribution.interval(forecast.spend, forecast.probability, coverage=0.8)
    return CandidateForecast(forecast.spend, forecast.probability, low, high)


CANDIDATES: dict[str, Callable[[Task], CandidateForecast]] = {
    candidate.__name__: candidate
    for candidate in (
        zero, mean, last_30_days, historical_rate, lasso_4, lasso_6, summary_lasso, random_forest, xgboost,
        bgnbd_gamma_gamma, hurdle, tweedie, ziln, history_blend,
    )
}  # fmt: skip


def forest_regressor(seed: int) -> RandomForestRegressor:
    """A forest whose leaves are wide enough not to learn single wholesalers by heart."""
    return RandomForestRegressor(
        n_estimators=100, max_samples=0.3, min_samples_leaf=10, max_features=0.5, n_jobs=2, random_state=seed
    )


def xgboost_regressor(seed: int) -> Any:  # Any: the package is optional
    """XGBoost's booster; raises ImportError where the package is missing."""
    from xgboost import XGBRegressor  # noqa: PLC0415 - for comparison only, never needed to train or serve

    return XGBRegressor(n_estimators=200, max_depth=4, learning_rate=0.05, n_jobs=2, random_state=seed)


def _regress(
    regressor: Any, features: tuple[str, ...], learned_from: pd.DataFrame, customers: pd.DataFrame
) -> CandidateForecast:
    """Fit and forecast; returns are cleaned away, so a negative forecast is the regressor's error and becomes 0."""
    regressor.fit(learned_from[list(features)], learned_from["future_spend"])
    return CandidateForecast(
        np.clip(np.asarray(regressor.predict(customers[list(features)]), dtype=np.float64), 0, None)
    )


def _with_line_spend(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(avg_line_spend=rows["avg_spend"] / rows["lines_per_order"])


def _base_rate(rows: pd.DataFrame) -> "pd.Series[float]":
    floor = max(float(rows["spend_per_30d"].quantile(0.05)), 1e-6)
    return rows["spend_per_30d"].clip(lower=floor)


def _on_logs(model: TweedieRegressor | MLPClassifier | MLPRegressor | LogisticRegression) -> Pipeline:
    return make_pipeline(FunctionTransformer(_log_array), StandardScaler(), FunctionTransformer(within_reach), model)


def _log_array(features: pd.DataFrame) -> FloatArray:
    return signed_log(features.to_numpy(dtype=np.float64))


def _as_candidate(forecast: HistoryForecast) -> CandidateForecast:
    return CandidateForecast(forecast.spend, forecast.probability)
