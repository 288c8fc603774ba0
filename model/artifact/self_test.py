"""Self-test: rows that a model was asked when it was trained, which whoever loads it asks again."""

from collections.abc import Mapping
from typing import Self

import numpy as np
from pydantic import Field

from model.arrays import FloatArray
from model.documents import Document
from model.errors import ArtifactError

# Another processor, or another release of numpy, may differ in the last digits.
TOLERANCE = 1e-6


class SelfTest(Document):
    """Rows of nobody, made of quantiles of the known customers, and what they were answered; columns of shape (n,)."""

    features: dict[str, tuple[float, ...]] = Field(examples=[{"recency_days": [20.0, 100.0, 400.0]}])
    """What was asked, by column, each in its unit."""
    spend: tuple[float, ...] = Field(description="Spend answered (currency).", examples=[[310.5, 42.1, 3.2]])
    probability: tuple[float, ...] = Field(examples=[[0.41, 0.17, 0.03]])
    """Purchase probability answered (0 to 1)."""

    @classmethod
    def of(cls, columns: Mapping[str, FloatArray], spend: FloatArray, probability: FloatArray) -> Self:
        """What a model that has just been trained answers; arrays of shape (n,)."""
        features = {name: tuple(column.tolist()) for name, column in columns.items()}
        return cls(features=features, spend=tuple(spend.tolist()), probability=tuple(probability.tolist()))

    @property
    def columns(self) -> dict[str, FloatArray]:
        """What to ask."""
        return {name: np.array(values) for name, values in self.features.items()}

    def check(self, model: str, spend: FloatArray, probability: FloatArray) -> None:
        """Compare with what ``model`` answers now; raises ArtifactError where any number differs."""
        given = np.column_stack((spend, probability))
        expected = np.column_stack((self.spend, self.probability))
        for row in np.flatnonzero(~np.isclose(given, expected, rtol=TOLERANCE, atol=TOLERANCE).all(axis=1)).tolist():
            raise ArtifactError(
                f"{model} fails its self-test: it answered {expected[row].tolist()} (spend, probability) when it was "
                f"trained, and answers {given[row].tolist()} here"
            )
