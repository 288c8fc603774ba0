"""The summary model: what ``model.pkl`` holds, a scaler and a Lasso on the six numbers of the public API."""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Lasso
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from model.arrays import FloatArray
from model.artifact.card import ModelCard
from model.artifact.inputs import LoadedPipeline, predict_quietly
from model.artifact.linear import LinearFit, LinearParts
from model.artifact.store import Artifact, unverified_card
from model.estimators.hyperparameters import DEFAULTS
from model.features.definitions import FEATURE_NAMES
from model.prediction.predictor import Predictor
from training.models.fit_guardrails import guardrails
from training.models.fit_purchase_probability import probability_at
from training.models.history import PastForecast
from training.models.recalibration import expected_shift, shrunk
from training.windows.panel import Panel, active
from training.windows.windows import Window

SUMMARY = "summary_lasso"
LASSO_ALPHA = 0.1
# A wholesaler's order in a label would tilt six coefficients for everybody.
LABEL_QUANTILE = 0.995
WEIGHT_QUANTILE = 0.1
LEAST_MONEY = 0.01  # of any currency: weights and logarithms must stay finite


class FittedSummary(NamedTuple):
    """A model of six numbers: the pipeline of ``model.pkl``, and its numbers for the card; None if not linear."""

    pipeline: Any  # Any: scikit-learn has no types
    linear: LinearParts | None


# Fits a model of six numbers on the windows complete at a cutoff.
FitSummary = Callable[[Panel, datetime], FittedSummary]


def lasso_pipeline() -> Pipeline:
    """StandardScaler, then Lasso with the penalty of the published recipe.

    From the Gram matrix of six columns it is found at once, so it can be found to more digits than two processors
    may differ in.
    """
    lasso = Lasso(alpha=LASSO_ALPHA, max_iter=10_000, precompute=True, tol=1e-9)
    return Pipeline([("scale", StandardScaler()), ("lasso", lasso)])


def forest_regressor(seed: int) -> RandomForestRegressor:
    """A forest whose leaves are wide enough not to learn single wholesalers by heart."""
    return RandomForestRegressor(
        n_estimators=100, max_samples=0.3, min_samples_leaf=10, max_features=0.5, n_jobs=2, random_state=seed
    )


def fit_summary(panel: Panel, as_of: datetime) -> FittedSummary:
    """The pipeline for the horizon from ``as_of`` on, at the level that is expected there.

    The level is a factor on intercept and coefficients, so the pipeline stays a plain scaler and Lasso. It is expected
    as that of the history model is, from how far the sums of past windows lay above plain fits on those before them.
    """
    learned_from = active(panel.known_by(as_of))
    shifts = {window.as_of: _shift(panel, window) for window in panel.before(as_of)[1:]}
    level = np.exp(expected_shift(as_of, shifts, DEFAULTS.persistence, with_season=DEFAULTS.with_season)[1])
    fit = _unlevelled(learned_from).model_copy(update={"level_factor": round(float(level), 6)})
    pipeline = fit_as_told(learned_from, fit)
    return FittedSummary(pipeline, LinearParts.of(pipeline, fit))


def fit_as_told(learned_from: pd.DataFrame, fit: LinearFit) -> Pipeline:
    """The pipeline that the numbers of a card tell to fit on these customers; by the card, anybody can.

    Large customers vary most, so each row weighs the less, the more its customer spends per month.
    """
    pipeline = lasso_pipeline().fit(
        learned_from[list(FEATURE_NAMES)],
        learned_from["future_spend"].clip(upper=fit.label_cap),
        lasso__sample_weight=1 / learned_from["spend_per_30d"].clip(lower=fit.least_spend_per_30d).to_numpy(),
    )
    lasso = pipeline.named_steps["lasso"]
    lasso.coef_, lasso.intercept_ = lasso.coef_ * fit.level_factor, lasso.intercept_ * fit.level_factor
    return pipeline


def served_summary(panel: Panel, as_of: datetime, fit: FitSummary = fit_summary) -> Predictor:
    """A summary model as the service answers with it: guardrails and probability of the same windows."""
    summary, bounds = fit(panel, as_of), guardrails(active(panel.known_by(as_of)))
    measured = {"guardrails": bounds, "probability": probability_at(panel, as_of), "linear": summary.linear}
    return predictor_of(summary, unverified_card("", "").model_copy(update=measured))


def predictor_of(summary: FittedSummary, card: ModelCard) -> Predictor:
    """A fitted pipeline, ready to answer by this card."""
    return Predictor(Artifact(summary.linear or LoadedPipeline.of(summary.pipeline), card))


def past_answers(panel: Panel, fit: FitSummary = fit_summary) -> list[PastForecast]:
    """Every window that something could be learned for, as it would have been answered then, oldest first."""
    past = []
    for window in panel.windows[1:]:
        known = panel.known_at(window)
        forecast = served_summary(panel, window.as_of, fit).forecast(known[list(FEATURE_NAMES)].to_numpy())
        past.append(PastForecast(window, known, forecast.spend, forecast.probability))
    return past


def _unlevelled(learned_from: pd.DataFrame) -> LinearFit:
    """Cap and weights of the customers learned from, in decimals that a card shows, and no level."""
    least = float(learned_from["spend_per_30d"].quantile(WEIGHT_QUANTILE))
    return LinearFit(
        label_cap=round(float(learned_from["future_spend"].quantile(LABEL_QUANTILE)), 2),
        least_spend_per_30d=max(round(least, 2), LEAST_MONEY),
        level_factor=1.0,
    )


@lru_cache(maxsize=256)
def _shift(panel: Panel, window: Window) -> FloatArray:
    """How far a window's sum lay above a plain fit on those before it (log scale), as a shift of spend alone.

    Uncapped: a linear model has no tail of its own, so the level carries the largest customers too.
    """
    earlier, rows = active(panel.known_by(window.as_of)), active(panel.known_at(window))
    pipeline = fit_as_told(earlier, _unlevelled(earlier))
    expected = np.clip(predict_quietly(pipeline, rows[list(FEATURE_NAMES)]), LEAST_MONEY, None)
    actual = rows["future_spend"].to_numpy()
    total = max(float(actual.sum()), LEAST_MONEY)
    shift = float(np.log(total / expected.sum()))
    variance = float(((actual - expected * np.exp(shift)) ** 2).sum()) / total**2
    return np.array([0.0, shrunk(shift, variance)])


def _pooled(make: Callable[[], Pipeline]) -> FitSummary:
    """Fit an estimator on the active customers of all complete windows."""

    def fit(panel: Panel, as_of: datetime) -> FittedSummary:
        learned_from = active(panel.known_by(as_of))
        pipeline = make().fit(learned_from[list(FEATURE_NAMES)], learned_from["future_spend"])
        return FittedSummary(pipeline, LinearParts.of(pipeline) if hasattr(pipeline[-1], "coef_") else None)

    return fit


# The models that ``model.pkl`` can hold, by name.
SUMMARY_MODELS: dict[str, FitSummary] = {
    SUMMARY: fit_summary,
    "lasso_6": _pooled(lasso_pipeline),
    "random_forest": _pooled(lambda: Pipeline([("forest", forest_regressor(seed=42))])),
}
