"""What the models rest on: how much history they need, and whether BG/NBD's sister may assume what it does."""

import pandas as pd

from training.page.columns import column_frame
from training.page.drawing import round_step
from training.page.evidence import Evidence
from training.page.figure import Figure, Numbers, Verdict
from training.page.windows import window_labels
from training.page.words import day, number, percent

# Weaker than this, a rank correlation moves an order value by little.
WEAK, STRONG = 0.1, 0.3
ERROR = "rmse_w99"


def learning_figure(evidence: Evidence) -> Figure:
    """The error on the same windows by the number of windows that the history model learned from."""
    name, title = "learning", "How many past months does it need?"
    curve = {count: metrics for count, metrics in evidence.leaderboard.learned_from.items() if metrics.get(ERROR)}
    if len(curve) < 2:
        return Figure(name, title, "The history is too short to tell: a model learns from at least four windows.")
    errors = {count: metrics[ERROR] or 0.0 for count, metrics in curve.items()}
    least, most = min(count for count in curve if count), max(curve)
    finding = (
        f"Learned from {least} windows of 30 days the typical error is {evidence.money(errors[least])}, from {most} it "
        f"is {evidence.money(errors[most])}; BG/NBD, which needs none, has {evidence.money(errors[0])}."
    )
    # What the curve shows lies between the values, not between them and nothing.
    step = round_step((max(errors.values()) - min(errors.values())) / 3)
    low, high = step * (min(errors.values()) // step), -step * (-max(errors.values()) // step)
    frame = column_frame(
        [("BG/NBD" if count == 0 else str(count), "" if count == 0 else "windows") for count in errors],
        (low, high if high > low else low + step),
        evidence.short_money,
        keys=(("dot champion-dot", "typical error, all known customers"),),
    )
    points = [(place, frame.value(error)) for place, error in zip(frame.places, errors.values(), strict=True)]
    frame.drawing.curve(points[1:], "curve champion-line")
    for index, point in enumerate(points):
        frame.drawing.dot(point, "champion-dot" if index else "rival-dot")
    frame.write_values([evidence.money(error) for error in errors.values()])
    return Figure(
        name,
        title,
        finding,
        good="the line falls below BG/NBD from the first point on, and is level at its end.",
        verdict=Verdict.of(good=errors[least] <= errors[0], fair=errors[most] <= errors[0]),
        svg=frame.drawing.svg(finding),
        numbers=Numbers(
            ["Windows learned from", "Typical error", "Ranking", "Telling buyers apart", "Chance off by"],
            [
                [
                    "none (BG/NBD)" if count == 0 else str(count),
                    evidence.money(errors[count]),
                    number(metrics.get("gini")),
                    number(metrics.get("auc")),
                    percent(metrics.get("ece"), 1),
                ]
                for count, metrics in curve.items()
            ],
        ),
    )


def assumption_figure(evidence: Evidence) -> Figure:
    """Gamma-Gamma takes order value and frequency for independent: their rank correlation at each cutoff."""
    name, title = "assumption", "Do frequent customers place other orders?"
    found = {pd.Timestamp(at): value for at, value in evidence.leaderboard.value_frequency_correlation.items()}
    if not found:
        return Figure(name, title, "Nobody has bought twice, so there is nothing to compare.")
    largest = max(found.values(), key=abs)
    holds = "holds well" if abs(largest) <= WEAK else "holds roughly" if abs(largest) <= STRONG else "does not hold"
    finding = (
        f"Gamma-Gamma assumes that how much a customer spends per order says nothing of how often they order. The rank "
        f"correlation is up to {number(largest, 2)}, so the assumption {holds}; the history model corrects for both."
    )
    frame = column_frame(
        window_labels(list(found)),
        (-0.5, 0.5),
        lambda value: number(value, 1),
        keys=(("bar champion-fill", "rank correlation of order value and frequency"),),
        band=(-WEAK, WEAK),
    )
    half = min(frame.width * 0.3, 16)
    for place, value in zip(frame.places, found.values(), strict=True):
        held = min(max(value, -0.5), 0.5)
        frame.drawing.bar((place - half, frame.value(0)), (place + half, frame.value(held)), "champion-fill")
    frame.write_values([number(value, 2) for value in found.values()])
    return Figure(
        name,
        title,
        finding,
        good="short bars inside the shaded band.",
        verdict=Verdict.of(good=abs(largest) <= WEAK, fair=abs(largest) <= STRONG),
        svg=frame.drawing.svg(finding),
        numbers=Numbers(["Cutoff", "Rank correlation"], [[day(at), number(value)] for at, value in found.items()]),
    )
