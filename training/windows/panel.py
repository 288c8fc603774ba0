"""The panel: every known customer at every cutoff, with what was known before it and what came after."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from model.orders.orders import Transactions
from training.windows.labels import label_windows
from training.windows.windows import Window

W99_WINDOWS = 6
# What one query labels: with all windows in one, ten thousand customers need more than a small host gives the engine.
WINDOWS_AT_ONCE = 16


@dataclass(frozen=True, eq=False)
class Panel:
    """Labelled windows of one shop; a panel equals itself alone, so that what is fitted on it can be kept.

    ``known`` holds every customer known at each cutoff: features, ``is_active`` and ``future_spend``. Index
    (``as_of``, ``customer_id``), sorted. The history model learns from a ``share`` of the customers.
    """

    known: pd.DataFrame
    windows: tuple[Window, ...]
    horizon_days: int
    share: float = 1.0

    def known_at(self, window: Window) -> pd.DataFrame:
        """All customers of one window, active or not."""
        return self._rows([window])

    def known_by(self, as_of: datetime) -> pd.DataFrame:
        """All customers of the windows whose labels are complete at ``as_of``."""
        return self._rows(self.before(as_of))

    def drawn(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Of some rows those that the history model learns from: of a customer all windows, or none."""
        if self.share >= 1:
            return rows
        ids = rows.index.get_level_values("customer_id")
        place = pd.util.hash_array(ids.to_numpy(dtype=object)) / 2.0**64  # of one id always the same
        return rows[place < self.share]

    def before(self, as_of: datetime) -> list[Window]:
        """The windows whose labels are complete at ``as_of``, oldest first."""
        return [window for window in self.windows if window.ends_at <= as_of]

    def w99_cap(self, as_of: datetime) -> float:
        """The 99th percentile of what active customers spent in the six windows that end before ``as_of``.

        Without such a window nothing is capped.
        """
        spend = active(self._rows(self.before(as_of)[-W99_WINDOWS:]))["future_spend"]
        return float(np.percentile(spend, 99)) if len(spend) else float(np.inf)

    def _rows(self, windows: Sequence[Window]) -> pd.DataFrame:
        """Neighbouring windows, a slice of the sorted rows."""
        return self.known.loc[windows[0].as_of : windows[-1].as_of] if windows else self.known.iloc[:0]


def active(rows: pd.DataFrame) -> pd.DataFrame:
    """Of some rows of a panel the active customers: whom the six-number model learns from."""
    return rows[rows["is_active"]]


def build_panel(
    transactions: Transactions,
    windows: Sequence[Window],
    *,
    active_days: int,
    columns: Sequence[str] | None = None,
    most_rows: int | None = None,
) -> Panel:
    """Label windows, at least one, neighbours in order of time; with all features, or some ``columns`` of them.

    Where there are more than ``most_rows`` customer-windows, the history model learns from a draw of customers that has
    about so many.
    """
    windows = tuple(windows)
    horizon_days = (windows[0].ends_at - windows[0].as_of).days
    known = pd.concat(
        label_windows(transactions, some, active_days=active_days, columns=columns)
        for some in (windows[first : first + WINDOWS_AT_ONCE] for first in range(0, len(windows), WINDOWS_AT_ONCE))
    )
    share = 1.0 if most_rows is None else min(1.0, most_rows / max(len(known), 1))
    return Panel(known=known, windows=windows, horizon_days=horizon_days, share=share)
