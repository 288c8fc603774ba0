"""The bounds that no answer leaves: on the features, and on the spend that a probability allows."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, PositiveFloat

from model.either import ARRAYS, NUMBERS, Either
from model.features import FEATURE_NAMES

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

LARGEST = float(np.finfo(np.float64).max)
AVG_SPEND = FEATURE_NAMES.index("avg_spend")


class Guardrails(BaseModel):
    """Bounds derived from the training data.

    ``least_orders`` and ``most_orders`` bound the spend of a customer who buys, in
    units of the own average order; times the purchase probability they bound the
    forecast, so spend and probability cannot contradict each other. The defaults
    serve a pipeline that came without a card.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    feature_limits: dict[str, float] = Field(
        {},
        description="The largest value of each feature in training, in its unit; beyond it this value is used.",
        examples=[{"recency_days": 89}],
    )
    max_spend: PositiveFloat | None = Field(None, description="No forecast is above (currency).", examples=[74721.44])
    least_orders: PositiveFloat = Field(
        0.1, description="A buyer spends at least so many average orders (orders).", examples=[0.1112]
    )
    most_orders: PositiveFloat = Field(
        10.0, description="A buyer spends at most so many average orders (orders).", examples=[12.99]
    )

    def bound_features(self, features: FloatArray) -> FloatArray:
        """Features (n, 6) with nothing beyond the largest value that training saw: a line has no business far out."""
        return np.minimum(features, self._limits)

    def bound_spend(self, raw_spend: FloatArray, probability: FloatArray, features: FloatArray) -> "BoundedSpend":
        """Hold forecasts (n,) within what probability (n,) and own history (n, 6) allow."""
        return BoundedSpend(*self._bounded(raw_spend, probability, features[:, AVG_SPEND], ARRAYS))

    def bound_one_customer(self, features: Sequence[float]) -> list[float]:
        """``bound_features`` for one customer."""
        return list(map(min, features, self._listed_limits))

    def bound_one_spend(self, raw_spend: float, probability: float, features: Sequence[float]) -> "BoundedNumber":
        """``bound_spend`` for one customer."""
        return BoundedNumber(*self._bounded(raw_spend, probability, features[AVG_SPEND], NUMBERS))

    @cached_property
    def _limits(self) -> FloatArray:
        """Limits in the order of ``FEATURES``; the largest float where there is none."""
        return np.array([self.feature_limits.get(name, LARGEST) for name in FEATURE_NAMES])

    @cached_property
    def _listed_limits(self) -> list[float]:
        listed: list[float] = self._limits.tolist()
        return listed

    def _bounded(self, raw_spend: Any, probability: Any, avg_spend: Any, f: Either) -> Any:  # Any: see ``Either``
        most = math.inf if self.max_spend is None else self.max_spend
        ceiling = f.minimum(probability * self.most_orders * avg_spend, most)
        floor = f.minimum(probability * self.least_orders * avg_spend, ceiling)
        # A pipeline from elsewhere may answer NaN or infinity; neither is a forecast, and NaN counts as 0.
        finite = f.minimum(f.maximum(0.0, raw_spend), LARGEST)
        spend = f.minimum(f.maximum(finite, floor), ceiling)
        # Adding 0 makes 0 of -0, which an average of -0.0 would lead to.
        return spend + 0.0, floor + 0.0, ceiling + 0.0, finite < floor, finite > ceiling


@dataclass(frozen=True)
class BoundedSpend:
    """Forecasts within their bounds, and which of them had to move; every array of shape (n,)."""

    spend: FloatArray
    floor: FloatArray
    ceiling: FloatArray
    raised: BoolArray
    lowered: BoolArray

    @property
    def first(self) -> "BoundedNumber":
        """The bounds of the first customer alone."""
        return BoundedNumber(
            spend=float(self.spend[0]),
            floor=float(self.floor[0]),
            ceiling=float(self.ceiling[0]),
            raised=bool(self.raised[0]),
            lowered=bool(self.lowered[0]),
        )


class BoundedNumber(NamedTuple):
    """One forecast within its bounds, and whether it had to move."""

    spend: float
    floor: float
    ceiling: float
    raised: bool
    lowered: bool
