"""What moves a forecast: the features by their mean absolute contribution."""

import pandas as pd

from training.page.drawing import Drawing
from training.page.evidence import Evidence
from training.page.figure import Figure, Numbers
from training.page.rows import Row, Track, draw_rows, track_scale
from training.page.words import feature_label, listed, percent, shortened

SHOWN = 10
TOP = 3
LABEL_LENGTH = 44


def importance_figure(evidence: Evidence) -> Figure:
    """The features that move a forecast most, in currency."""
    name, title = "importance", "What moves a forecast?"
    if evidence.importance is None or not evidence.importance.abs().sum() > 0:
        return Figure(name, title, f"No contributions of features were measured for {evidence.champion_label}.")
    ranked = _ranked(evidence.importance)
    total = sum(moved for _, moved in ranked)
    names = [f"“{feature_label(feature)}”" for feature, _ in ranked[:TOP]]
    finding = (
        f"Of {len(ranked)} features, {listed(names)} do {percent(sum(moved for _, moved in ranked[:TOP]) / total)} of "
        f"the moving; the first alone moves a forecast by {evidence.money(ranked[0][1])} on average."
    )
    scale = track_scale(0, ranked[0][1])
    rows = [
        Row(shortened(feature_label(feature), LABEL_LENGTH), evidence.drawn_money(moved), _bar(scale(moved)))
        for feature, moved in ranked[:SHOWN]
    ]
    return Figure(
        name,
        title,
        finding,
        good="things that a shopkeeper would name too, recent orders and rhythm first, and no single one deciding all.",
        svg=draw_rows(rows, finding),
        numbers=Numbers(
            ["Feature", "Meaning", "Moves a forecast by", "Share"],
            [
                [feature, feature_label(feature), evidence.money(moved), percent(moved / total, 1)]
                for feature, moved in ranked
            ],
        ),
    )


def _ranked(importance: pd.Series) -> list[tuple[str, float]]:
    moved = importance.abs().sort_values(ascending=False, kind="stable")
    return [(str(feature), float(value)) for feature, value in moved.items()]


def _bar(end: float) -> Track:
    def draw(drawing: Drawing, height: float) -> None:
        drawing.bar((2, height - 4), (end, height + 4), "champion-fill")

    return draw
