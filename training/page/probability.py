"""Is the chance of a purchase honest? What was said against what happened, by band and by group of customers."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from training.evaluate import calibration_error
from training.leaderboard import GROUPS
from training.page import words
from training.page.drawing import Drawing, Scale
from training.page.evidence import Evidence, share_interval
from training.page.figure import Figure, Numbers, Verdict
from training.page.rows import draw_bullets, draw_keys
from training.page.words import NARROW, percent
from training.summary import SUMMARY

GOOD_GAP, FAIR_GAP = 0.02, 0.05
EDGES = (0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 1.0)


@dataclass(frozen=True)
class Bin:
    """Customers with neighbouring probabilities: what was said on average, the share that bought, how sure that is."""

    label: str
    said: float
    happened: float
    interval: tuple[float, float]
    customers: int

    @classmethod
    def of(cls, label: str, rows: pd.DataFrame) -> "Bin":
        """Count; of at least one row."""
        bought = rows["actual_purchase"].to_numpy(dtype=np.float64)
        return cls(
            label,
            float(rows["purchase_probability"].mean()),
            float(bought.mean()),
            share_interval(float(bought.sum()), len(rows)),
            len(rows),
        )


def band_label(band: int) -> str:
    """``5–10 %``: from one of ``EDGES`` to the next."""
    return f"{100 * EDGES[band]:.0f}–{100 * EDGES[band + 1]:.0f}{NARROW}%"


def calibration_bins(rows: pd.DataFrame) -> list[Bin]:
    """Bands of probability that are the same for every model and shop; rows without one are left out."""
    known = rows.dropna(subset=["purchase_probability"])
    bands = np.searchsorted(EDGES[1:-1], known["purchase_probability"], side="right")
    return [Bin.of(band_label(band), known[bands == band]) for band in np.unique(bands).tolist()]


def calibration_figure(evidence: Evidence) -> Figure:
    """Share of buyers against the probability that was forecast."""
    name, title = "calibration", "Can the chance of a purchase be taken at its word?"
    known = evidence.champion.dropna(subset=["purchase_probability"])
    if known.empty:
        return Figure(name, title, f"{evidence.champion_label} forecasts spend only and gives no probabilities.")
    gap = _gap(known)
    bins = calibration_bins(known)
    furthest = max(bins, key=lambda one: abs(one.said - one.happened))
    finding = (
        f"What is said and what happens differ by {100 * gap:.1f} percentage points on average; furthest apart are "
        f"customers given a chance of {percent(furthest.said)}, of whom {percent(furthest.happened)} bought."
        + _loss_of_six_numbers(evidence)
    )
    return Figure(
        name,
        title,
        finding,
        good=f"the points lie on the diagonal, on average within {100 * GOOD_GAP:.0f} percentage points.",
        verdict=Verdict.of(good=gap <= GOOD_GAP, fair=gap <= FAIR_GAP),
        svg=_draw(evidence, bins, finding),
        numbers=_numbers("Chance said", bins),
    )


def quiet_figure(evidence: Evidence) -> Figure:
    """The same for active customers and for those who have been quiet, the longer the rarer a purchase."""
    name, title = "quiet", "… also for customers who have been quiet?"
    known = evidence.champion.dropna(subset=["purchase_probability"])
    parts = [(words.GROUPS[group], known[is_in(known)]) for group, is_in in GROUPS.items()]
    groups = [Bin.of(label, part) for label, part in parts if len(part)]
    if not groups:
        return Figure(name, title, f"{evidence.champion_label} forecasts spend only and gives no probabilities.")
    last = groups[-1]
    finding = f"{last.label}: {percent(last.said, 1)} are expected to buy, and {percent(last.happened, 1)} did."
    gaps = [abs(one.said - one.happened) for one in groups]
    return Figure(
        name,
        title,
        finding,
        good="every mark sits at the end of its bar: nobody is written off, and nobody is hoped for.",
        verdict=Verdict.of(good=max(gaps) <= GOOD_GAP, fair=max(gaps) <= FAIR_GAP),
        svg=draw_bullets(
            [
                (each.label, f"{percent(each.said, 1)} → {percent(each.happened, 1)}", each.said, each.happened)
                for each in groups
            ],
            finding,
            expected="expected to buy",
            happened="bought",
        ),
        numbers=_numbers("Customers", groups),
    )


def _numbers(first: str, bins: list[Bin]) -> Numbers:
    return Numbers(
        [first, "Said, average", "Bought", "95 % interval", "Customers"],
        [
            [
                one.label,
                percent(one.said, 1),
                percent(one.happened, 1),
                f"{percent(one.interval[0], 1)} to {percent(one.interval[1], 1)}",
                f"{one.customers:,}",
            ]
            for one in bins
        ],
    )


def _gap(known: pd.DataFrame) -> float:
    bought: npt.NDArray[np.bool_] = known["actual_purchase"].to_numpy(dtype=np.bool_)
    return calibration_error(bought, known["purchase_probability"].to_numpy(dtype=np.float64))


def _loss_of_six_numbers(evidence: Evidence) -> str:
    """What the recency/frequency formula gives away against the champion's probability."""
    models = evidence.leaderboard.models
    best, formula = (models.get(name, {}).get("auc") for name in (evidence.champion_name, SUMMARY))
    if best is None or formula is None or evidence.champion_name == SUMMARY:
        return ""
    return (
        f" The formula of recency and frequency that answers for six numbers ranks worse: AUC {formula:.3f} "
        f"against {best:.3f}, a loss of {best - formula:.3f}."
    )


def _draw(evidence: Evidence, bins: list[Bin], description: str) -> str:
    rival = [] if evidence.rival is None else calibration_bins(evidence.rival)
    end = min(1.0, np.ceil(5 * max(max(one.said, one.interval[1]) for one in [*bins, *rival])) / 5)
    drawing = Drawing(350)
    x, y = Scale(0, end, 40, 350), Scale(0, end, 306, 30)
    for tick in x.ticks(5):
        drawing.line((x.start, y(tick)), (x.end, y(tick)), "grid")
        drawing.words((x.start - 6, y(tick) + 4), f"{100 * tick:.0f}{NARROW}%", "quiet figure", "end")
        if tick:
            drawing.words(
                (x(tick), 324), f"{100 * tick:.0f}{NARROW}%", "quiet figure", "end" if tick == end else "middle"
            )
    drawing.words((x(end / 2), 343), "chance of a purchase, as forecast", "quiet", "middle")
    drawing.words((x.start + 8, 46), "share that bought", "quiet")
    drawing.line((x(0), y(0)), (x(end), y(end)), "guide")
    drawing.words((x.end, y(end * 0.07)), "buys less often than forecast", "quiet", "end")
    if rival:
        drawing.curve([(x(one.said), y(one.happened)) for one in rival], "curve rival-line")
    drawing.curve([(x(one.said), y(one.happened)) for one in bins], "curve champion-line")
    for one in bins:
        drawing.line((x(one.said), y(one.interval[0])), (x(one.said), y(one.interval[1])), "champion-whisker")
        drawing.dot((x(one.said), y(one.happened)), "champion-dot")
    keys = [("dot champion-dot", evidence.champion_label)]
    draw_keys(drawing, [*keys, ("dot rival-dot", evidence.rival_label)] if rival else keys)
    return drawing.svg(description)
