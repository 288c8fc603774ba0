"""One figure of the page: a drawing, what to see in it, what good looks like, and its numbers as a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from html import escape


class Verdict(StrEnum):
    """Whether what is seen is what good looks like; told by word and shape, not by colour alone."""

    GOOD = "good"
    FAIR = "fair"
    WEAK = "weak"

    @classmethod
    def of(cls, *, good: bool, fair: bool) -> "Verdict":
        """The best that applies."""
        if good:
            return cls.GOOD
        return cls.FAIR if fair else cls.WEAK

    @property
    def html(self) -> str:
        """A chip: filled, half or empty circle, and the word."""
        return f'<span class="chip {self}">{_CIRCLES[self]} {self.capitalize()}</span>'


_CIRCLES = {Verdict.GOOD: "●", Verdict.FAIR: "◐", Verdict.WEAK: "○"}


@dataclass(frozen=True)
class Numbers:
    """What a figure shows, as a table; the first column names the row."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]

    @property
    def html(self) -> str:
        """The table, every cell escaped."""
        head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in self.header)
        body = "".join(
            f'<tr><th scope="row">{escape(row[0])}</th>'
            + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:])
            + "</tr>"
            for row in self.rows
        )
        return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


@dataclass(frozen=True)
class Figure:
    """A card of the page. ``finding`` and ``good`` are one plain sentence each; ``svg`` is ready HTML."""

    name: str
    title: str
    finding: str
    good: str = ""
    verdict: Verdict | None = None
    svg: str = ""
    numbers: Numbers | None = None
    numbers_open: bool = False

    @property
    def html(self) -> str:
        """The card."""
        chip = self.verdict.html if self.verdict else ""
        good = f'<p class="aim"><b>Good looks like:</b> {escape(self.good)}</p>' if self.good else ""
        return (
            f'<section class="card" id="{self.name}"><header><h2>{escape(self.title)}</h2>{chip}</header>'
            f'<p class="finding">{escape(self.finding)}</p>{self.svg}{good}{self._numbers()}</section>'
        )

    def _numbers(self) -> str:
        if self.numbers is None:
            return ""
        opened = " open" if self.numbers_open else ""
        return f"<details{opened}><summary>The numbers</summary>{self.numbers.html}</details>"
