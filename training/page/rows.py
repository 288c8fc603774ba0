"""Charts of rows: the words of a row stand above its track, so that they have the full width of a phone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from training.page.drawing import WIDTH, Drawing, Scale

TRACK = (2.0, WIDTH - 2.0)
HEADER = 22.0

Track = Callable[[Drawing, float], None]


@dataclass(frozen=True)
class Row:
    """A row: words on the left and right, and what draws its track at a height."""

    left: str
    right: str
    draw: Track
    style: str = "ink"


def draw_rows(rows: Sequence[Row], description: str, *, keys: Sequence[tuple[str, str]] = (), pitch: float = 36) -> str:
    """Rows from top to bottom, under a line of keys (mark, words)."""
    top = HEADER if keys else 0.0
    drawing = Drawing(top + pitch * len(rows) + 4)
    draw_keys(drawing, keys)
    for index, row in enumerate(rows):
        baseline = top + pitch * index + 12
        drawing.words((TRACK[0], baseline), row.left, row.style)
        drawing.words((TRACK[1], baseline), row.right, f"{row.style} figure", "end")
        row.draw(drawing, baseline + 12)
    return drawing.svg(description)


def draw_keys(drawing: Drawing, keys: Sequence[tuple[str, str]], left: float = TRACK[0]) -> None:
    """What the marks mean, in one line: ``bar`` is a block, ``ring`` and ``dot`` are round, ``mark`` is a tick."""
    for style, words in keys:
        shape, _, colour = style.partition(" ")
        if shape == "bar":
            drawing.bar((left, 3), (left + 10, 13), colour)
        elif shape == "mark":
            drawing.line((left + 5, 2), (left + 5, 14), colour)
        else:
            drawing.dot((left + 5, 8), colour)
        drawing.words((left + 15, 12), words, "quiet")
        left += 15 + 6.4 * len(words) + 16


def track_scale(low: float, high: float, *, margin: float = 0.0) -> Scale:
    """Values along the track."""
    return Scale(low, high if high > low else low + 1.0, TRACK[0] + margin, TRACK[1] - margin)


def draw_bullets(
    rows: Sequence[tuple[str, str, float, float]], description: str, *, expected: str, happened: str
) -> str:
    """Bullet chart: for each row its words on both sides, what was expected (a mark) and what happened (a bar)."""
    scale = track_scale(0, max(max(row[2:]) for row in rows) * 1.01)

    def track(told: float, came: float) -> Track:
        def draw(drawing: Drawing, height: float) -> None:
            drawing.bar((scale(0), height - 4), (scale.end, height + 4), "rail")
            drawing.bar((scale(0), height - 4), (scale(came), height + 4), "actual")
            drawing.line((scale(told), height - 6), (scale(told), height + 6), "champion-mark")

        return draw

    bullets = [Row(left, right, track(told, came)) for left, right, told, came in rows]
    return draw_rows(bullets, description, keys=(("mark champion-mark", expected), ("bar actual", happened)))
