"""A small drawing board: SVG that takes its colours and type from the style sheet of the page.

A drawing is 360 units wide, about the width of a phone, so that its words stay legible
there; on a desktop three of them stand side by side.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 360.0
Point = tuple[float, float]


@dataclass(frozen=True)
class Scale:
    """Where on the drawing a value lies: ``low`` at ``start``, ``high`` at ``end``, linear between."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The place of a value."""
        if self.high == self.low:
            return self.start
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self, wanted: int = 4) -> list[float]:
        """Round values from low to high, about as many as wanted."""
        step = round_step((self.high - self.low) / wanted)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [index * step for index in range(first, last + 1)]


def round_step(least: float) -> float:
    """The smallest of 1, 2, 2.5, 5 times a power of ten that is not below ``least``."""
    if least <= 0 or not math.isfinite(least):
        return 1.0
    power = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= least * (1 - 1e-9))


class Drawing:
    """Shapes and words on a board of ``WIDTH`` by ``height``; ``style`` is a class of the style sheet."""

    def __init__(self, height: float) -> None:
        self.height = height
        self._parts: list[str] = []

    def line(self, start: Point, end: Point, style: str) -> None:
        """A straight line."""
        (x1, y1), (x2, y2) = start, end
        self._parts.append(f'<line x1="{_at(x1)}" y1="{_at(y1)}" x2="{_at(x2)}" y2="{_at(y2)}" class="{style}"/>')

    def curve(self, points: Sequence[Point], style: str) -> None:
        """A line through points."""
        places = " ".join(f"{_at(x)},{_at(y)}" for x, y in points)
        self._parts.append(f'<polyline points="{places}" class="{style}"/>')

    def bar(self, corner: Point, opposite: Point, style: str) -> None:
        """A rectangle between two corners."""
        (x1, y1), (x2, y2) = corner, opposite
        self._parts.append(
            f'<rect x="{_at(min(x1, x2))}" y="{_at(min(y1, y2))}" width="{_at(abs(x2 - x1))}" '
            f'height="{_at(abs(y2 - y1))}" rx="2" class="{style}"/>'
        )

    def dot(self, centre: Point, style: str, radius: float = 4.5) -> None:
        """A round mark."""
        x, y = centre
        self._parts.append(f'<circle cx="{_at(x)}" cy="{_at(y)}" r="{_at(radius)}" class="{style}"/>')

    def words(self, place: Point, text: str, style: str = "ink", anchor: str = "start") -> None:
        """Words that begin, centre (``middle``) or ``end`` at a place."""
        x, y = place
        at_anchor = "" if anchor == "start" else f' text-anchor="{anchor}"'
        self._parts.append(f'<text x="{_at(x)}" y="{_at(y)}" class="{style}"{at_anchor}>{escape(text)}</text>')

    def svg(self, description: str) -> str:
        """The drawing as an SVG element that a screen reader announces by its description."""
        return (
            f'<svg viewBox="0 0 {WIDTH:.0f} {_at(self.height)}" role="img" '
            f'aria-label="{escape(description)}">{"".join(self._parts)}</svg>'
        )


def _at(place: float) -> str:
    return f"{place:.1f}".removesuffix(".0")
