"""The bounds that no answer leaves: on the features, and on the spend that a probability allows."""

from functools import cached_property
from typing import NamedTuple

import numpy as np
from pydantic import Field, PositiveFloat

from model.arrays import BoolArray, FloatArray
from model.documents import Document
from model.features.definitions import FEATURE_NAMES

LARGEST = float(np.finfo(np.float64).max)
AVG_SPEND = FEATURE_NAMES.index("avg_spend")


class Guardrails(Document):
    """Bounds derived from the training data.

    ``least_orders`` and ``most_orders`` bound the spend of a customer who buys, in
    units of the own average order; times the purchase probability they bound the
    forecast, so spend and probability cannot contradict each other. The defaults
    serve a pipeline that came without a card.
    """

    feature_limits: dict[str, float] = Field({}, examples=[{"recency_days": 89}])
    """The largest value of each feature in training, in its unit; beyond it this value is used."""
    max_spend: PositiveFloat | None = Field(None, description="No forecast is above (currency).", examples=[74721.44])
    least_orders: PositiveFloat = Field(0.1, examples=[0.1112])
    """A buyer spends at least so many average orders (orders)."""
    most_orders: PositiveFloat = Field(10.0, examples=[12.99])
    """A buyer spends at most so many average orders (orders)."""

    def bound_features(self, features: FloatArray) -> FloatArray:
        """Features (n, 6) with nothing beyond the largest value that training saw: a line has no business far out."""
        return np.minimum(features, self._limits)

    def bound_spend(self, raw_spend: FloatArray, probability: FloatArray, features: FloatArray) -> "BoundedSpend":
        """Hold forecasts (n,) within what probability (n,) and own history (n, 6) allow."""
        with np.errstate(over="ignore"):  # beyond the largest float is as good as no bound
            own = probability * features[:, AVG_SPEND]
            ceiling = np.minimum(self.most_orders * own, LARGEST if self.max_spend is None else self.max_spend)
            floor = np.minimum(self.least_orders * own, ceiling)
        # A pipeline from elsewhere may answer NaN, which is no forecast and counts as 0; adding 0 makes 0 of -0.
        wanted = np.fmax(0.0, raw_spend) + 0.0
        spend = np.minimum(np.maximum(wanted, floor), ceiling)
        return BoundedSpend(spend, probability, floor, ceiling, wanted < floor, wanted > ceiling)

    @cached_property
    def _limits(self) -> FloatArray:
        """Limits in the order of ``FEATURES``; the largest float where there is none."""
        return np.array([self.feature_limits.get(name, LARGEST) for name in FEATURE_NAMES])


class BoundedSpend(NamedTuple):
    """Forecasts within their bounds, and which of them had to move; every array of shape (n,)."""

    spend: FloatArray
    probability: FloatArray
    floor: FloatArray
    ceiling: FloatArray
    raised: BoolArray
    lowered: BoolArray
