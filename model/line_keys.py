"""Order lines as whole numbers, whose sorting tells in one go what two large groupings would tell.

A grouping by customer, product and moment has nearly as many groups as there are lines, which hash tables are slow at.
Here a line becomes one number: customer in the high bits, product below, moment in the low bits. Once numbers are
sorted, equal neighbours are ``doubled_products.sql``, and the first number of each customer and product is its first
purchase, which ``first_products.sql`` counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
from duckdb import DuckDBPyConnection

Keys = npt.NDArray[np.int64]

KEY_BITS = 63
KEYS_AT_ONCE = 1 << 18  # so many fit into the processor's cache
# Moments are counted in microseconds, seconds, minutes or days.
UNITS_US = (1, 1_000_000, 60_000_000, 86_400_000_000)
NUMBER_CUSTOMERS = """
CREATE OR REPLACE TEMP TABLE customer_codes AS
SELECT *, row_number() OVER (ORDER BY hash(customer_id), customer_id) - 1 AS customer_code
FROM (SELECT customer_id, min(ordered_at) AS first_at, max(ordered_at) AS last_at FROM kept_lines GROUP BY customer_id)
"""
NUMBER_PRODUCTS = """
CREATE OR REPLACE TEMP TABLE product_codes AS
SELECT product, row_number() OVER (ORDER BY product) AS product_code
FROM (SELECT DISTINCT product FROM kept_lines WHERE product IS NOT NULL)
"""


@dataclass(frozen=True)
class KeyForm:
    """How the lines of one export become keys, by the tables ``customer_codes`` and ``product_codes``.

    Products are numbered from 1, without one is 0, and a return has a bit of its own above the moment. Moments are
    counted from ``first_us``, microseconds since 1970, in steps of ``unit_us`` microseconds.
    """

    customers: int
    product_bits: int
    moment_bits: int
    first_us: int
    unit_us: int

    @classmethod
    def of(cls, connection: DuckDBPyConnection) -> Self | None:
        """The form for the relation ``kept_lines``; None where it is empty, or 63 bits are too few for a line."""
        connection.execute(NUMBER_CUSTOMERS)
        connection.execute(NUMBER_PRODUCTS)
        customers, products, first_us, last_us = connection.execute(
            "SELECT count(*), (SELECT count(*) FROM product_codes), epoch_us(min(first_at)), epoch_us(max(last_at)) "
            "FROM customer_codes"
        ).fetchall()[0]
        for unit_us in UNITS_US if customers else ():
            moments = (last_us - first_us) // unit_us
            form = cls(customers, products.bit_length(), moments.bit_length(), first_us, unit_us)
            if form._fits(connection):
                return form
        return None

    def _fits(self, connection: DuckDBPyConnection) -> bool:
        """Whether every line of ``judged_lines`` has a key of its own customer, product and moment."""
        if self.customers.bit_length() + self.customer_shift > KEY_BITS:
            return False
        between = f"SELECT 1 FROM judged_lines WHERE epoch_us(ordered_at) % {self.unit_us} <> 0 LIMIT 1"
        return self.unit_us == 1 or not connection.execute(between).fetchall()

    @property
    def product_shift(self) -> int:
        """How many bits stand below the product."""
        return self.moment_bits + 1

    @property
    def customer_shift(self) -> int:
        """How many bits stand below the customer."""
        return self.product_bits + self.product_shift

    def sorted_keys(self, connection: DuckDBPyConnection) -> Keys:
        """The keys of the lines that are in ``kept_lines`` now."""
        lines = connection.execute(
            f"SELECT (customer_code << {self.customer_shift}) | (coalesce(product_code, 0) << {self.product_shift}) "
            f"| (CASE WHEN spend > 0 THEN 0 ELSE {1 << self.moment_bits} END) "
            f"| ((epoch_us(ordered_at) - {self.first_us}) // {self.unit_us}) AS line_key "
            "FROM kept_lines JOIN customer_codes USING (customer_id) LEFT JOIN product_codes USING (product)"
        )
        keys: Keys = np.asarray(lines.fetchnumpy()["line_key"])
        keys.sort()
        return keys

    def firsts(self, keys: Keys) -> Keys:
        """The first purchase of each customer and product among sorted keys; in their place, because there are many."""
        count, before = 0, -1
        for start in range(0, len(keys), KEYS_AT_ONCE):
            block = keys[start : start + KEYS_AT_ONCE]
            bought = block >> self.moment_bits  # customer, product, and whether it is a return
            is_first = _opens_run(bought)
            is_first[0] = bought[0] != before
            is_first &= bought & 1 == 0
            is_first &= bought & ((1 << self.product_bits + 1) - 1) > 1
            firsts = block[is_first]
            keys[count : count + len(firsts)] = firsts
            count, before = count + len(firsts), bought[-1]
        return keys[:count]

    def part_of_files(self, files: Sequence[Path], number: int, parts: int) -> Keys:
        """The first purchases of one of ``parts`` groups of customers, from files of first purchases."""
        ends = [self.customers * bound // parts << self.customer_shift for bound in (number, number + 1)]
        keys = np.concatenate([_between(np.load(file, mmap_mode="r"), *ends) for file in files])
        keys.sort()
        return self.firsts(keys)

    def show_doubled_products(self, connection: DuckDBPyConnection, keys: Keys) -> None:
        """Make the relation ``doubled_products`` from sorted keys."""
        doubled = keys[1:][keys[1:] == keys[:-1]]
        connection.register("doubled_keys", {"line_key": np.unique(doubled & ~(1 << self.moment_bits))})
        connection.execute(
            f"CREATE OR REPLACE TEMP VIEW doubled_products AS SELECT customer_id, product, {self._moment('line_key')} "
            f"AS ordered_at FROM doubled_keys JOIN customer_codes ON customer_code = line_key >> {self.customer_shift} "
            f"LEFT JOIN product_codes ON product_code = (line_key >> {self.product_shift}) "
            f"& {(1 << self.product_bits) - 1}"
        )

    def visits(self, firsts: Keys) -> dict[str, Keys]:
        """On how many products a customer's first purchase was at a moment; both make one number, the ``visit``."""
        visits = firsts >> self.customer_shift
        visits <<= self.moment_bits
        visits |= firsts & ((1 << self.moment_bits) - 1)
        visits.sort()
        starts = np.flatnonzero(_opens_run(visits))
        return {"visit": visits[starts], "products": np.diff(starts, append=len(visits))}

    def first_products(self, connection: DuckDBPyConnection, visits: dict[str, Keys]) -> str:
        """The query of the rows of ``first_products``; reads a relation of ``visits`` that is made here."""
        connection.register("visits", visits)
        return (
            f"SELECT CAST(customer_id AS VARCHAR) AS customer_id, {self._moment('visit')} AS first_bought_at, products "
            f"FROM visits JOIN customer_codes ON customer_code = visit >> {self.moment_bits}"
        )

    def _moment(self, key: str) -> str:
        return f"make_timestamp({self.first_us} + ({key} & {(1 << self.moment_bits) - 1}) * {self.unit_us})"


def _between(keys: Keys, low: int, high: int) -> Keys:
    """A copy of the sorted keys from ``low`` to below ``high``."""
    start, end = np.searchsorted(keys, (low, high))
    return np.array(keys[start:end])


def _opens_run(values: Keys) -> npt.NDArray[np.bool_]:
    """Which of sorted values differ from the one before."""
    opens = np.ones(len(values), bool)
    np.not_equal(values[1:], values[:-1], out=opens[1:])
    return opens
