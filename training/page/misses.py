"""The ten largest misses: where the forecast was furthest from what happened."""

from dataclasses import dataclass

import pandas as pd

from training.page.drawing import Drawing, Scale
from training.page.evidence import Evidence
from training.page.figure import Figure, Numbers
from training.page.rows import Row, Track, draw_rows, track_scale
from training.page.words import NOTHING, day, percent, shortened

SHOWN = 10
ID_LENGTH = 16


@dataclass(frozen=True)
class Miss:
    """One forecast and what happened; ``interval`` is None where the model gives none."""

    customer_id: str
    cutoff: pd.Timestamp
    forecast: float
    spent: float
    interval: tuple[float, float] | None

    @property
    def residual(self) -> float:
        """What was spent less what was forecast."""
        return self.spent - self.forecast


def largest_misses(rows: pd.DataFrame) -> list[Miss]:
    """The ten forecasts furthest from what was spent, either way, the furthest first."""
    residual = (rows["actual_spend"] - rows["predicted_spend"]).abs()
    worst = rows.loc[residual.sort_values(ascending=False, kind="stable").index[:SHOWN]]
    return [
        Miss(
            str(row["customer_id"]),
            pd.Timestamp(row["cutoff"]),
            float(row["predicted_spend"]),
            float(row["actual_spend"]),
            None
            if pd.isna(row["spend_if_purchase_low"])
            else (float(row["spend_if_purchase_low"]), float(row["spend_if_purchase_high"])),
        )
        for row in worst.to_dict("records")
    ]


def misses_figure(evidence: Evidence) -> Figure:
    """Forecast and actual spend of the ten largest misses."""
    misses = largest_misses(evidence.champion)
    squared = float(((evidence.champion["actual_spend"] - evidence.champion["predicted_spend"]) ** 2).sum())
    share = sum(miss.residual**2 for miss in misses) / squared if squared > 0 else 0.0
    above = sum(miss.residual > 0 for miss in misses)
    finding = (
        f"These {len(misses)} of {len(evidence.champion):,} forecasts make {percent(share)} of all squared error; "
        f"{above} of these customers spent more than forecast, {len(misses) - above} less."
    )
    return Figure(
        "misses",
        "Where was it furthest off?",
        finding,
        good="a few known wholesalers, on both sides, and no ordinary customers; the largest accounts deserve a phone "
        "call, not a forecast.",
        svg=_draw(evidence, misses, finding),
        numbers=Numbers(
            ["Customer", "Window from", "Forecast", "If they buy, 80 %", "Spent", "Residual"],
            [
                [
                    miss.customer_id,
                    day(miss.cutoff),
                    evidence.money(miss.forecast),
                    " to ".join(map(evidence.money, miss.interval)) if miss.interval else NOTHING,
                    evidence.money(miss.spent),
                    evidence.money(miss.residual),
                ]
                for miss in misses
            ],
        ),
    )


def _draw(evidence: Evidence, misses: list[Miss], description: str) -> str:
    highest = max(max(miss.forecast, miss.spent, *(miss.interval or ())) for miss in misses)
    scale = track_scale(0, highest, margin=5)
    rows = [
        Row(
            f"{shortened(miss.customer_id, ID_LENGTH)} · {day(miss.cutoff)}",
            f"{evidence.drawn_money(miss.forecast)} → {evidence.drawn_money(miss.spent)}",
            _dumbbell(scale, miss),
        )
        for miss in misses
    ]
    keys = (("dot champion-dot", "forecast"), ("dot actual", "spent"), ("bar range", "80 % if they buy"))
    return draw_rows(rows, description, keys=keys)


def _dumbbell(scale: Scale, miss: Miss) -> Track:
    def draw(drawing: Drawing, height: float) -> None:
        drawing.line((scale.start, height), (scale.end, height), "grid")
        if miss.interval:
            drawing.bar((scale(miss.interval[0]), height - 4.5), (scale(miss.interval[1]), height + 4.5), "range")
        drawing.line((scale(miss.forecast), height), (scale(miss.spent), height), "residual")
        drawing.dot((scale(miss.spent), height), "actual")
        drawing.dot((scale(miss.forecast), height), "champion-dot")

    return draw
