"""What a customer spends if they buy: mean, median and an 80 % interval, from the errors of past forecasts."""

from functools import cached_property
from typing import Generic, NamedTuple, TypeVar

import numpy as np
from pydantic import Field

from model.arrays import FloatArray
from model.documents import Document

T = TypeVar("T")

COVERAGE = 0.8


class SpendIfPurchase(NamedTuple, Generic[T]):
    """Currency, if there is a purchase: numbers of one customer, or arrays of shape (n_customers,)."""

    mean: T
    median: T
    low: T
    high: T


# What they are called as columns of a table.
IF_PURCHASE = tuple(f"spend_if_purchase_{name}" for name in SpendIfPurchase._fields)
# The two that a file shows.
LOW, HIGH = IF_PURCHASE[2:]


class RatioBand(Document):
    """Buyers of similar probability: their actual spend over what was expected of them if they bought."""

    from_probability: float = Field(examples=[0.21])
    """The band begins at this purchase probability (0 to 1) and ends where the next begins."""
    low: float = Field(description="A tenth of the buyers stayed below this (ratio).", examples=[0.27])
    median: float = Field(description="Half of the buyers stayed below this (ratio).", examples=[0.76])
    high: float = Field(description="Nine tenths of the buyers stayed below this (ratio).", examples=[1.94])


class SpendIntervals(Document):
    """Spend if there is a purchase: the expected one, times what past buyers showed of such ratios.

    Past forecasts had not seen their windows (split-conformal; Vovk et al. 2005), so the ratios carry the
    errors of level and ranking, not only the spread between buyers. They differ by probability: who buys
    often, spends near to what is expected.
    """

    bands: tuple[RatioBand, ...] = Field(description="Ratios by purchase probability, lowest first.", min_length=1)

    def of(self, spend: FloatArray, probability: FloatArray) -> SpendIfPurchase[FloatArray]:
        """What customers spend if they buy; low to high holds for four buyers in five.

        Parameters
        ----------
        spend, probability : arrays of shape (n_customers,)
            Expected spend, a purchase or not, and purchase probability, above 0.
        """
        mean, (edges, ratios) = spend / probability, self._as_arrays
        low, median, high = ratios[:, np.searchsorted(edges, probability, side="right")] * mean
        return SpendIfPurchase(mean, median, low, high)

    @cached_property
    def _as_arrays(self) -> tuple[FloatArray, FloatArray]:
        """Where the bands after the first begin, and low, median and high of every band, of shape (3, n_bands)."""
        edges = np.array([band.from_probability for band in self.bands[1:]])
        return edges, np.array([(band.low, band.median, band.high) for band in self.bands]).T
