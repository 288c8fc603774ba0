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

from model.numerals import is_whole
from model.tables import column_types

Keys = npt.NDArray[np.int64]

KEY_BITS = 63
LAST_KEY = (1 << KEY_BITS) - 1  # a return: first purchases lie below
KEYS_AT_ONCE = 1 << 18  # so many fit into the processor's cache
# Moments are counted in microseconds, seconds, minutes or days. What is none of them, in words that files answer fast.
UNITS_US = {
    1: "false",
    1_000_000: "microsecond(ordered_at) % 1000000 <> 0",
    60_000_000: "microsecond(ordered_at) <> 0",  # which counts the seconds too
    86_400_000_000: "ordered_at <> CAST(ordered_at AS DATE)",
}
KEYS_PER_SAMPLE = 1 << 10  # one of so many tells how first purchases are spread over customers
# First and last customer and moment of the lines. A file of numbers knows its own without being read.
SPAN_OF_IDS = (
    "min(customer_id), max(customer_id), epoch_us(min(ordered_at)), epoch_us(max(ordered_at)) FROM judged_lines"
)
SPAN_OF_CODES = "0, max(customer_code), epoch_us(min(first_at)), epoch_us(max(last_at)) FROM customer_codes"
NUMBER_CUSTOMERS = """
CREATE OR REPLACE TABLE customer_codes AS
SELECT *, row_number() OVER (ORDER BY customer_id) - 1 AS customer_code
FROM (SELECT customer_id, min(ordered_at) AS first_at, max(ordered_at) AS last_at FROM kept_lines GROUP BY customer_id)
"""
NUMBER_PRODUCTS = """
CREATE OR REPLACE TABLE product_codes AS
SELECT product, row_number() OVER (ORDER BY product) AS product_code FROM kept_products
"""


@dataclass(frozen=True)
class KeyForm:
    """How the lines of one export become keys.

    Whole numbers as customer ids count from ``first_customer``; where that is None, the table ``customer_codes``
    numbers customers. Products are numbered from 1 by ``product_codes``, without one is 0, and a return has a bit of
    its own above the moment. Moments are counted from ``first_us``, microseconds since 1970, in steps of ``unit_us``
    microseconds.
    """

    first_customer: int | None
    customer_bits: int
    product_bits: int
    moment_bits: int
    first_us: int
    unit_us: int

    @classmethod
    def of(cls, connection: DuckDBPyConnection) -> Self | None:
        """The form for ``kept_lines`` of ``kept_products``; None where there are none, or 63 bits are too few."""
        if not connection.execute("SELECT 1 FROM kept_lines LIMIT 1").fetchall():
            return None
        connection.execute(NUMBER_PRODUCTS)
        if is_whole(column_types(connection, "kept_lines")["customer_id"]):
            form = cls._spanning(connection, SPAN_OF_IDS, by_id=True)
            if form is not None:
                return form
        connection.execute(NUMBER_CUSTOMERS)
        return cls._spanning(connection, SPAN_OF_CODES, by_id=False)

    @classmethod
    def _spanning(cls, connection: DuckDBPyConnection, span: str, *, by_id: bool) -> Self | None:
        (products,), (first, last, first_us, last_us) = (
            connection.execute(f"SELECT {columns}").fetchall()[0] for columns in ("count(*) FROM product_codes", span)
        )
        for unit_us in UNITS_US:
            form = cls(
                first_customer=first if by_id else None,
                customer_bits=(last - first).bit_length(),
                product_bits=products.bit_length(),
                moment_bits=((last_us - first_us) // unit_us).bit_length(),
                first_us=first_us,
                unit_us=unit_us,
            )
            if form._fits(connection):
                return form
        return None

    def _fits(self, connection: DuckDBPyConnection) -> bool:
        """Whether every line of ``judged_lines`` has a key of its own customer, product and moment."""
        if self.customer_bits + self.customer_shift > KEY_BITS:
            return False
        between = f"SELECT 1 FROM judged_lines WHERE {UNITS_US[self.unit_us]} LIMIT 1"
        return not connection.execute(between).fetchall()

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
        if self.first_customer is None:
            customer, numbered = "customer_code", "JOIN customer_codes USING (customer_id)"
        else:
            customer, numbered = f"CAST(customer_id - {self.first_customer} AS BIGINT)", ""
        lines = connection.execute(
            f"SELECT ({customer} << {self.customer_shift}) | (coalesce(product_code, 0) << {self.product_shift}) "
            f"| (CASE WHEN spend > 0 THEN 0 ELSE {1 << self.moment_bits} END) "
            f"| ((epoch_us(ordered_at) - {self.first_us}) // {self.unit_us}) AS line_key "
            f"FROM kept_lines {numbered} LEFT JOIN product_codes USING (product)"
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

    def bounds(self, files: Sequence[Path], parts: int) -> list[int]:
        """Keys between which lie ``parts`` groups of customers with about as many first purchases in ``files`` each."""
        samples = [np.array(np.load(file, mmap_mode="r")[::KEYS_PER_SAMPLE]) for file in files]
        sampled = np.sort(np.concatenate(samples))
        if not len(sampled):  # a shop without products
            return [0, LAST_KEY]
        inner = sampled[[len(sampled) * part // parts for part in range(1, parts)]]
        return [0, *(inner >> self.customer_shift << self.customer_shift).tolist(), LAST_KEY]

    def firsts_between(self, files: Sequence[Path], low: int, high: int) -> Keys:
        """The first purchases from the key ``low`` to below ``high``, from files of first purchases."""
        keys = np.concatenate([_between(np.load(file, mmap_mode="r"), low, high) for file in files])
        keys.sort()
        return self.firsts(keys)

    def show_doubled_products(self, connection: DuckDBPyConnection, keys: Keys) -> None:
        """Make the relation ``doubled_products`` from sorted keys."""
        doubled = keys[1:][keys[1:] == keys[:-1]] & ~(1 << self.moment_bits)  # returned or not
        doubled.sort()
        connection.register("doubled_keys", {"line_key": doubled[_opens_run(doubled)]})
        connection.execute(
            f"CREATE OR REPLACE TEMP VIEW doubled_products AS SELECT customer_id, product, {self._moment('line_key')} "
            f"AS ordered_at FROM {self._with_customers('doubled_keys', f'line_key >> {self.customer_shift}')} "
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
            f"FROM {self._with_customers('visits', f'visit >> {self.moment_bits}')}"
        )

    def _with_customers(self, relation: str, code: str) -> str:
        """A relation and the ``customer_id`` that its ``code`` stands for."""
        if self.first_customer is None:
            return f"(SELECT * FROM {relation} JOIN customer_codes ON customer_code = {code})"
        return f"(SELECT *, ({code}) + {self.first_customer} AS customer_id FROM {relation})"

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
