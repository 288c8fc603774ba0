"""Totals of a backtest: what all known customers together were expected to spend, and what they spent."""

from collections.abc import Callable, Sequence

from pydantic import BaseModel, ConfigDict, Field

from model.total_spend import PastWindow
from training.panel import Panel
from training.splits import Window
from training.track_record import learn_totals


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


def backtest_totals(
    panel: Panel, origins: Sequence[Window], recall: Callable[[Window], PastWindow]
) -> tuple[WindowTotal, ...]:
    """Forecast the total of every origin, with an interval from the windows complete before it.

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
    return tuple(_window_total(origin, panel.answerable(origin.as_of), past.__getitem__) for origin in origins)


def _window_total(origin: Window, before: Sequence[Window], recall: Callable[[Window], PastWindow]) -> WindowTotal:
    spend, probability, actual = recall(origin)
    errors = learn_totals(before, recall)
    low, high = (None, None) if errors is None else errors.interval_80(spend, probability)
    return WindowTotal(
        cutoff=f"{origin.as_of:%Y-%m-%d}",
        forecast=round(float(spend.sum()), 2),
        low=None if low is None else round(low, 2),
        high=None if high is None else round(high, 2),
        realised=round(float(actual.sum()), 2),
    )
