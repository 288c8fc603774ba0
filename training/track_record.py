"""The track record: what was expected in past windows beside what happened, and what the errors teach."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from model.spend_distribution import SpendDistribution
from model.total_spend import PastWindow, TotalErrors

# A past window, or its cutoff, whatever the forecasts are kept by.
T = TypeVar("T")

# The newest windows decide how customers spread: older forecasts were made from less.
RECENT_WINDOWS = 6
# A total is one number per window, so it takes two years of them.
TOTAL_WINDOWS = 24


class Expected(Protocol):
    """A forecast of several customers."""

    @property
    def spend(self) -> npt.NDArray[np.float64]:
        """Expected spend (n_customers,)."""

    @property
    def probability(self) -> npt.NDArray[np.float64]:
        """Purchase probability (n_customers,)."""


def beside(expected: Expected, customers: pd.DataFrame) -> PastWindow:
    """A forecast of customers of a panel beside what happened."""
    return PastWindow(expected.spend, expected.probability, customers["future_spend"].to_numpy())


def learn_distribution(windows: Sequence[T], recall: Callable[[T], PastWindow]) -> SpendDistribution | None:
    """The spread of customers around forecasts of the newest windows.

    Parameters
    ----------
    windows : sequence
        Oldest first.
    recall : callable
        What was expected in one of them by a model that had not seen it, and what happened.

    Returns
    -------
    SpendDistribution or None
        None without a window.
    """
    recent = [recall(window) for window in windows[-RECENT_WINDOWS:]]
    if not recent:
        return None
    spend, probability, actual = (np.concatenate(columns) for columns in zip(*recent, strict=True))
    return SpendDistribution.learn(spend, probability, actual)


def learn_totals(windows: Sequence[T], recall: Callable[[T], PastWindow]) -> TotalErrors | None:
    """How far sums over all known customers were off; parameters as ``learn_distribution``, None with too few."""
    return TotalErrors.learn([recall(window) for window in windows[-TOTAL_WINDOWS:]])
