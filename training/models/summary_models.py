"""The models that ``model.pkl`` can hold, by name: each answers for the six numbers of the public API."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sklearn.pipeline import Pipeline

from model.artifact.linear import LinearParts
from model.features.definitions import FEATURE_NAMES
from training.models.candidates import forest_regressor
from training.models.summary import SUMMARY, FitSummary, FittedSummary, fit_summary, lasso_pipeline
from training.windows.panel import Panel


def _pooled(make: Callable[[], Any]) -> FitSummary:  # Any: scikit-learn has no types
    """Fit an estimator on the active customers of all complete windows."""

    def fit(panel: Panel, as_of: datetime) -> FittedSummary:
        learned_from = panel.learned_by(as_of)
        pipeline = make().fit(learned_from[list(FEATURE_NAMES)], learned_from["future_spend"])
        return FittedSummary(pipeline, LinearParts.of(pipeline) if hasattr(pipeline[-1], "coef_") else None)

    return fit


SUMMARY_MODELS: dict[str, FitSummary] = {
    SUMMARY: fit_summary,
    "lasso_6": _pooled(lasso_pipeline),
    "random_forest": _pooled(lambda: Pipeline([("forest", forest_regressor(seed=42))])),
}


def describe(pipeline: Pipeline) -> str:
    """The steps of a pipeline as the card names them."""
    return ", ".join(str(step) for _, step in pipeline.steps)
