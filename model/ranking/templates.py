"""Templates that are read once and filled for one customer or many."""

from collections.abc import Callable, Mapping
from functools import cache, lru_cache, partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from model.currency import SIGNS, format_amount, minor_decimals
from model.ranking.placeholders import KINDS, NOUNS, PLACEHOLDER, Kind, format_count, format_share

FloatArray = npt.NDArray[np.float64]

# Customers have few different counts; each is worded once.
COUNTS_KEPT = 1000


class Figure(NamedTuple):
    """A number as it reads in a text: a count with its noun, an amount without its sign."""

    name: str
    read: Callable[[float], str]


class Filling:
    """One template, ready for the numbers of customers.

    Parameters
    ----------
    template : str
        Prose with names of ``kinds`` in braces; a placeholder that nobody knows stays as it is.
    currency : str
        ISO 4217 code of every amount of money.
    kinds : mapping
        What each number counts, by name.
    """

    def __init__(self, template: str, currency: str, kinds: Mapping[str, Kind] = KINDS) -> None:
        self.figures: list[Figure] = []
        self._text, end = "", 0
        for match in PLACEHOLDER.finditer(template):
            name, gap, noun = match["name"], match["gap"], match["noun"]
            if (kind := kinds.get(name)) is None:
                continue
            self._text += _escaped(template[end : match.start()])
            if kind is Kind.MONEY:
                self._text += SIGNS.get(currency, f"{currency} ")
                self.figures.append(Figure(name, partial(format_amount, decimals=minor_decimals(currency))))
            elif kind is Kind.SHARE:
                self.figures.append(Figure(name, format_share))
            else:
                self.figures.append(Figure(name, _counted(*_nouns(kind, gap, noun))))
            self._text += "%s"
            end = match.start("gap") if noun and kind in (Kind.MONEY, Kind.SHARE) else match.end()
        self._text += _escaped(template[end:])

    def fill(self, numbers: Mapping[str, FloatArray]) -> list[str]:
        """The text of each customer; ``numbers`` has an array of shape (n_customers,) for each name."""
        if not self.figures:
            return [self._text % ()] * len(next(iter(numbers.values())))
        columns = [map(figure.read, numbers[figure.name].tolist()) for figure in self.figures]
        return [self._text % figures for figures in zip(*columns, strict=True)]

    def fill_one(self, numbers: Mapping[str, float]) -> str:
        """The text of one customer."""
        return self._text % tuple([figure.read(numbers[figure.name]) for figure in self.figures])


def _escaped(prose: str) -> str:
    return prose.replace("%", "%%")


@cache
def _counted(one: str, many: str) -> Callable[[float], str]:
    # Zero and minus zero are the same to a cache, and shall read the same.
    return lru_cache(COUNTS_KEPT)(lambda value: format_count(value + 0.0) + (one if value == 1 else many))


def _nouns(kind: Kind, gap: str | None, noun: str | None) -> tuple[str, str]:
    """What follows a count of one, and of any other number."""
    pairs = NOUNS[kind]
    if noun is None:
        return f" {pairs[0][0]}", f" {pairs[0][1]}"
    pair = next((pair for pair in pairs if noun in pair), None)
    if pair is None:
        return f" {pairs[0][0]}{gap}{noun}", f" {pairs[0][1]}{gap}{noun}"
    return f"{gap}{pair[0]}", f"{gap}{pair[0 if gap == '-' else 1]}"
