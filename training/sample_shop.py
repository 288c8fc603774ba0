"""``python -m training.sample_shop OUT.csv``: the order lines of a shop that never was, to try everything with.

A wholesaler of gifts over two years, invented from a seed: the same file each time. Exports have faults, so this
one has some of each kind that cleaning counts: cancellations, till sales without a customer, test lines at price 0,
and lines that were exported twice.
"""

import argparse
import csv
import io
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import itemgetter
from pathlib import Path

import numpy as np
from numpy.random import Generator

from model.arrays import FloatArray, IntArray

SEED = 11
STARTS_AT = datetime(2023, 12, 10)  # noqa: DTZ001 - moments of a shop are without time zone
DAYS = 731
SUNDAY = 6
COLUMNS = ("order_id", "ordered_at", "customer_id", "sku", "quantity", "unit_price")

# Orders of a month, as a share of those of the best one: gifts are bought from September to early December.
SEASON = (0.40, 0.40, 0.55, 0.50, 0.55, 0.55, 0.55, 0.60, 0.85, 0.95, 1.00, 0.60)
ONLY_IN_SEASON = (0.02, 0.02, 0.02, 0.02, 0.02, 0.02, 0.04, 0.10, 0.70, 1.00, 1.00, 0.20)

PACKS = np.array([1, 2, 3, 4, 6, 8, 10, 12, 18, 24, 36, 48, 72, 96, 144])
RANGES = ("CAN", "CRD", "FRM", "LMP", "MUG", "ORN", "TIN", "TOY", "VAS", "WRP")
PRODUCTS_PER_RANGE = 16
FAVOURITES = 24
FAVOURITE_SHARE = 0.75

TILL_SALES, CANCELLED, TESTS, COPIES = 70, 60, 2, 14


Row = tuple[str, datetime, str, str, int, str]  # as ``COLUMNS``


@dataclass(frozen=True)
class Kind:
    """Customers of one habit; each draws a rhythm and a budget of its own around these.

    ``first_day`` and ``last_day`` are the ranges in which the first order and the end of interest fall, in days
    from the start of the shop; ``gap_days`` is the mean time between orders in the best month.
    """

    customers: int
    first_day: tuple[int, int]
    last_day: tuple[int, int]
    gap_days: float
    lines: float
    line_value: float
    season: tuple[float, ...] = SEASON


KINDS = {
    "wholesale": Kind(12, (0, 200), (731, 900), 15, 9, 88),
    "loyal": Kind(70, (0, 450), (731, 1200), 29, 4.5, 66),
    "seasonal": Kind(75, (0, 300), (400, 1200), 34, 4, 70, ONLY_IN_SEASON),
    "occasional": Kind(105, (0, 600), (700, 1200), 85, 3.5, 56),
    "lapsed": Kind(75, (0, 330), (330, 680), 28, 4.5, 66),
    "one-time": Kind(115, (0, 720), (0, 0), 1, 3.5, 48),
    "new": Kind(48, (675, 730), (731, 900), 30, 4, 54),
}


@dataclass(frozen=True)
class Order:
    """What one customer, or the till, put on one invoice."""

    ordered_at: datetime
    customer_id: str
    lines: tuple[tuple[str, int, str], ...]  # product, quantity, unit price as written


@dataclass(frozen=True)
class Catalogue:
    """What is for sale: code and price of each product, and how often each is asked for."""

    codes: tuple[str, ...]
    prices: FloatArray
    popularity: FloatArray


@dataclass(frozen=True)
class Customer:
    """One customer's habits."""

    customer_id: str
    kind: Kind
    gap_days: float
    line_value: float
    favourites: IntArray


