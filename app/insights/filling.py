"""Templates that are read once and filled for many customers; the texts are those of ``Facts.fill``."""

import re
from collections.abc import Callable, Mapping, Sequence

from app.insights.currency import money_reader
from app.insights.facts import KINDS, NOUNS, PLACEHOLDER, Kind, format_count, format_share

Reader = Callable[[float], str]


class Filling:
    """One template, ready for the numbers of customers.

    Parameters
    ----------
    template : str
        Prose with the names of ``KINDS`` in braces; a placeholder that nobody knows stays as it is.
    currency : str
        ISO 4217 code of every amount of money.
    """

    def __init__(self, template: str, currency: str) -> None:
        self._slots: list[tuple[str, Reader]] = []
        pieces, end = [], 0
        for match in PLACEHOLDER.finditer(template):
            if match["name"] in KINDS:
                pieces.append(template[end : match.start()].replace("%", "%%"))
                self._slots.append((match["name"], _reader(match, currency)))
                end = match.end()
        self._format = "%s".join([*pieces, template[end:].replace("%", "%%")])

    def fill(self, numbers: Mapping[str, Sequence[float]]) -> list[str]:
        """The text of each customer; ``numbers`` has one sequence per name, all of the same length."""
        if not self._slots:
            return [self._format % ()] * len(next(iter(numbers.values())))
        columns = [map(read, numbers[name]) for name, read in self._slots]
        return [self._format % row for row in zip(*columns, strict=True)]


def _reader(match: re.Match[str], currency: str) -> Reader:
    """How the number of one placeholder reads, together with the noun that the writer has put."""
    kind, noun, gap = KINDS[match["name"]], match["noun"], match["gap"]
    if kind in (Kind.MONEY, Kind.SHARE):
        read = money_reader(currency) if kind is Kind.MONEY else format_share
        after = "" if noun is None else gap + noun
        return (lambda value: read(value) + after) if after else read
    pair = NOUNS[kind][0] if noun is None else next((pair for pair in NOUNS[kind] if noun in pair), None)
    if pair is None:
        one, many = (f" {word}{gap}{noun}" for word in NOUNS[kind][0])
    elif noun is None:
        one, many = (f" {word}" for word in pair)
    else:
        one, many = gap + pair[0], gap + (pair[0] if gap == "-" else pair[1])
    return lambda value: format_count(value) + (one if value == 1 else many)
