"""Keys of lines against the definitions that they stand for, in SQL."""

from itertools import pairwise
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.definitions import definition
from model.line_keys import KeyForm

# What moments are whole multiples of, and how far apart they may be.
MOMENTS = {"days": "to_days({})", "minutes": "to_minutes({} * 7)", "seconds": "to_seconds({} * 11)"}
MOMENTS["microseconds"] = "to_microseconds({} * 13)"

PRODUCTS = "CREATE TABLE kept_products AS SELECT DISTINCT product FROM judged_lines WHERE product IS NOT NULL"


def kept_lines(
    rows: int, seed: int, moments: str, *, ids: str = "VARCHAR", products: int = 9
) -> duckdb.DuckDBPyConnection:
    """A few customers, products and moments, so that lines meet; some without product, some returned."""
    random = np.random.default_rng(seed)
    drawn = {
        "customer": random.integers(-3, 12, rows),
        "product": random.integers(0, products, rows),
        "step": random.integers(0, 25, rows),
        "sign": random.choice([1, 1, 1, -1], rows),
    }
    connection = duckdb.connect()
    connection.register("drawn", drawn)
    connection.execute(
        f"CREATE TABLE judged_lines AS SELECT CAST(customer AS {ids}) AS customer_id, "
        "CASE WHEN product > 0 THEN 'P' || product END AS product, "
        f"TIMESTAMP '1969-12-20' + {moments.format('CAST(step AS INTEGER)')} AS ordered_at, sign * 2.5 AS spend "
        "FROM drawn"
    )
    connection.execute("CREATE VIEW kept_lines AS SELECT * FROM judged_lines")
    connection.execute(PRODUCTS)
    return connection


def rows_of(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[object, ...]]:
    return sorted(connection.execute(query).fetchall(), key=repr)


@pytest.mark.parametrize("moments", MOMENTS.values(), ids=MOMENTS)
@pytest.mark.parametrize("ids", ["VARCHAR", "BIGINT"])
@given(rows=st.integers(1, 300), seed=st.integers(0, 2**32), products=st.sampled_from([1, 2, 9]))
@settings(max_examples=15, deadline=None)
def test_sorted_keys_tell_what_the_groupings_tell(moments: str, ids: str, rows: int, seed: int, products: int):
    with kept_lines(rows, seed, moments, ids=ids, products=products) as connection:
        form = KeyForm.of(connection)
        assert form is not None
        keys = form.sorted_keys(connection)
        form.show_doubled_products(connection, keys)
        first_products = form.first_products(connection, form.visits(form.firsts(keys)))

        doubled = "SELECT customer_id, ordered_at, product FROM doubled_products"
        assert rows_of(connection, doubled) == rows_of(connection, definition("doubled_products"))
        assert rows_of(connection, first_products) == rows_of(connection, definition("first_products"))


@pytest.mark.parametrize("ids", ["VARCHAR", "BIGINT"])
def test_first_purchases_of_several_sets_of_lines_are_those_of_all(
    ids: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Also where a run of equal products reaches over the blocks that keys are looked at in."""
    monkeypatch.setattr("model.line_keys.KEYS_AT_ONCE", 7)
    monkeypatch.setattr("model.line_keys.KEYS_PER_SAMPLE", 7)
    with kept_lines(2000, 1, MOMENTS["seconds"], ids=ids) as connection:
        form = KeyForm.of(connection)
        assert form is not None
        whole = form.firsts(form.sorted_keys(connection))
        files = []
        for number in range(3):
            connection.execute(
                f"CREATE OR REPLACE VIEW kept_lines AS FROM judged_lines WHERE hash(ordered_at) % 3 = {number}"
            )
            files.append(tmp_path / f"{number}.npy")
            np.save(files[-1], form.firsts(form.sorted_keys(connection)))

        parts = [form.firsts_between(files, *between) for between in pairwise(form.bounds(files, 4))]

        assert all(0 < len(part) < len(whole) / 2 for part in parts)
        assert np.array_equal(np.concatenate(parts), whole)


def test_lines_that_need_more_than_63_bits_have_no_keys():
    """Microseconds over two centuries take 53 bits; with 2,000 products and customers there are too few."""
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE judged_lines AS SELECT range AS customer_id, 'P' || range AS product, 1.0 AS spend, "
            "TIMESTAMP '1900-01-01' + to_days(CAST(range * 36 AS INTEGER)) + to_microseconds(range) AS ordered_at "
            "FROM range(2000)"
        )
        connection.execute("CREATE VIEW kept_lines AS FROM judged_lines")
        connection.execute(PRODUCTS)
        assert KeyForm.of(connection) is None


def test_no_lines_have_no_keys():
    with kept_lines(5, 0, MOMENTS["days"]) as connection:
        connection.execute("CREATE OR REPLACE VIEW kept_lines AS FROM judged_lines WHERE false")
        assert KeyForm.of(connection) is None


def test_the_last_purchase_of_a_customer_is_not_that_of_the_next_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Keys of 62 bits that differ by less than 512 are one number where they are compared as floats."""
    monkeypatch.setattr("model.line_keys.KEYS_PER_SAMPLE", 1)
    form = KeyForm(
        first_customer=0, customer_bits=30, product_bits=26, moment_bits=5, first_us=0, unit_us=86_400_000_000
    )
    last_product, last_moment = (1 << 26) - 1, (1 << 5) - 1
    keys = [customer << 32 | last_product << 6 | last_moment for customer in range((1 << 30) - 8, 1 << 30)]
    file = tmp_path / "0.npy"
    np.save(file, np.array(keys))

    groups = [form.firsts_between([file], *between) for between in pairwise(form.bounds([file], 4))]

    assert [key for group in groups for key in group.tolist()] == keys
