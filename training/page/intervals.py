"""Does the 80 % range hold what it promises those who buy? Its coverage by window and by chance of a purchase."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from training.page.columns import column_frame
from training.page.evidence import Evidence, by_window, covered, share_interval, with_interval
from training.page.figure import Figure, Numbers, Verdict
from training.page.probability import EDGES, band_label
from training.page.windows import window_labels
from training.page.words import day, percent

PROMISED = 0.8
BAND = (0.76, 0.84)
WIDE_BAND = (0.70, 0.90)
MOST_GROUPS = 0.8


@dataclass(frozen=True)
class Coverage:
    """How many of a group's buyers spent inside their range."""

    label: str
    inside: int
    buyers: int

    @property
    def share(self) -> float:
        """Of the buyers."""
        return self.inside / self.buyers


def coverage_by_window_figure(evidence: Evidence) -> Figure:
    """Coverage among buyers in each window."""
    buyers = with_interval(evidence.champion)
    inside = covered(buyers)
    windows = [_coverage(day(at), inside.loc[rows.index]) for at, rows in by_window(buyers)]
    labels = window_labels([at for at, _ in by_window(buyers)])
    return _figure(
        evidence, "coverage-windows", "If they buy: does the 80 % range hold in every window?", windows, labels
    )


def coverage_by_chance_figure(evidence: Evidence) -> Figure:
    """Coverage among buyers by the chance of a purchase that they were given."""
    buyers = with_interval(evidence.champion)
    inside = covered(buyers)
    bands = pd.cut(buyers["purchase_probability"], EDGES, labels=False, include_lowest=True)
    groups = [(band_label(band), inside[bands == band]) for band in sorted(bands.dropna().unique().astype(int))]
    labels = [(label, "") for label, _ in groups]
    return _figure(
        evidence,
        "coverage-chances",
        "… and for likely and unlikely buyers alike?",
        [_coverage(label, each) for label, each in groups],
        labels,
    )


def _figure(
    evidence: Evidence, name: str, title: str, groups: Sequence[Coverage], labels: Sequence[tuple[str, str]]
) -> Figure:
    if not groups:
        return Figure(name, title, f"{evidence.champion_label} gives no ranges, or nobody bought.")
    shares = [one.share for one in groups]
    pooled = sum(one.inside for one in groups) / sum(one.buyers for one in groups)
    finding = f"{percent(pooled, 1)} of those who bought spent an amount inside their range"
    if len(groups) > 1:
        finding += f", between {percent(min(shares))} and {percent(max(shares))} by group"
    return Figure(
        name,
        title,
        finding + ".",
        good=f"all points inside the shaded band, {percent(BAND[0])} to {percent(BAND[1])}: a range that is always "
        "right is too wide to help.",
        verdict=Verdict.of(
            good=_share_in(BAND, shares) >= MOST_GROUPS, fair=_share_in(WIDE_BAND, shares) >= MOST_GROUPS
        ),
        svg=_draw(groups, labels, finding),
        numbers=Numbers(
            ["", "Inside the range", "Buyers", "Coverage"],
            [[one.label, f"{one.inside:,}", f"{one.buyers:,}", percent(one.share, 1)] for one in groups],
        ),
    )


def _coverage(label: str, inside: "pd.Series[bool]") -> Coverage:
    return Coverage(label, int(inside.sum()), len(inside))


def _share_in(band: tuple[float, float], shares: Sequence[float]) -> float:
    return sum(band[0] <= share <= band[1] for share in shares) / len(shares)


def _draw(groups: Sequence[Coverage], labels: Sequence[tuple[str, str]], description: str) -> str:
    intervals = [share_interval(one.inside, one.buyers) for one in groups]
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
