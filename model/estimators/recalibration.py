"""The level of a shop: by which two numbers a whole window differs from what its customers' histories say."""

from typing import TypeVar

from pydantic import Field

from model.arrays import FloatArray
from model.documents import Document

T = TypeVar("T", float, FloatArray)


class Level(Document):
    """A shift of the odds to buy and a shift of buyers' log spend; for one shop and one window."""

    log_odds: float = Field(0.0, description="Added to everybody's log odds of a purchase.", examples=[-0.28])
    log_spend: float = Field(0.0, description="Added to everybody's log spend if buying.", examples=[0.06])
    persistence: float = Field(0.0, examples=[0.7])
    """Share of the newest window's own shift that is expected to last (ratio)."""
    with_season: bool = Field(False, description="Whether the shift of a year ago is expected again.")

    def of(self, log_odds: T, log_spend: T) -> tuple[T, T]:
        """Both at this level: numbers of one customer, or arrays of many."""
        return log_odds + self.log_odds, log_spend + self.log_spend
