"""Templates that are read once and filled for many customers; the texts are those of the app's ``Facts.fill``."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from model.currency import READABLE_BELOW, SIGNS, minor_decimals, money_reader
from model.figures import KINDS, NOUNS, PLACEHOLDER, Kind, format_count, format_share

FloatArray = npt.NDArray[np.float64]
Reader = Callable[[float], str]


class Filling:
    """One template, ready for the numbers of customers.

    Most numbers read as one format says: money with its decimals, more than one order, a probability that is
    not next to certain. Customers with such numbers only are worded by one format string; the others by a
    reader for each number.

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
        self._names = [match["name"] for match in matches]
        self._usual_tests = [_is_usual(kinds[name]) for name in self._names]
        self._readers = [_reader(kinds[match["name"]], match, currency) for match in matches]
        ends = [0, *(match.end() for match in matches)]
        starts = [*(match.start() for match in matches), len(template)]
        pieces = [
            template[end:start].replace("{", "{{").replace("}", "}}") for end, start in zip(ends, starts, strict=True)
        ]
        self._any = "{}".join(pieces).format
        usual = [_usual_format(kinds[match["name"]], match, currency) for match in matches]
        self._usual = "".join(piece for pair in zip(pieces, [*usual, ""], strict=True) for piece in pair).format

    def fill(self, numbers: Mapping[str, FloatArray]) -> list[str]:
        """The text of each customer; ``numbers`` has an array of shape (n_customers,) for each name."""
        count = len(next(iter(numbers.values())))
        if not self._names:
            return [self._any()] * count
        tests = zip(self._usual_tests, self._names, strict=True)
        is_usual = np.all([test(numbers[name]) for test, name in tests], axis=0)
        texts = list(map(self._usual, *(numbers[name].tolist() for name in self._names)))
        for row in np.flatnonzero(~is_usual).tolist():
            texts[row] = self.fill_one({name: float(numbers[name][row]) for name in self._names})
        return texts

    def fill_one(self, numbers: Mapping[str, float]) -> str:
        """The text of one customer."""
        values = [numbers[name] for name in self._names]
        for is_usual, value in zip(self._usual_tests, values, strict=True):
            if not is_usual(value):
                return self._any(*[read(value) for read, value in zip(self._readers, values, strict=True)])
        return self._usual(*values)


def _is_usual(kind: Kind) -> Callable[[Any], Any]:
    """Whether a number, or each of an array of them, reads as ``_usual_format`` has it."""
    if kind is Kind.MONEY:
        return lambda amount: amount < READABLE_BELOW
    if kind is Kind.SHARE:
        return lambda share: (share > 0.006) & (share < 0.994)
    return lambda count: (count != 1) & (count % 1 == 0) & (count < READABLE_BELOW)


def _usual_format(kind: Kind, match: re.Match[str], currency: str) -> str:
    if kind is Kind.MONEY:
        return f"{SIGNS.get(currency, currency + ' ')}{{:,.{minor_decimals(currency)}f}}{_after(match)}"
    if kind is Kind.SHARE:
        return f"{{:.0%}}{_after(match)}"
    return "{:,.0f}" + _nouns(kind, match)[1]


def _reader(kind: Kind, match: re.Match[str], currency: str) -> Reader:
    """How any number reads in one placeholder, together with the noun that the writer has put."""
    if kind in (Kind.MONEY, Kind.SHARE):
        read, after = money_reader(currency) if kind is Kind.MONEY else format_share, _after(match)
        return (lambda value: read(value) + after) if after else read
    one, many = _nouns(kind, match)
    return lambda value: format_count(value) + (one if value == 1 else many)


def _after(match: re.Match[str]) -> str:
    return "" if match["noun"] is None else f"{match['gap']}{match['noun']}"


def _nouns(kind: Kind, match: re.Match[str]) -> tuple[str, str]:
    """What follows a count of one, and of any other number."""
    pairs, noun, gap = NOUNS[kind], match["noun"], match["gap"]
    pair = pairs[0] if noun is None else next((pair for pair in pairs if noun in pair), None)
    if pair is None:
        return f" {pairs[0][0]}{gap}{noun}", f" {pairs[0][1]}{gap}{noun}"
    if noun is None:
        return f" {pair[0]}", f" {pair[1]}"
    return gap + pair[0], gap + (pair[0] if gap == "-" else pair[1])
