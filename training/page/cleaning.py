"""From the export to the lines that count: what cleaning left out, and why."""

from model.cleaning import ABSENT, POLICIES, CleaningReport, DroppedLines
from training.page.drawing import Drawing, Scale
from training.page.evidence import Evidence
from training.page.figure import Figure, Numbers
from training.page.rows import Row, Track, draw_rows, track_scale
from training.page.words import MINUS, percent


def cleaning_figure(evidence: Evidence) -> Figure:
    """Lines read, lines left out by reason, lines kept."""
    name, title = "cleaning", "Which order lines count?"
    data = evidence.card.data
    if data is None or data.lines_read == 0:
        return Figure(name, title, "The model card says nothing of the data that it was trained on.")
    kept = data.lines_kept / data.lines_read
    finding = f"{data.lines_kept:,} of {data.lines_read:,} order lines count, {percent(kept, 1)}"
    largest = max(data.dropped, key=lambda drop: drop.lines, default=None)
    if largest is not None and largest.lines:
        finding += (
            f"; most of the others fell for “{largest.reason}”: {largest.lines:,} lines with "
            f"{percent(largest.share_of_spend, 1)} of the spend"
        )
    finding += f"; {POLICIES[data.returns]}"
    finding += "".join(f"; the export has no {role}: {ABSENT[role]}" for role in data.missing_columns)
    return Figure(
        name,
        title,
        finding + ".",
        good="no reason takes a large share of the spend that nobody can explain.",
        svg=_draw(data, finding),
        numbers=Numbers(
            ["", "Lines", "Share of lines", "Share of spend"],
            [
                ["read", f"{data.lines_read:,}", percent(1, 1), ""],
                *(
                    [
                        f"{MINUS} {drop.reason}",
                        f"{drop.lines:,}",
                        percent(drop.lines / data.lines_read, 1),
                        percent(drop.share_of_spend, 1),
                    ]
                    for drop in data.dropped
                ),
                ["kept", f"{data.lines_kept:,}", percent(kept, 1), ""],
            ],
        ),
    )


def _draw(data: CleaningReport, description: str) -> str:
    scale = track_scale(0, data.lines_read)
    rows = [Row("Lines in the export", f"{data.lines_read:,}", _bar(scale, 0, data.lines_read, "actual"))]
    left = data.lines_read
    for drop in data.dropped:
        rows.append(Row(_reason(drop), f"{MINUS}{drop.lines:,}", _bar(scale, left - drop.lines, left, "dropped")))
        left -= drop.lines
    rows.append(
        Row("Lines that count", f"{data.lines_kept:,}", _bar(scale, 0, data.lines_kept, "champion-fill"), "bold")
    )
    return draw_rows(rows, description)


def _reason(drop: DroppedLines) -> str:
    return f"{MINUS} {drop.reason}"


def _bar(scale: Scale, low: float, high: float, style: str) -> Track:
    def draw(drawing: Drawing, height: float) -> None:
        drawing.bar((scale.start, height - 4), (scale.end, height + 4), "rail")
        drawing.bar((scale(low), height - 4), (max(scale(high), scale(low) + 1), height + 4), style)

    return draw
