"""Is the chance of a purchase honest? What was said against what happened."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from training.evaluate import calibration_error
from training.page.drawing import Drawing, Scale, round_step
from training.page.evidence import GROUPS, Evidence, share_interval
from training.page.figure import Figure, Numbers, Verdict
from training.page.rows import draw_keys
from training.page.words import NARROW, percent

SIX_NUMBERS = "summary_lasso"
GOOD_GAP, FAIR_GAP = 0.02, 0.05


@dataclass(frozen=True)
class Bin:
    """Customers with neighbouring probabilities: what was said on average, the share that bought, how sure that is."""

    said: float
    happened: float
    interval: tuple[float, float]
    customers: int


def calibration_bins(rows: pd.DataFrame) -> list[Bin]:
    """Ten bins of equal count in order of probability; rows without one are left out."""
    known = rows.dropna(subset=["purchase_probability"]).sort_values("purchase_probability", kind="stable")
    said = known["purchase_probability"].to_numpy(dtype=np.float64)
    bought = known["actual_purchase"].to_numpy(dtype=np.float64)
    return [
        Bin(
            float(said[part].mean()),
            float(bought[part].mean()),
            share_interval(float(bought[part].sum()), len(part)),
            len(part),
        )
        for part in np.array_split(np.arange(len(known)), GROUPS)
        if len(part)
    ]


def calibration_figure(evidence: Evidence) -> Figure:
    """Share of buyers against the probability that was forecast."""
    name, title = "calibration", "Can the chance of a purchase be taken at its word?"
    known = evidence.champion.dropna(subset=["purchase_probability"])
    if known.empty:
        return Figure(name, title, f"{evidence.champion_label} forecasts spend only and gives no probabilities.")
    gap = calibration_error(
        known["actual_purchase"].to_numpy(dtype=np.bool_), known["purchase_probability"].to_numpy(dtype=np.float64)
    )
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
        numbers=Numbers(
            ["Chance said, average", "Bought", "95 % interval", "Customers"],
            [
                [
                    percent(one.said, 1),
                    percent(one.happened, 1),
                    f"{percent(one.interval[0])} to {percent(one.interval[1])}",
                    f"{one.customers:,}",
                ]
                for one in bins
            ],
        ),
    )


def _loss_of_six_numbers(evidence: Evidence) -> str:
    """What the recency/frequency formula gives away against the champion's probability."""
    models = evidence.leaderboard.models
    best, formula = (models.get(name, {}).get("auc") for name in (evidence.leaderboard.champion, SIX_NUMBERS))
    if best is None or formula is None or evidence.leaderboard.champion == SIX_NUMBERS:
        return ""
    return (
        f" The formula of recency and frequency that answers for six numbers ranks worse: AUC {formula:.3f} "
        f"against {best:.3f}, a loss of {best - formula:.3f}."
    )


def _draw(evidence: Evidence, bins: list[Bin], description: str) -> str:
    rival = [] if evidence.rival is None else calibration_bins(evidence.rival)
    highest = max(max(one.said, one.interval[1]) for one in [*bins, *rival])
    step = round_step(highest / 5)
    end = min(1.0, step * int(np.ceil(highest / step - 1e-9)))
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
