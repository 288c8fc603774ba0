"""Order lines of one shop: read, cleaned, and kept as tables of orders in an embedded database."""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from model.engines.connection import Connection, literal
from model.engines.memory import memory_bytes, shortage_explained, temporary_folder
from model.engines.sql import definition
from model.errors import Shortage, TransactionsError
from model.orders.checks import check, known_days
from model.orders.cleaning import EARLIEST, LATEST, CleaningReport, cleaning_report, judged_lines
from model.orders.export import Export
from model.orders.findings import Finding, Severity, as_lines, grave_first
from model.orders.options import ReadingOptions
from model.orders.order_lines import map_order_lines
from model.orders.sources.files import is_local_parquet, open_source

if TYPE_CHECKING:  # reading an export needs no pandas
    import pandas as pd

# Enough for every model here; training data of so many fits into 8 GB.
FIT_CUSTOMERS = 100_000
# The way from lines to orders: relations that are made one from another, by the files of their names.
CLEANING_STEPS = {
    "kept_lines": "TEMP VIEW",
    "line_counts": "TEMP TABLE",
    "numbered_customers": "TEMP TABLE",
    "numbered_products": "TEMP TABLE",
    "line_neighbours": "TEMP TABLE",
    "first_products": "TABLE",
    "copy_candidates": "TEMP VIEW",
    "equal_lines": "TEMP TABLE",
    "surplus_copies": "TEMP VIEW",
    "near_copies": "TEMP VIEW",
    "booked_orders": "TEMP VIEW",
    "orders": "TABLE",
}


@dataclass(eq=False)
class Transactions(AbstractContextManager["Transactions"]):
    """Clean order lines as the tables ``orders`` and ``first_products``.

    ``report`` tells what cleaning did, and ``findings`` what stands out in the export, the gravest first; ``details``
    and ``currency`` are those of ``Export``. Close it, or use it as a context manager, to free the database and its
    temporary files.
    """

    connection: Connection
    report: CleaningReport
    scratch: "tempfile.TemporaryDirectory[str] | None" = None
    details: tuple[str, ...] = ()
    currency: str | None = None
    findings: Sequence[Finding] = ()

    @property
    def starts_at(self) -> datetime:
        """The midnight before the first line."""
        return datetime.combine(self.report.first_line_at.date(), time.min)

    @property
    def ends_at(self) -> datetime:
        """The midnight after the last line: the first moment of which nothing is known."""
        return datetime.combine(self.report.last_line_at.date(), time.min) + timedelta(days=1)

    def told(self) -> str:
        """What cleaning did and what stands out, as command lines tell it."""
        findings = [finding for finding in self.findings if finding.severity is not Severity.OK]
        return "\n".join([self.report.table(), *([as_lines(findings)] if findings else [])])

    @contextmanager
    def refusals_explained(self) -> Iterator[None]:
        """Add what stands out in the export to a refusal of the block, for it is often the cause."""
        try:
            yield
        except TransactionsError as error:
            grave = [finding for finding in self.findings if finding.is_grave]
            if isinstance(error, Shortage) or not grave:
                raise
            raise TransactionsError(f"{error}. What stands out in the export: {grave[0]}") from error

    def close(self) -> None:
        """Free the database and its temporary files."""
        self.connection.close()
        if self.scratch is not None:
            self.scratch.cleanup()

    def __exit__(self, *_: object) -> None:
        self.close()


def read_orders(orders: "str | Path | pd.DataFrame", reading: ReadingOptions | None = None) -> Transactions:
    """Read and clean a shop's export, by DuckDB or Spark, in bounded memory.

    Parameters
    ----------
    orders : str, Path or DataFrame
        See ``model.orders.sources.files.open_source``; or order lines in memory, which are left unchanged.
    reading : ReadingOptions, optional
        Columns, dates, returns, engine and memory.

    Raises
    ------
    TransactionsError
        If the export cannot be read, no line is a purchase, or memory or disk runs out.
    """
    return clean_transactions(open_orders(orders, reading or ReadingOptions()))


def open_orders(orders: "str | Path | pd.DataFrame", reading: ReadingOptions) -> Export:
    """Open an export with its columns mapped; parameters and errors as in ``read_orders``."""
    if isinstance(orders, str | Path) and reading.engine == "spark":
        from model.orders.sources.spark import open_spark_source  # noqa: PLC0415 - Spark is optional

        cluster, scratch = open_spark_source(orders, reading), temporary_folder()
        with freed_on_failure(cluster, scratch):
            opened = map_order_lines(cluster, reading, scratch, is_parquet=False)
            return replace(opened, is_reread=True)  # a cluster reads it again
    scratch = temporary_folder()
    folder = Path(scratch.name)
    connection = connect(reading, folder)
    with freed_on_failure(connection, scratch), shortage_explained(folder):
        if not isinstance(orders, str | Path):
            connection.register("source", orders)
            return map_order_lines(connection, reading, scratch, is_parquet=False)
        open_source(connection, orders, reading, folder)
        opened = map_order_lines(connection, reading, scratch, is_parquet=is_local_parquet(orders))
        connection.execute("SET preserve_insertion_order = false")
        return opened


