"""Does the 80 % range hold what it promises? Its coverage by window and by size of the forecast."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from training.page.columns import column_frame
from training.page.evidence import Evidence, by_window, covered, share_interval, tenth_labels, tenths
from training.page.figure import Figure, Numbers, Verdict
from training.page.windows import window_labels
from training.page.words import day, percent

PROMISED = 0.8
BAND = (0.76, 0.86)
WIDE_BAND = (0.70, 0.90)
MOST_GROUPS = 0.8
# Of buyers fewer are inside: the range of a doubtful customer begins at nothing and may end there.
BUYERS = 0.6


@dataclass(frozen=True)
class Coverage:
    """How many of a group's customers spent inside their range."""

    label: str
    inside: int
    customers: int

    @property
    def share(self) -> float:
        """Of the customers."""
        return self.inside / self.customers


def coverage_by_window_figure(evidence: Evidence) -> Figure:
    """Coverage of the 80 % range in each window."""
    name, title = "coverage-windows", "Does the 80 % range hold in every window?"
    known = _with_interval(evidence.champion)
    if known.empty:
        return Figure(name, title, f"{evidence.champion_label} gives no ranges.")
    inside = covered(known)
    windows = [_coverage(day(at), inside.loc[rows.index]) for at, rows in by_window(known)]
    buyers = inside[known["actual_purchase"].astype(bool)]
    finding = f"{percent(float(inside.mean()), 1)} of customers spent an amount inside their range"
    if len(windows) > 1:
        shares = [one.share for one in windows]
        finding += f", between {percent(min(shares))} and {percent(max(shares))} by window"
    finding += f"; among those who bought, {percent(float(buyers.mean()))} did." if len(buyers) else "; nobody bought."
    return Figure(
        name,
        title,
        finding,
        good=f"all points inside the shaded band, {percent(BAND[0])} to {percent(BAND[1])}: a range that is always "
        f"right is too wide to help; and at least {percent(BUYERS)} among buyers.",
        verdict=_verdict(windows, among_buyers=float(buyers.mean()) if len(buyers) else None),
        svg=_draw(windows, window_labels([at for at, _ in by_window(known)]), finding),
        numbers=_numbers("Window from", windows),
    )


def coverage_by_decile_figure(evidence: Evidence) -> Figure:
    """Coverage of the 80 % range in ten groups, the highest forecasts first."""
    name, title = "coverage-deciles", "… and for large and small customers alike?"
    known = _with_interval(evidence.champion)
    if known.empty:
        return Figure(name, title, f"{evidence.champion_label} gives no ranges.")
    inside = covered(known)
    groups = tenths(known["predicted_spend"].to_numpy(dtype=np.float64))
    by_decile = [
        _coverage(label, inside.iloc[group]) for label, group in zip(tenth_labels(len(groups)), groups, strict=True)
    ]
    lowest = min(by_decile, key=lambda one: one.share)
    within = sum(BAND[0] <= one.share <= BAND[1] for one in by_decile)
    finding = (
        f"{within} of {len(by_decile)} groups lie in the band; the lowest is "
        f"{lowest.label[0].lower()}{lowest.label[1:]} with {percent(lowest.share)}."
    )
    labels = [(str(index), "highest" if index == 1 else "") for index in range(1, len(groups) + 1)]
    labels[-1] = (labels[-1][0], "lowest")
    return Figure(
        name,
        title,
        finding,
        good="a level row of points: the range is as honest for the best customers as for the others.",
        verdict=_verdict(by_decile),
        svg=_draw(by_decile, labels, finding),
        numbers=_numbers("Customers by forecast", by_decile),
    )


def _with_interval(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.dropna(subset=["interval_low", "interval_high"])


def _coverage(label: str, inside: pd.Series) -> Coverage:
    return Coverage(label, int(inside.sum()), len(inside))


def _verdict(groups: Sequence[Coverage], *, among_buyers: float | None = None) -> Verdict:
    def share_in(band: tuple[float, float]) -> float:
        return sum(band[0] <= one.share <= band[1] for one in groups) / len(groups)

    reaches_buyers = among_buyers is None or among_buyers >= BUYERS
    return Verdict.of(good=share_in(BAND) >= MOST_GROUPS and reaches_buyers, fair=share_in(WIDE_BAND) >= MOST_GROUPS)


def _numbers(first: str, groups: Sequence[Coverage]) -> Numbers:
    return Numbers(
        [first, "Inside the range", "Customers", "Coverage"],
        [[one.label, f"{one.inside:,}", f"{one.customers:,}", percent(one.share, 1)] for one in groups],
    )


def _draw(groups: Sequence[Coverage], labels: Sequence[tuple[str, str]], description: str) -> str:
    intervals = [share_interval(one.inside, one.customers) for one in groups]
    low = min(0.6, *(np.floor(10 * interval[0]) / 10 for interval in intervals))
    frame = column_frame(
        labels, (low, 1.0), percent, keys=(("dot champion-dot", "share inside its 80 % range"),), band=BAND
    )
    drawing, value = frame.drawing, frame.value
    edges = frame.places[0] - frame.width / 2, frame.places[-1] + frame.width / 2
    drawing.line((edges[0], value(PROMISED)), (edges[1], value(PROMISED)), "zero")
    for place, one, interval in zip(frame.places, groups, intervals, strict=True):
        drawing.line((place, value(interval[0])), (place, value(interval[1])), "champion-whisker")
        drawing.dot((place, value(one.share)), "champion-dot")
    frame.write_values([percent(one.share) for one in groups])
    return drawing.svg(description)
