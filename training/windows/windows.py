"""Cutting time into windows: what a model may learn from, and what it is judged by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from model.errors import TransactionsError
from model.orders.orders import Transactions


@dataclass(frozen=True, order=True)
class Window:
    """A cutoff and the horizon ``[as_of, ends_at)`` that follows it."""

    as_of: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Split:
    """Non-overlapping windows in order of time: some to learn from, one held out, perhaps some after it."""

    windows: Sequence[Window]
    held_out: Window

    @property
    def learned_from(self) -> list[Window]:
        """Windows whose labels are complete when the held-out window begins."""
        return [window for window in self.windows if window.ends_at <= self.held_out.as_of]


def split_windows(
    transactions: Transactions, *, horizon_days: int, active_days: int, cutoff: datetime | None = None
) -> Split:
    """All complete windows of a history, the last one (or the one at ``cutoff``) held out.

    A window is complete when ``active_days`` of history lie before it and its horizon ends
    no later than the data. Neighbours touch and do not overlap. Raises TransactionsError if the history is too short
    for one window to learn from and one to hold out, or ``cutoff`` leaves no complete window.
    """
    horizon = timedelta(days=horizon_days)
    starts_at = transactions.starts_at
    earliest = starts_at + timedelta(days=active_days)
    latest = transactions.ends_at - horizon
    anchor = cutoff or latest
    span = f"the order lines span {starts_at:%Y-%m-%d} to {transactions.ends_at - timedelta(days=1):%Y-%m-%d}"
    if latest - horizon < earliest:
        needed = active_days + 2 * horizon_days
        days = (transactions.ends_at - starts_at).days
        raise TransactionsError(
            f"{span}, {days} days; {active_days} days of history and two horizons of {horizon_days} days need at least "
            f"{needed}. Give a longer export, or lower --active-days or --horizon-days"
        )
    if not earliest + horizon <= anchor <= latest:
        raise TransactionsError(
            f"--cutoff {anchor:%Y-%m-%d} leaves no complete window; {span}, so it must lie from "
            f"{earliest + horizon:%Y-%m-%d} to {latest:%Y-%m-%d}"
        )
    before = (anchor - earliest) // horizon
    after = (latest - anchor) // horizon
    cutoffs = [anchor + step * horizon for step in range(-before, after + 1)]
    windows = [Window(as_of, as_of + horizon) for as_of in cutoffs]
    return Split(windows=windows, held_out=windows[before])
