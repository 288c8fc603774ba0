"""Cleaning on Spark: the same definitions, and copies of lines found on the way to the orders."""

from collections.abc import Iterator
from contextlib import contextmanager

from model.cleaning import LineCounts, count_lines
from model.definitions import definition
from model.spark import SparkConnection
from model.tables import Connection

BYPASS = "spark.sql.execution.bypassPartialAggregation"  # of Spark 4.3; others do not read it
LINE = "customer_id, invoice, product, ordered_at, quantity, unit_price, spend, other_columns"


def clean_on_spark(connection: Connection, judged: str) -> LineCounts:
    """Make the tables ``orders`` and ``first_products`` from the query ``judged``, and count the lines.

    Each table costs one reading of the export and one exchange of lines between machines: they are sent by customer,
    so whatever is grouped then lies together already. Hence copies are found by a plain grouping of whole lines.
    """
    if not isinstance(connection, SparkConnection):
        raise TypeError("clean_on_spark wants orders that were opened with engine='spark'")
    connection.execute(f"CREATE OR REPLACE TEMP VIEW judged_lines AS {judged}")
    by_customer = connection.session.table("judged_lines").where("is_kept").repartition("customer_id")
    connection.show("kept_lines", by_customer)
    with _grouped_once(connection):
        connection.execute(f"CREATE TABLE first_products AS {definition('first_products')}")
        # From here on each line stands once, and none is repeated.
        connection.execute(f"CREATE OR REPLACE TEMP VIEW kept_lines AS SELECT {LINE} FROM kept_lines GROUP BY {LINE}")
        connection.execute(
            "CREATE OR REPLACE TEMP VIEW repeated_lines AS SELECT *, 0 AS copies FROM kept_lines WHERE 1 = 0"
        )
        connection.execute(f"CREATE OR REPLACE TEMP VIEW booked_orders AS {definition('booked_orders')}")
        connection.execute(f"CREATE TABLE orders AS {definition('orders')}")
    counts = count_lines(connection)
    _show_copies(connection, *counts.reasons.get(None, (0, 0.0)))
    return counts


@contextmanager
def _grouped_once(connection: SparkConnection) -> Iterator[None]:
    """Let Spark plan groupings without one ahead of the exchange: nearly every line is a group of its own."""
    settings = connection.session.conf
    before = settings.get(BYPASS, "false") or "false"
    settings.set(BYPASS, "true")
    try:
        yield
    finally:
        settings.set(BYPASS, before)


def _show_copies(connection: SparkConnection, kept_lines: int, kept_spend: float) -> None:
    """Make ``repeated_lines`` one row that stands for all copies: what the orders lack of the kept lines."""
    lines, spend = connection.execute("SELECT coalesce(sum(lines), 0), coalesce(sum(spend), 0) FROM orders").fetchall()[
        0
    ]
    copies = kept_lines - int(lines)
    connection.execute("CREATE OR REPLACE TEMP TABLE repeated_lines (copies BIGINT, spend DOUBLE)")
    mean_spend = (kept_spend - float(spend)) / max(copies, 1)
    connection.executemany("INSERT INTO repeated_lines VALUES (?, ?)", [[copies, mean_spend]])
