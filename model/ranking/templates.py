"""Templates that are read once and filled for one customer or many."""

from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from itertools import repeat
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from model.currency import READABLE_BELOW, SIGNS, format_amount, minor_decimals
from model.ranking.placeholders import KINDS, NOUNS, PLACEHOLDER, Kind, format_count, format_share

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
Reader = Callable[[float], str]

# Customers have few different counts; each is worded once.
COUNTS_KEPT = 1000
PERCENT = [f"{whole}%" for whole in range(101)]


class Figure(NamedTuple):
    """A number as it reads in a text: a count with its noun, an amount without its sign."""

    name: str
    read: Reader
    read_all: Callable[[FloatArray], list[str]]


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
                self.figures.append(_amount(name, minor_decimals(currency)))
            elif kind is Kind.SHARE:
                self.figures.append(_share(name))
            else:
                self.figures.append(_count(name, *_nouns(kind, gap, noun)))
            self._text += "%s"
            end = match.start("gap") if noun and kind in (Kind.MONEY, Kind.SHARE) else match.end()
        self._text += _escaped(template[end:])

    def fill(self, numbers: Mapping[str, FloatArray]) -> list[str]:
        """The text of each customer; ``numbers`` has an array of shape (n_customers,) for each name."""
        if not self.figures:
            return [self._text % ()] * len(next(iter(numbers.values())))
        columns = [figure.read_all(numbers[figure.name]) for figure in self.figures]
        return [self._text % figures for figures in zip(*columns, strict=True)]

    def fill_one(self, numbers: Mapping[str, float]) -> str:
        """The text of one customer."""
        return self._text % tuple([figure.read(numbers[figure.name]) for figure in self.figures])


def _escaped(prose: str) -> str:
    return prose.replace("%", "%%")


@cache
def _amount(name: str, decimals: int) -> Figure:
    def read(amount: float) -> str:
        return format_amount(amount, decimals=decimals)

    def read_all(amounts: FloatArray) -> list[str]:
        positive_zeros = amounts + 0.0
        texts = list(map(float.__format__, positive_zeros.tolist(), repeat(f",.{decimals}f")))
        return _corrected(texts, amounts, np.abs(amounts) >= READABLE_BELOW, read)

    return Figure(name, read, read_all)


@cache
def _share(name: str) -> Figure:
    def read_all(shares: FloatArray) -> list[str]:
        percent = np.rint(shares * 100).astype(np.int64)
        texts = [PERCENT[whole] for whole in percent.tolist()]
        return _corrected(texts, shares, (percent == 0) | (percent == 100), format_share)

    return Figure(name, format_share, read_all)


@cache
def _count(name: str, one: str, many: str) -> Figure:
    # Zero and minus zero are the same to a cache, and shall read the same.
    read = lru_cache(COUNTS_KEPT)(lambda value: format_count(value + 0.0) + (one if value == 1 else many))
    return Figure(name, read, lambda values: list(map(read, values.tolist())))


def _corrected(texts: list[str], values: FloatArray, is_unusual: BoolArray, read: Reader) -> list[str]:
    for row in np.flatnonzero(is_unusual).tolist():
        texts[row] = read(float(values[row]))
    return texts


def _nouns(kind: Kind, gap: str | None, noun: str | None) -> tuple[str, str]:
    """What follows a count of one, and of any other number."""
    pairs = NOUNS[kind]
    if noun is None:
        return f" {pairs[0][0]}", f" {pairs[0][1]}"
    pair = next((pair for pair in pairs if noun in pair), None)
    if pair is None:
        return f" {pairs[0][0]}{gap}{noun}", f" {pairs[0][1]}{gap}{noun}"
    return f"{gap}{pair[0]}", f"{gap}{pair[0 if gap == '-' else 1]}"
