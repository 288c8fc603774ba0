"""Templates that are read once and filled for many customers; the texts are those of the app's ``Facts.fill``."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from operator import itemgetter
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from model.currency import READABLE_BELOW, SIGNS, minor_decimals, money_reader
from model.figures import KINDS, NOUNS, PLACEHOLDER, Kind, format_count, format_share

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
Reader = Callable[[float], str]

# Customers have few different counts; each is worded once.
COUNTS_KEPT = 1000


class Figure(NamedTuple):
    """A number as it reads in one place of a text, with the noun that belongs to it.

    ``read`` reads any value. ``read_usual``, where there is one, takes half the time for those of ``is_usual``.
    """

    name: str
    read: Reader
    read_usual: Reader | None = None
    is_usual: Callable[[FloatArray], BoolArray] | None = None

    def read_all(self, values: FloatArray) -> list[str]:
        """How each value reads."""
        if self.read_usual is None or self.is_usual is None:
            return list(map(self.read, values.tolist()))
        texts = list(map(self.read_usual, values.tolist()))
        for row in np.flatnonzero(~self.is_usual(values)).tolist():
            texts[row] = self.read(float(values[row]))
        return texts


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
        matches = [match for match in PLACEHOLDER.finditer(template) if match["name"] in kinds]
        self.figures = [
            _figure(match["name"], kinds[match["name"]], currency, match["gap"], match["noun"]) for match in matches
        ]
        ends = [0, *(match.end() for match in matches)]
        starts = [*(match.start() for match in matches), len(template)]
        pieces = [template[end:start].replace("%", "%%") for end, start in zip(ends, starts, strict=True)]
        self._text = "%s".join(pieces)

    def fill(self, numbers: Mapping[str, FloatArray]) -> list[str]:
        """The text of each customer; ``numbers`` has an array of shape (n_customers,) for each name."""
        if not self.figures:
            return [self._text % ()] * len(next(iter(numbers.values())))
        columns = [figure.read_all(numbers[figure.name]) for figure in self.figures]
        return [self._text % figures for figures in zip(*columns, strict=True)]

    def fill_one(self, numbers: Mapping[str, float]) -> str:
        """The text of one customer."""
        return self._text % tuple([figure.read(numbers[figure.name]) for figure in self.figures])

    def fill_from(self, order: Sequence[Figure]) -> Callable[[Sequence[str]], str]:
        """What makes the text of one customer from read figures that stand in ``order``."""
        text, places = self._text, [order.index(figure) for figure in self.figures]
        if not places:
            only = text % ()
            return lambda _: only
        chosen = itemgetter(*places)
        return lambda figures: text % chosen(figures)


@cache
def _figure(name: str, kind: Kind, currency: str, gap: str | None, noun: str | None) -> Figure:
    after = "" if noun is None else f"{gap}{noun}"
    if kind is Kind.MONEY:
        read, usual = money_reader(currency), f"{SIGNS.get(currency, currency + ' ')}{{:,.{minor_decimals(currency)}f}}"
        return Figure(name, _followed_by(after, read), f"{usual}{after}".format, _is_readable)
    if kind is Kind.SHARE:
        return Figure(name, _followed_by(after, format_share), f"{{:.0%}}{after}".format, _is_uncertain)
    return Figure(name, _count_reader(*_nouns(kind, gap, noun)))


def _is_readable(amounts: FloatArray) -> BoolArray:
    return amounts < READABLE_BELOW


def _is_uncertain(shares: FloatArray) -> BoolArray:
    """Whether no rounding turns them into certainty."""
    return (shares > 0.006) & (shares < 0.994)


def _followed_by(after: str, read: Reader) -> Reader:
    return (lambda value: read(value) + after) if after else read


def _count_reader(one: str, many: str) -> Reader:
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
