"""The summary model: what ``model.pkl`` holds, a scaler and a Lasso on the six numbers of the public API."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.linear_model import Lasso
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from model.artifact import Artifact, library_versions
from model.card import ModelCard
from model.features import FEATURE_NAMES
from model.history_model import LEAST_PROBABILITY, LEAST_SPEND, RawForecast, raw_bgnbd
from model.inputs import LoadedPipeline
from model.intervals import SpendIntervals, fit_intervals
from model.linear import LinearFit, LinearParts
from model.predictor import Predictor
from model.total_spend import PastWindow
from training.level import Surprise, forecast_level, surprise_of
from training.panel import Panel
from training.purchase_probability import probability_at
from training.splits import Window
from training.thresholds import guardrails
from training.track_record import beside

FloatArray = npt.NDArray[np.float64]

LASSO_ALPHA = 0.1
# A wholesaler's order in a label would tilt six coefficients for everybody.
LABEL_QUANTILE = 0.995
WEIGHT_QUANTILE = 0.1
# Windows whose errors tell how buyers spread: as many as a total is learned from.
INTERVAL_WINDOWS = 12


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


def fit_summary(panel: Panel, as_of: datetime) -> FittedSummary:
    """The pipeline for the horizon from ``as_of`` on, at the level that is expected there.

    The level is a factor on intercept and coefficients: what the newest complete window was
    above its hindcast, and what BG/NBD missed a year ago. The pipeline stays a plain scaler
    and Lasso.
    """
    learned_from = panel.learned_by(as_of)
    fit = _unlevelled(learned_from).model_copy(update={"level_factor": round(_level_factor(panel, as_of), 6)})
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


@lru_cache(maxsize=64)
def served_summary(panel: Panel, as_of: datetime, fit: FitSummary = fit_summary) -> Predictor:
    """A summary model as the service answers with it: guardrails and probability of the same windows.

    Kept, for candidates, intervals and totals ask for it.
    """
    pipeline, linear = fit(panel, as_of)
    card = ModelCard.unverified(
        estimator="", sha256="", loaded_at=datetime.now(UTC), libraries=library_versions()
    ).model_copy(
        update={
            "guardrails": guardrails(panel.learned_by(as_of)),
            "probability": probability_at(panel, as_of),
            "linear": linear,
        }
    )
    return Predictor(Artifact(linear or LoadedPipeline.of(pipeline), card))


def learn_intervals(panel: Panel, as_of: datetime, fit: FitSummary = fit_summary) -> SpendIntervals | None:
    """The spread of buyers around the answers of the newest complete windows, none of which they had seen."""
    recall = recall_summary(panel, panel.known_at, fit)
    past = [recall(window) for window in panel.answerable(as_of)[-INTERVAL_WINDOWS:]]
    return fit_intervals(*(np.concatenate(columns) for columns in zip(*past, strict=True))) if past else None


def recall_summary(
    panel: Panel, customers_of: Callable[[Window], pd.DataFrame], fit: FitSummary = fit_summary
) -> Callable[[Window], PastWindow]:
    """What would have been answered for some customers of a past window, beside what happened."""

    def recall(window: Window) -> PastWindow:
        customers = customers_of(window)
        forecast = served_summary(panel, window.as_of, fit).forecast(customers[list(FEATURE_NAMES)].to_numpy())
        return beside(forecast, customers)

    return recall


def _unlevelled(learned_from: pd.DataFrame) -> LinearFit:
    """Cap and weights of the customers learned from, in decimals that a card shows, and no level."""
    least = float(learned_from["spend_per_30d"].quantile(WEIGHT_QUANTILE))
    return LinearFit(
        label_cap=round(float(learned_from["future_spend"].quantile(LABEL_QUANTILE)), 2),
        least_spend_per_30d=max(round(least, 2), LEAST_SPEND),
        level_factor=1.0,
    )


def _level_factor(panel: Panel, as_of: datetime) -> float:
    past = panel.before(as_of)
    surprises = {}
    if len(past) > 1:
        newest = past[-1]
        earlier = panel.learned_by(newest.as_of)
        surprises[newest.as_of] = _surprise(fit_as_told(earlier, _unlevelled(earlier)), panel.at(newest))
    seasonal = {window.as_of: _bgnbd_surprise(panel, window) for window in past}
    return float(np.exp(forecast_level(as_of, surprises, seasonal).log_spend))


@lru_cache(maxsize=256)
def _bgnbd_surprise(panel: Panel, window: Window) -> Surprise:
    rows = panel.at(window)
    return surprise_of(raw_bgnbd(rows), rows["future_spend"].to_numpy(), cap=np.inf)


def _surprise(pipeline: Pipeline, rows: pd.DataFrame) -> Surprise:
    """Uncapped: a linear model has no tail of its own, so the level carries the largest customers too."""
    spend = np.clip(pipeline.predict(rows[list(FEATURE_NAMES)]), LEAST_SPEND, None)
    # Only the spend is of interest: the probability of six numbers has a level of its own.
    raw = RawForecast(np.full(len(rows), np.log(LEAST_PROBABILITY)), np.log(spend))
    return surprise_of(raw, rows["future_spend"].to_numpy(), cap=np.inf)
