"""Totals of a backtest: what all known customers together were expected to spend, and what they spent."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from model.features import FEATURE_NAMES
from model.segments import Segment, decide_segments
from model.total_spend import PastWindow, TotalErrors
from training.panel import Panel
from training.splits import Window
from training.thresholds import segment_thresholds
from training.track_record import learn_totals

BoolArray = npt.NDArray[np.bool_]

EVERYBODY = "all known customers"


class WindowTotal(BaseModel):
    """The total of one window; currency."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cutoff: str
    forecast: float
    low: float | None = Field(description="80 % interval; null where too few windows lay before.")
    high: float | None
    realised: float

    @property
    def is_covered(self) -> bool | None:
        """Whether the interval held; None without one."""
        return None if self.low is None or self.high is None else self.low <= self.realised <= self.high


# By part of the base, see ``parts_of``; one entry per window.
Totals = Mapping[str, tuple[WindowTotal, ...]]


def backtest_totals(panel: Panel, origins: Sequence[Window], recall: Callable[[Window], PastWindow]) -> Totals:
    """Forecast the totals of every origin, with intervals from the windows complete before it.

    Parameters
    ----------
    panel : Panel
        Labelled windows, the origins among them.
    origins : sequence of Window
        The windows to forecast.
    recall : callable
        The answers at one cutoff for all customers known then, see ``recall_history``.
    """
    newest = max(origin.ends_at for origin in origins)
    past = {window: recall(window) for window in panel.answerable(newest)}
    by_window = []
    for origin in origins:
        errors = learn_totals(panel.answerable(origin.as_of), past.__getitem__)
        parts = parts_of(panel, origin)
        by_window.append({name: _total(origin, past[origin].part(rows), errors) for name, rows in parts.items()})
    return {name: tuple(totals[name] for totals in by_window) for name in by_window[0]}


def parts_of(panel: Panel, window: Window) -> dict[str, BoolArray]:
    """The customers known at a cutoff, all of them and by what a list may be filtered by, as they were known then."""
    customers = panel.known_at(window)
    is_active = customers["is_active"].to_numpy()
    thresholds = segment_thresholds(panel.learned_by(window.as_of))
    segments = np.array(decide_segments(customers[list(FEATURE_NAMES)].to_numpy(), thresholds))
    return {
        EVERYBODY: np.ones(len(customers), dtype=bool),
        "active": is_active,
        "inactive": ~is_active,
        **{segment.value: segments == segment for segment in Segment},
    }


def _total(origin: Window, answers: PastWindow, errors: TotalErrors | None) -> WindowTotal:
    low, high = (None, None) if errors is None else errors.interval_80(answers.spend, answers.probability)
    return WindowTotal(
        cutoff=f"{origin.as_of:%Y-%m-%d}",
        forecast=round(float(answers.spend.sum()), 2),
        low=None if low is None else round(low, 2),
        high=None if high is None else round(high, 2),
        realised=round(float(answers.actual.sum()), 2),
    )