@contextmanager
def freed_on_failure(connection: Connection, scratch: "tempfile.TemporaryDirectory[str]") -> Iterator[None]:
    """Free a database and its files where the block fails: an error that is kept would keep them too."""
    try:
        yield
    except BaseException:
        connection.close()
        scratch.cleanup()
        raise


def connect(reading: ReadingOptions, scratch: Path) -> duckdb.DuckDBPyConnection:
    """A database of our own in memory, which spills to ``scratch`` beyond its memory limit."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"SET memory_limit = '{memory_bytes(reading.memory_limit)}B'")
    connection.execute(f"SET temp_directory = {literal(str(scratch / 'spilled'))}")
    # DuckDB 2.0 cuts a grouping by ranges of moments and reads a file once for each: ten times the work.
    if connection.execute("SELECT 1 FROM duckdb_optimizers() WHERE name = 'partitioned_execution'").fetchall():
        connection.execute("SET disabled_optimizers = 'partitioned_execution'")
    # What a step needed goes back to the machine soon, for a hundredth of the time; by default 128 and 512 MB may stay.
    connection.execute("SET allocator_flush_threshold = '8MB'")
    connection.execute("SET allocator_bulk_deallocation_flush_threshold = '16MB'")
    if reading.disk_limit is not None:
        connection.execute(f"SET max_temp_directory_size = {literal(reading.disk_limit)}")
    if reading.threads is not None:
        connection.execute(f"SET threads = {reading.threads}")
    if reading.shows_progress and sys.stderr.isatty():
        connection.execute("SET enable_progress_bar = true; SET progress_bar_time = 2000")
    return connection


def clean_transactions(order_lines: Export) -> Transactions:
    """Keep the purchases of an export as orders, counting what is left out; frees the export where that fails.

    Raises TransactionsError if no line is a purchase, or memory or disk runs out.
    """
    connection, scratch, reading = order_lines.connection, order_lines.scratch, order_lines.reading
    with freed_on_failure(connection, scratch), shortage_explained(Path(scratch.name)):
        findings = [*order_lines.findings, *_make_tables(order_lines)]
        keeps = reading.keep_equal_lines
        report = cleaning_report(connection, order_lines.missing, reading.policy, keeps_equal_lines=keeps)
        if reading.is_checked:
            is_reduced = any(each.code == "discount" and each.severity is Severity.OK for each in findings)
            findings += check(order_lines, report, is_reduced=is_reduced)
    return Transactions(connection, report, scratch, order_lines.details, order_lines.currency, grave_first(findings))


def _make_tables(order_lines: Export) -> list[Finding]:
    """Make the tables ``orders`` and ``first_products`` from ``order_lines``; tells of dates far from all others."""
    connection, reading, is_reread = order_lines.connection, order_lines.reading, order_lines.is_reread

    def judge(earliest: datetime = EARLIEST, latest: datetime = LATEST) -> None:
        judged = judged_lines(subtract_returns=reading.policy == "net", earliest=earliest, latest=latest)
        kind = "VIEW" if is_reread else "TABLE"
        connection.execute(f"CREATE OR REPLACE TEMP {kind} judged_lines AS {judged}")

    judge()
    earliest, latest, findings = known_days(connection) if reading.is_checked else (EARLIEST, LATEST, [])
    if (earliest, latest) != (EARLIEST, LATEST):
        judge(earliest, latest)
    for name, kind in CLEANING_STEPS.items():
        relation = definition(name, keep_equal_lines=str(reading.keep_equal_lines).lower())
        connection.execute(f"CREATE OR REPLACE {kind} {name} AS {relation}")
    if not is_reread:
        connection.execute("DROP TABLE judged_lines")
    return findings


def sample_customers(transactions: Transactions, *, at_most: int) -> None:
    """Keep the orders of a sample of customers, always the same one, where there are more than ``at_most``.

    The report says how many were kept. A model learns little from customers beyond some tens of thousands,
    and its training data must fit one machine.
    """
    customers = transactions.report.customers
    if customers <= at_most:
        return
    connection = transactions.connection
    kept = f"abs(CAST(hash(customer_id) % 10000 AS INTEGER)) < {max(10_000 * at_most // customers, 1)}"
    for table in ("orders", "first_products"):
        connection.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM {table} WHERE {kept}")
    sampled = connection.execute("SELECT count(DISTINCT customer_id) FROM orders").fetchall()[0][0]
    transactions.report = transactions.report.model_copy(update={"sampled_customers": sampled})
