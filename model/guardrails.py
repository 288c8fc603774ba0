"""The bounds that no answer leaves: on the features, and on the spend that a probability allows."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, PositiveFloat

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

    feature_limits: dict[str, float] = {}
    max_spend: PositiveFloat | None = None
    least_orders: PositiveFloat = 0.1
    most_orders: PositiveFloat = 10.0

    def bound_features(self, features: FloatArray) -> FloatArray:
        """Features (n, 6) with nothing beyond the largest value that training saw: a line has no business far out."""
        return np.minimum(features, _in_order(tuple(self.feature_limits.items())))

    def bound_spend(self, raw_spend: FloatArray, probability: FloatArray, features: FloatArray) -> "BoundedSpend":
        """Hold forecasts (n,) within what probability (n,) and own history (n, 6) allow."""
        most = np.inf if self.max_spend is None else self.max_spend
        ceiling = np.minimum(probability * self.most_orders * features[:, AVG_SPEND], most)
        floor = np.minimum(probability * self.least_orders * features[:, AVG_SPEND], ceiling)
        # A pipeline from elsewhere may answer NaN or infinity; neither is a forecast. ``fmax`` takes NaN as 0.
        finite = np.minimum(np.fmax(raw_spend, 0.0), LARGEST)
        return BoundedSpend(
            spend=np.minimum(np.maximum(finite, floor), ceiling),
            floor=floor,
            ceiling=ceiling,
            raised=finite < floor,
            lowered=finite > ceiling,
        )


@dataclass(frozen=True)
class BoundedSpend:
    """Forecasts within their bounds, and which of them had to move; every array of shape (n,)."""

    spend: FloatArray
    floor: FloatArray
    ceiling: FloatArray
    raised: BoolArray
    lowered: BoolArray


@lru_cache(maxsize=8)
def _in_order(limits: tuple[tuple[str, float], ...]) -> FloatArray:
    """Limits by name as an array in the order of ``FEATURES``; the largest float where there is none."""
    named = dict(limits)
    return np.array([named.get(name, LARGEST) for name in FEATURE_NAMES])
