"""Self-test: rows that a model was asked when it was trained, which whoever loads it asks again."""

from collections.abc import Mapping
from typing import Protocol, Self

import numpy as np
from pydantic import Field

from model.arrays import FloatArray
from model.documents import Document
from model.errors import ArtifactError

# Another processor, or another release of numpy, may differ in the last digits.
TOLERANCE = 1e-6


class Answers(Protocol):
    """What a model answers for n rows; arrays of shape (n,)."""

    @property
    def spend(self) -> FloatArray:
        """In the currency of the shop."""

    @property
    def probability(self) -> FloatArray:
        """Of a purchase."""


class SelfTest(Document):
    """Rows of nobody, made of quantiles of the known customers, and what they were answered; columns of shape (n,)."""

    features: dict[str, tuple[float, ...]] = Field(examples=[{"recency_days": [20.0, 100.0, 400.0]}])
    """What was asked, by column, each in its unit."""
    spend: tuple[float, ...] = Field(description="Spend answered (currency).", examples=[[310.5, 42.1, 3.2]])
    probability: tuple[float, ...] = Field(examples=[[0.41, 0.17, 0.03]])
    """Purchase probability answered (0 to 1)."""

    @classmethod
    def of(cls, columns: Mapping[str, FloatArray], answers: Answers) -> Self:
        """What a model that has just been trained answers."""
        return cls(
            features={name: tuple(column.tolist()) for name, column in columns.items()},
            spend=tuple(answers.spend.tolist()),
            probability=tuple(answers.probability.tolist()),
        )

    @property
    def columns(self) -> dict[str, FloatArray]:
        """What to ask."""
        return {name: np.array(values) for name, values in self.features.items()}

    def check(self, answers: Answers, model: str) -> None:
        """Compare with what ``model`` answers now; raises ArtifactError where any number differs."""
        given = np.column_stack((answers.spend, answers.probability))
        expected = np.column_stack((self.spend, self.probability))
        for row in np.flatnonzero(~np.isclose(given, expected, rtol=TOLERANCE, atol=TOLERANCE).all(axis=1)).tolist():
            raise ArtifactError(
                f"{model} fails its self-test: it answered {expected[row].tolist()} (spend, probability) when it was "
                f"trained, and answers {given[row].tolist()} here"
            )
