"""Which model ranks a shop, and on what it was fitted: loaded from a folder, or on the orders that are asked about."""

from datetime import date
from enum import StrEnum
from typing import Literal, Self

from pydantic import Field, computed_field

from model.artifact.card import ModelCard
from model.artifact.history_artifact import HistoryArtifact, LearnedFrom
from model.documents import Described
from model.prediction.scorers import Scorer


class ModelChoice(StrEnum):
    """Where the model is to come from."""

    AUTO = "auto"
    FIT = "fit"
    LOADED = "loaded"

    def fits(self, card: ModelCard) -> bool:
        """Whether the orders are fitted in place of loading the model of this card.

        The example learned from another shop, and a set without a model of histories cannot tell how good sums are.
        """
        return self is ModelChoice.FIT or (self is ModelChoice.AUTO and (card.example or card.history is None))


class ModelSource(Described, frozen=True):
    """How a forecast was fitted, on what data, and why."""

    how: Literal["fit", "loaded"] = Field(examples=["fit"])
    """fit: on the order lines of this request; loaded: the set that the service started with."""
    model: str = Field(examples=["history_model"])
    """history_model, bgnbd_gamma_gamma, ranks (the order alone is believed) or summary (six numbers)."""
    reason: str = Field(
        description="Why this one answers.",
        examples=["history_model answers from 500 past buyers over 4 windows on; 1,913 past buyers over 21 windows"],
    )
    example: bool = Field(examples=[False])
    """Whether the included example answered, which knows another shop."""
    learned_from: LearnedFrom | None = Field(description="What it has seen; null for six numbers.")
    first_day: date | None = Field(description="Of the orders that it learned from.", examples=["2023-12-11"])
    last_day: date | None = Field(description="Of the same orders.", examples=["2025-12-09"])

    @computed_field(  # type: ignore[prop-decorator]  # as pydantic documents it
        description="All of it in one sentence, as every row of a table has it.",
        examples=["on these orders, 2023-12-11 to 2025-12-09: history_model answers from 500 past buyers on"],
    )
    @property
    def told(self) -> str:
        """All of it in one sentence."""
        whose = "the example, on another shop's orders" if self.example else "the loaded set, on its own orders"
        days = "" if self.first_day is None else f", {self.first_day} to {self.last_day}"
        return f"{'on these orders' if self.how == 'fit' else whose}{days}: {self.reason}"

    @classmethod
    def of(cls, scorer: Scorer, *, how: Literal["fit", "loaded"], example: bool) -> Self:
        """What to tell of a model that ranks."""
        card, data = scorer.card, scorer.card.data
        history = card if isinstance(card, HistoryArtifact) else None
        return cls(
            how=how,
            model=scorer.name,
            reason=history.reason if history else "the loaded set has no model of whole histories",
            example=example,
            learned_from=history.learned_from if history else None,
            first_day=None if data is None else data.first_line_at.date(),
            last_day=None if data is None else data.last_line_at.date(),
        )
