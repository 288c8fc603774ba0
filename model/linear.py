"""A linear pipeline in plain numbers, for reasons that are exact."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from model.features import FEATURE_NAMES
from model.reasons import Reason, Reasons

GUARDRAILS, FADING = "guardrails", "time since the last purchase, beyond the training"


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

    @classmethod
    def of(cls, pipeline: Any) -> Self:  # Any: a scikit-learn pipeline of StandardScaler and a linear regression
        """Read the numbers off a pipeline that was fitted on ``FEATURES`` in their order."""
        scaler, regression = pipeline[0], pipeline[-1]
        per_unit = regression.coef_ / scaler.scale_
        return cls(
            base=float(regression.intercept_),
            coefficients=dict(zip(FEATURE_NAMES, per_unit.tolist(), strict=True)),
            means=dict(zip(FEATURE_NAMES, scaler.mean_.tolist(), strict=True)),
        )

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
            coefficient * (value - mean) for value, (coefficient, mean) in zip(features, self._in_order, strict=True)
        ]
        reasons = list(map(Reason, FEATURE_NAMES, amounts, features))
        corrections = (FADING, faded - (self.base + sum(amounts))), (GUARDRAILS, forecast - faded)
        reasons += [Reason(name, amount) for name, amount in corrections if abs(amount) > 1e-9]
        return Reasons(self.base, tuple(reasons))

    @cached_property
    def _in_order(self) -> tuple[tuple[float, float], ...]:
        """Coefficient and mean of each feature."""
        return tuple((self.coefficients[name], self.means[name]) for name in FEATURE_NAMES)
