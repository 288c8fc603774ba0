"""Templates that are read once and filled for one customer or many."""

from collections.abc import Callable, Mapping
from functools import cache, lru_cache, partial

from model.arrays import FloatArray
from model.currency import SIGNS, format_amount, minor_decimals
from model.ranking.placeholders import KINDS, NOUNS, PLACEHOLDER, Kind, format_count, format_share

# Customers have few different counts; each is worded once.
COUNTS_KEPT = 1000


class Filling:
    """One template, ready for the numbers of customers.

    Names of ``kinds``, which tell what each number counts, stand in braces; a placeholder that nobody knows stays as it
    is. ``currency`` is the ISO 4217 code of every amount of money.
    """

    def __init__(self, template: str, currency: str, kinds: Mapping[str, Kind] = KINDS) -> None:
        # Names of numbers, and how each reads in the text: a count with its noun, an amount without its sign.
        self._figures: list[tuple[str, Callable[[float], str]]] = []
        self._text, end = "", 0
        for match in PLACEHOLDER.finditer(template):
            name, gap, noun = match["name"], match["gap"], match["noun"]
            if (kind := kinds.get(name)) is None:
                continue
            self._text += _escaped(template[end : match.start()])
            if kind is Kind.MONEY:
                self._text += SIGNS.get(currency, f"{currency} ")
                self._figures.append((name, partial(format_amount, decimals=minor_decimals(currency))))
            elif kind is Kind.SHARE:
                self._figures.append((name, format_share))
            else:
                self._figures.append((name, _counted(*_nouns(kind, gap, noun))))
            self._text += "%s"
            end = match.start("gap") if noun and kind in (Kind.MONEY, Kind.SHARE) else match.end()
        self._text += _escaped(template[end:])

    def fill(self, numbers: Mapping[str, FloatArray]) -> list[str]:
        """The text of each customer; ``numbers`` has an array of shape (n_customers,) for each name."""
        if not self._figures:
            return [self._text % ()] * len(next(iter(numbers.values())))
        columns = [map(read, numbers[name].tolist()) for name, read in self._figures]
        return [self._text % figures for figures in zip(*columns, strict=True)]

    def fill_one(self, numbers: Mapping[str, float]) -> str:
        """The text of one customer."""
        return self._text % tuple([read(numbers[name]) for name, read in self._figures])


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
