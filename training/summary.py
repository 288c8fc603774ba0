"""The summary model: what ``model.pkl`` holds, a scaler and a Lasso on the six numbers of the public API."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

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
from model.inputs import InputMapping
from model.predictor import Predictor
from model.spend_distribution import SpendDistribution
from model.total_spend import PastWindow
from training.level import Surprise, forecast_level, surprise_of
from training.panel import Panel
from training.purchase_probability import probability_at
from training.splits import Window
from training.thresholds import guardrails
from training.track_record import beside, learn_distribution

FloatArray = npt.NDArray[np.float64]

# Fits a model of six numbers on the windows complete at a cutoff.
FitSummary = Callable[[Panel, datetime], Any]  # Any: scikit-learn has no types

LASSO_ALPHA = 0.1
# A wholesaler's order in a label would tilt six coefficients for everybody.
LABEL_QUANTILE = 0.995


def lasso_pipeline() -> Pipeline:
    """StandardScaler, then Lasso with the penalty of the published recipe."""
    return Pipeline([("scale", StandardScaler()), ("lasso", Lasso(alpha=LASSO_ALPHA, max_iter=10_000))])


def fit_summary(panel: Panel, as_of: datetime) -> Pipeline:
    """The pipeline for the horizon from ``as_of`` on, at the level that is expected there.

    The level is a factor on intercept and coefficients: what the newest complete window was
    above its hindcast, and what BG/NBD missed a year ago. The pipeline stays a plain scaler
    and Lasso.
    """
    pipeline = _fit(panel.learned_by(as_of))
    past = panel.before(as_of)
    surprises = {}
    if len(past) > 1:
        newest = past[-1]
        surprises[newest.as_of] = _surprise(_fit(panel.learned_by(newest.as_of)), panel.at(newest))
    seasonal = {window.as_of: _bgnbd_surprise(panel, window) for window in past}
    factor = float(np.exp(forecast_level(as_of, surprises, seasonal).log_spend))
    lasso = pipeline.named_steps["lasso"]
    lasso.coef_ = lasso.coef_ * factor
    lasso.intercept_ = lasso.intercept_ * factor
    return pipeline


@lru_cache(maxsize=64)
def served_summary(panel: Panel, as_of: datetime, fit: FitSummary = fit_summary) -> Predictor:
    """A summary model as the service answers with it: guardrails and probability of the same windows.

    Kept, for candidates, intervals and totals ask for it.
    """
    pipeline = fit(panel, as_of)
    card = ModelCard.unverified(
        estimator="", sha256="", loaded_at=datetime.now(UTC), libraries=library_versions()
    ).model_copy(
        update={
            "guardrails": guardrails(panel.learned_by(as_of)),
            "probability": probability_at(panel, as_of),
        }
    )
    return Predictor(Artifact(pipeline=pipeline, card=card, inputs=InputMapping.of(pipeline)))


def learn_intervals(panel: Panel, as_of: datetime, fit: FitSummary = fit_summary) -> SpendDistribution | None:
    """The spread around served forecasts of the newest complete windows, none of which they had seen."""
    return learn_distribution(panel.answerable(as_of), recall_summary(panel, panel.at, fit))


def recall_summary(
    panel: Panel, customers_of: Callable[[Window], pd.DataFrame], fit: FitSummary = fit_summary
) -> Callable[[Window], PastWindow]:
    """What would have been answered for some customers of a past window, beside what happened."""

    def recall(window: Window) -> PastWindow:
        customers = customers_of(window)
        forecast = served_summary(panel, window.as_of, fit).forecast(customers[list(FEATURE_NAMES)].to_numpy())
        return beside(forecast, customers)

    return recall


def _fit(learned_from: pd.DataFrame) -> Pipeline:
    """Large customers vary most, so each row weighs the less, the more its customer spends per month."""
    target = learned_from["future_spend"]
    rate = learned_from["spend_per_30d"]
    weights = 1 / rate.clip(lower=max(float(rate.quantile(0.1)), LEAST_SPEND))
    return lasso_pipeline().fit(
        learned_from[list(FEATURE_NAMES)],
        target.clip(upper=float(target.quantile(LABEL_QUANTILE))),
        lasso__sample_weight=weights.to_numpy(),
    )


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
