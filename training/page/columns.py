"""Charts of columns: one place per window or group from left to right, a value axis with round numbers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from training.page.drawing import WIDTH, Drawing, Scale
from training.page.rows import draw_keys

HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 268.0, 40.0, 4.0, 28.0, 34.0
MOST_LABELS = 8


@dataclass(frozen=True)
class Frame:
    """An empty chart: the drawing, the value axis and the middle of each column."""

    drawing: Drawing
    value: Scale
    places: Sequence[float]
    width: float

    @property
    def is_roomy(self) -> bool:
        """Whether every column has room for words of its own."""
        return len(self.places) <= MOST_LABELS


def column_frame(
    labels: Sequence[tuple[str, str]],
    span: tuple[float, float],
    tick_words: Callable[[float], str],
    *,
    keys: Sequence[tuple[str, str]],
    band: tuple[float, float] | None = None,
) -> Frame:
    """Grid, value axis, two lines of words under each column, and a band where good values lie."""
    drawing = Drawing(HEIGHT)
    value = Scale(*span, HEIGHT - BOTTOM, TOP)
    width = (WIDTH - LEFT - RIGHT) / max(len(labels), 1)
    places = [LEFT + width * (index + 0.5) for index in range(len(labels))]
    if band is not None:
        drawing.bar((LEFT, value(band[0])), (WIDTH - RIGHT, value(band[1])), "band")
    for tick in value.ticks():
        drawing.line((LEFT, value(tick)), (WIDTH - RIGHT, value(tick)), "grid")
        drawing.words((LEFT - 6, value(tick) + 4), tick_words(tick), "quiet figure", "end")
    every = -(-len(labels) // MOST_LABELS)
    for index, (place, (upper, lower)) in enumerate(zip(places, labels, strict=True)):
        if index % every == 0:
            drawing.words((place, HEIGHT - BOTTOM + 16), upper, "quiet", "middle")
            drawing.words((place, HEIGHT - BOTTOM + 30), lower, "quiet", "middle")
    draw_keys(drawing, keys)
    return Frame(drawing, value, places, width)
