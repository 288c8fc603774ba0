"""The panel: every known customer at every cutoff, with what was known before it and what came after."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
from joblib import Parallel, delayed
from tqdm import tqdm

from model.buy_till_you_die import BuyTillYouDie
from model.transactions import Transactions
from training.labels import label_windows
from training.splits import Window

FloatArray = npt.NDArray[np.float64]

W99_WINDOWS = 6


@dataclass(frozen=True, eq=False)
class Panel:
    """Labelled windows of one shop; a panel equals itself alone, so that what is fitted on it can be kept.

    ``known`` holds every customer known at each cutoff: history features, the forecasts of a
    BG/NBD fitted at that cutoff, ``is_active`` and ``future_spend``. Index (``as_of``,
    ``customer_id``). ``btyd`` are those fits, by cutoff.
    """

    known: pd.DataFrame
    windows: tuple[Window, ...]
    btyd: dict[datetime, BuyTillYouDie]
    horizon_days: int

    @cached_property
    def active(self) -> pd.DataFrame:
        """The customers with a purchase shortly before their cutoff: whom models learn from and are judged by."""
        return self.known[self.known["is_active"]]

    def at(self, window: Window) -> pd.DataFrame:
        """The active customers of one window."""
        return _rows(self.active, [window.as_of])

    def known_at(self, window: Window) -> pd.DataFrame:
        """All customers of one window, active or not."""
        return _rows(self.known, [window.as_of])

    def learned_by(self, as_of: datetime) -> pd.DataFrame:
        """Active customers of the windows whose labels are complete at ``as_of``."""
        return _rows(self.active, (window.as_of for window in self.before(as_of)))

    def known_by(self, as_of: datetime) -> pd.DataFrame:
        """All customers of the windows whose labels are complete at ``as_of``."""
        return _rows(self.known, (window.as_of for window in self.before(as_of)))

    def before(self, as_of: datetime) -> list[Window]:
        """The windows whose labels are complete at ``as_of``, oldest first."""
        return [window for window in self.windows if window.ends_at <= as_of]

    def answerable(self, as_of: datetime) -> list[Window]:
        """The complete windows that something could be learned for: all but the first."""
        return self.before(as_of)[1:]

    def w99_cap(self, as_of: datetime) -> float:
        """The 99th percentile of the actual spend in the six windows that end before ``as_of``.

        Without such a window nothing is capped.
        """
        newest = self.before(as_of)[-W99_WINDOWS:]
        if not newest:
            return float(np.inf)
        return float(np.percentile(_rows(self.active, (window.as_of for window in newest))["future_spend"], 99))


def build_panel(transactions: Transactions, windows: Iterable[Window], *, active_days: int) -> Panel:
    """Label windows, and add what BG/NBD expects at each cutoff, fitted on the histories before it."""
    windows = tuple(windows)
    horizon_days = (windows[0].ends_at - windows[0].as_of).days
    labelled = label_windows(transactions, windows, active_days=active_days)
    snapshots = [_rows(labelled, [window.as_of]) for window in windows]
    parallel = Parallel(n_jobs=2, return_as="generator")
    made = parallel(delayed(BuyTillYouDie().fit)(each) for each in snapshots)
    fits = list(tqdm(made, total=len(windows), desc="BG/NBD", delay=2, disable=None, leave=False))
    forecasts = [fit.forecast(each, horizon_days=horizon_days) for fit, each in zip(fits, snapshots, strict=True)]
    return Panel(
        known=labelled.join(pd.concat(forecasts)),
        windows=windows,
        btyd={window.as_of: fit for window, fit in zip(windows, fits, strict=True)},
        horizon_days=horizon_days,
    )


def _rows(frame: pd.DataFrame, cutoffs: Iterable[datetime]) -> pd.DataFrame:
    return frame[frame.index.get_level_values("as_of").isin(list(cutoffs))]
