"""The Lasso of ``model.pkl`` in plain numbers: the service answers with these, and its reasons are exact."""

import io
from collections.abc import Sequence
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from model.artifact.inputs import predict_quietly
from model.estimators.attributions import Reason, Reasons
from model.features.definitions import FEATURE_NAMES

FloatArray = npt.NDArray[np.float64]

GUARDRAILS, FADING = "guardrails", "time since the last purchase, beyond the training"
CHECKED_ROWS, TOLERANCE = 10_000, 1e-9


class LinearFit(BaseModel):
    """What a refit needs beside the customers and windows of the card: how rows count, and what is done to the fit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label_cap: float = Field(
        description="Spend in the horizon is capped here before the fit: its 99.5 % quantile (currency).",
        examples=[6114.65],
    )
    least_spend_per_30d: float = Field(
        description="A row weighs 1 / spend per 30 days of its customer's past, which counts as at least this: "
        "its 10 % quantile (currency).",
        examples=[20.17],
    )
    level_factor: float = Field(
        description="Intercept and coefficients of the fit are multiplied by this, the level expected of the coming "
        "window (ratio).",
        examples=[1.04],
    )


class LinearParts(BaseModel):
    """Forecast of the average customer, and currency per unit of each feature's distance from its mean."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base: float = Field(description="Forecast of the average customer (currency).", examples=[97.17])
    coefficients: dict[str, float] = Field(
        description="What each feature's distance from its mean is worth (currency per unit of the feature).",
        examples=[{"recency_days": -0.93}],
    )
    means: dict[str, float] = Field(
        description="Mean of each feature in training, in its unit.", examples=[{"recency_days": 35.2}]
    )
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
        """The parts of one forecast.

        Parameters
        ----------
        features : sequence of 6 floats
            As the pipeline saw them.
        faded : float
            What is left of the pipeline's answer for a customer who is gone for longer than any in training.
        forecast : float
            The answer, within its guardrails.
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

        rows = customers_of_every_size()
        expected = predict_quietly(joblib.load(io.BytesIO(pickled)), rows)
        differences = np.abs(self.predict(rows) - expected) / np.maximum(np.abs(expected), 1.0)
        if not (worst := float(differences.max())) <= TOLERANCE:
            raise ArithmeticError(f"the card differs from the pipeline by {worst:.3g}, more than {TOLERANCE:g}")

    @cached_property
    def _in_order(self) -> tuple[FloatArray, FloatArray]:
        """Coefficients and means in the order of ``FEATURES``."""
        coefficients, means = ([part[name] for name in FEATURE_NAMES] for part in (self.coefficients, self.means))
        return np.array(coefficients), np.array(means)


def customers_of_every_size(rows: int = CHECKED_ROWS) -> FloatArray:
    """Customers from nothing to far beyond training; shape (rows, 6)."""
    random = np.random.default_rng(0)
    sizes: FloatArray = 10.0 ** random.uniform(-1, 6, (rows, len(FEATURE_NAMES)))
    sizes[random.random(sizes.shape) < 0.1] = 0.0
    return sizes
