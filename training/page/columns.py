"""Charts of columns: one place per window or group from left to right, a value axis with round numbers."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from training.page.drawing import WIDTH, Drawing, Scale
from training.page.rows import draw_keys

HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 282.0, 40.0, 4.0, 44.0, 34.0
LETTER = 7.0


@dataclass(frozen=True)
class Frame:
    """An empty chart: the drawing, the value axis and the middle of each column."""

    drawing: Drawing
    value: Scale
    places: Sequence[float]
    width: float

    def write_values(self, values: Sequence[str]) -> None:
        """A value above each column, in one line, where there is room."""
        every = _every(values, self.width)
        for place, words in list(zip(self.places, values, strict=True))[::every]:
            self.drawing.words((place, TOP - 10), words, "ink figure", "middle")


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
    every = _every([upper for upper, _ in labels], width)
    for index, (place, (upper, lower)) in enumerate(zip(places, labels, strict=True)):
        if index % every == 0:
            drawing.words((place, HEIGHT - BOTTOM + 16), upper, "quiet", "middle")
            drawing.words((place, HEIGHT - BOTTOM + 30), lower, "quiet", "middle")
    draw_keys(drawing, keys)
    return Frame(drawing, value, places, width)


def _every(words: Sequence[str], width: float) -> int:
    """Every how many columns there is room for words."""
    longest = max((LETTER * len(word) + 6 for word in words), default=0.0)
    return max(1, math.ceil(longest / width))
