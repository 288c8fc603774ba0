"""The Lasso of ``model.pkl`` in plain numbers: the service answers with these, and its reasons are exact."""

import io
from collections.abc import Sequence
from functools import cached_property
from typing import Any, Self

import numpy as np
from pydantic import Field

from model.arrays import FloatArray
from model.artifact.inputs import predict_quietly
from model.documents import Document
from model.estimators.attributions import Reason, Reasons
from model.features.definitions import FEATURE_NAMES

GUARDRAILS, FADING = "guardrails", "time since the last purchase, beyond the training"
CHECKED_ROWS, TOLERANCE = 10_000, 1e-9


class LinearFit(Document):
    """What a refit needs beside the customers and windows of the card: how rows count, and what is done to the fit."""

    label_cap: float = Field(examples=[6114.65])
    """Spend in the horizon is capped here before the fit: its 99.5 % quantile (currency)."""
    least_spend_per_30d: float = Field(
        description="A row weighs 1 / spend per 30 days of its customer's past, which counts as at least this: "
        "its 10 % quantile (currency).",
        examples=[20.17],
    )
    level_factor: float = Field(examples=[1.04])
    """Intercept and coefficients of the fit are multiplied by this, the level expected of the coming window (ratio)."""


class LinearParts(Document):
    """Forecast of the average customer, and currency per unit of each feature's distance from its mean."""

    base: float = Field(description="Forecast of the average customer (currency).", examples=[97.17])
    coefficients: dict[str, float] = Field(examples=[{"recency_days": -0.93}])
    """What each feature's distance from its mean is worth (currency per unit of the feature)."""
    means: dict[str, float] = Field(examples=[{"recency_days": 35.2}])
    """Mean of each feature in training, in its unit."""
    fit: LinearFit | None = Field(None, description="How it was fitted; null for a plain fit on every row alike.")

    @classmethod
    def of(cls, pipeline: Any, fit: LinearFit | None = None) -> Self:  # Any: scikit-learn has no types
        """Read the numbers off a scaler and a linear regression that were fitted on ``FEATURES`` in their order."""
        scaler, regression = pipeline[0], pipeline[-1]
        per_unit = regression.coef_ / scaler.scale_
        return cls(
            base=float(regression.intercept_),
            coefficients=dict(zip(FEATURE_NAMES, per_unit.tolist(), strict=True)),
            means=dict(zip(FEATURE_NAMES, scaler.mean_.tolist(), strict=True)),
            fit=fit,
        )

    def predict(self, features: FloatArray) -> FloatArray:
        """Spend (n,) before any guardrail, from features (n, 6) in the order of ``FEATURES``."""
        coefficients, means = self._in_order
        return np.asarray(self.base + ((features - means) * coefficients).sum(axis=1))

    def explain(self, features: Sequence[float], *, faded: float, forecast: float) -> Reasons:
        """The parts of one forecast, which is the answer within its guardrails.

        ``features`` are the six as the pipeline saw them; ``faded`` is what is left of its answer for a customer who is
        gone for longer than any in training.
        """
        amounts = [
            (value - self.means[name]) * self.coefficients[name]
            for name, value in zip(FEATURE_NAMES, features, strict=True)
        ]
        reasons = list(map(Reason, FEATURE_NAMES, amounts, features))
        corrections = (FADING, faded - (self.base + sum(amounts))), (GUARDRAILS, forecast - faded)
        reasons += [Reason(name, amount) for name, amount in corrections if abs(amount) > 1e-9]
        return Reasons(self.base, tuple(reasons))

    def check_against(self, pickled: bytes) -> None:
        """Raise ArithmeticError unless the pickle of a pipeline answers the same for ten thousand customers."""
        import joblib  # noqa: PLC0415 - training alone has a pickle to check

        # Customers from nothing to far beyond training.
        random = np.random.default_rng(0)
        rows: FloatArray = 10.0 ** random.uniform(-1, 6, (CHECKED_ROWS, len(FEATURE_NAMES)))
        rows[random.random(rows.shape) < 0.1] = 0.0
        expected = predict_quietly(joblib.load(io.BytesIO(pickled)), rows)
        differences = np.abs(self.predict(rows) - expected) / np.maximum(np.abs(expected), 1.0)
        if not (worst := float(differences.max())) <= TOLERANCE:
            raise ArithmeticError(f"the card differs from the pipeline by {worst:.3g}, more than {TOLERANCE:g}")

    @cached_property
    def _in_order(self) -> tuple[FloatArray, FloatArray]:
        """Coefficients and means in the order of ``FEATURES``."""
        coefficients, means = ([part[name] for name in FEATURE_NAMES] for part in (self.coefficients, self.means))
        return np.array(coefficients), np.array(means)