def sample_shop(seed: int = SEED) -> str:
    """The whole export as the text of a CSV file, in the order of time."""
    random = np.random.default_rng(seed)
    catalogue = _catalogue(random)
    orders = [order for customer in _customers(random, catalogue) for order in _orders(random, customer, catalogue)]
    orders += _till_sales(random, catalogue)
    orders.sort(key=lambda order: (order.ordered_at, order.customer_id))
    rows = [*_invoiced(orders), *_cancellations(random, orders), *_test_lines()]
    rows += [rows[position] for position in random.choice(len(rows) - CANCELLED - TESTS, COPIES, replace=False)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows((number, f"{at:%Y-%m-%d %H:%M}", *line) for number, at, *line in sorted(rows, key=itemgetter(1)))
    return text.getvalue()


def _catalogue(random: Generator) -> Catalogue:
    codes = tuple(f"{family}-{number:03}" for family in RANGES for number in range(1, PRODUCTS_PER_RANGE + 1))
    prices = np.clip(random.lognormal(1.25, 0.65, len(codes)), 0.45, 29).round(1) - 0.05
    popularity = 1 / (8 + random.permutation(len(codes)))
    return Catalogue(codes, prices, popularity / popularity.sum())


def _customers(random: Generator, catalogue: Catalogue) -> Iterator[Customer]:
    kinds = [kind for kind in KINDS.values() for _ in range(kind.customers)]
    for number, position in enumerate(random.permutation(len(kinds))):
        kind = kinds[position]
        yield Customer(
            customer_id=f"C{1001 + number}",
            kind=kind,
            gap_days=kind.gap_days * random.lognormal(0, 0.35),
            line_value=kind.line_value * random.lognormal(0, 0.45),
            favourites=random.choice(len(catalogue.codes), FAVOURITES, replace=False, p=catalogue.popularity),
        )


def _orders(random: Generator, customer: Customer, catalogue: Catalogue) -> Iterator[Order]:
    """The first order, then one after another for as long as the interest lasts; slower out of season."""
    kind = customer.kind
    day = float(random.integers(*kind.first_day))
    last_day = min(int(random.integers(*kind.last_day, endpoint=True)), DAYS)
    yield _order(random, customer, catalogue, day)
    while (day := day + random.gamma(3, customer.gap_days / 3)) < last_day:
        if random.uniform() < kind.season[(STARTS_AT + timedelta(days=day)).month - 1]:
            yield _order(random, customer, catalogue, day)


def _order(random: Generator, customer: Customer, catalogue: Catalogue, day: float) -> Order:
    size = 1 + min(random.poisson(customer.kind.lines - 1), FAVOURITES)
    liked = customer.favourites[random.integers(0, FAVOURITES, size)]
    tried = random.choice(len(catalogue.codes), size, p=catalogue.popularity)
    chosen = np.unique(np.where(random.uniform(size=size) < FAVOURITE_SHARE, liked, tried))
    values = customer.line_value * random.lognormal(0, 0.5, len(chosen))
    lines = tuple(_line(catalogue, product, value) for product, value in zip(chosen, values, strict=True))
    return Order(_office_hours(random, day), customer.customer_id, lines)


def _line(catalogue: Catalogue, product: int, value: float) -> tuple[str, int, str]:
    price = catalogue.prices[product]
    pack = PACKS[np.abs(PACKS - value / price).argmin()]
    # Whole cartons cost less.
    return catalogue.codes[product], int(pack), f"{price * (0.85 if pack >= 48 else 1):.2f}"


def _office_hours(random: Generator, day: float) -> datetime:
    """A moment between eight and six; what falls on a Sunday is written on the Monday."""
    date = STARTS_AT + timedelta(days=int(day))
    if date.weekday() == SUNDAY:
        date += timedelta(days=1)
    return date + timedelta(minutes=int(random.integers(8 * 60, 18 * 60)))


def _till_sales(random: Generator, catalogue: Catalogue) -> list[Order]:
    """Small sales to people who gave no name."""
    return [
        Order(_office_hours(random, random.uniform(0, DAYS)), "", (_line(catalogue, product, random.uniform(4, 25)),))
        for product in random.choice(len(catalogue.codes), TILL_SALES, p=catalogue.popularity)
    ]


def _invoiced(orders: Sequence[Order]) -> Iterator[Row]:
    for number, order in enumerate(orders, start=20001):
        for product, quantity, price in order.lines:
            yield str(number), order.ordered_at, order.customer_id, product, quantity, price


def _cancellations(random: Generator, orders: Sequence[Order]) -> Iterator[Row]:
    """Goods that came back within three weeks."""
    last_day = STARTS_AT + timedelta(days=DAYS - 22)
    named = [order for order in orders if order.customer_id and order.ordered_at < last_day]
    for number, position in enumerate(random.choice(len(named), CANCELLED, replace=False), start=501):
        order = named[position]
        product, quantity, price = order.lines[0]
        returned_at = order.ordered_at + timedelta(days=int(random.integers(2, 21)))
        yield f"C{number}", returned_at, order.customer_id, product, -quantity, price


def _test_lines() -> Iterator[Row]:
    """Someone tried out the shop system."""
    for number in range(TESTS):
        yield f"T{number + 1}", STARTS_AT + timedelta(days=200, hours=7), "C1001", "TEST", 1, "0.00"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m training.sample_shop", description="Write the sample shop.")
    parser.add_argument("out", type=Path, metavar="OUT.csv", help="the file to write")
    out: Path = parser.parse_args(arguments).out
    out.write_text(sample_shop(), encoding="utf-8", newline="")
    print(f"the sample shop is in {out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
