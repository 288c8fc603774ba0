"""Order lines of one shop: read, cleaned, and kept as tables of orders in an embedded database."""

import re
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import duckdb

from model.currency import currency_code
from model.engines.connection import Connection, column_types, literal, quoted
from model.engines.memory import memory_bytes, shortage_explained, temporary_folder
from model.engines.sql import definition
from model.errors import Shortage, TransactionsError
from model.orders.amounts import decide_decimal, is_numeric, is_text, is_whole, number_expression
from model.orders.blanks import LONGEST_MISSING_WORD, MISSING, combine_columns, fill_blanks, filled_text
from model.orders.checks import check, known_days
from model.orders.cleaning import CleaningReport, LineCounts, cleaning_report, count_lines, judged_lines
from model.orders.columns import DETAILS, ColumnMapping, map_columns
from model.orders.customers import (
    CustomerColumn,
    customer_of_refunds,
    is_untidy,
    list_values,
    refuse_lost_digits,
    tell_guests,
    tidied,
)
from model.orders.dates import SAMPLE_ROWS, is_moment, timestamp_expression
from model.orders.findings import Finding, Severity, as_lines, grave_first
from model.orders.options import ReadingOptions
from model.orders.reductions import ReductionColumns, Reductions
from model.orders.repeated_totals import refuse_repeated_total
from model.orders.sources.files import is_local_parquet, open_source
from model.orders.states import LineMeaning, StateColumns
from model.orders.thresholds import FILLED, NEARLY_BLANK

if TYPE_CHECKING:  # reading an export needs no pandas
    import pandas as pd

# Enough for every model here; training data of so many fits into 8 GB.
FIT_CUSTOMERS = 100_000
# The way from lines to orders: relations that are made one from another, by the files of their names.
CLEANING_STEPS = {
    "numbered_customers": "TEMP TABLE",
    "numbered_products": "TEMP TABLE",
    "line_neighbours": "TEMP TABLE",
    "first_products": "TABLE",
    "possible_copies": "TEMP VIEW",
    "repeated_lines": "TEMP TABLE",
    "booked_orders": "TEMP VIEW",
    "orders": "TABLE",
}
NUMBER_ROLES = ("quantity", "unit_price", "line_total")


@dataclass(frozen=True)
class OrderLines:
    """An export as the view ``order_lines``: our column names and types, nothing dropped yet.

    ``mapping`` tells which column plays which role; ``scratch`` is removed with the last reference to it;
    ``is_reread`` tells that reading lines again costs less than keeping them. ``currency`` is the ISO 4217 code that a
    column names. The view ``detailed_lines`` is there where a column plays one of ``DETAILS``.
    """

    connection: Connection
    mapping: ColumnMapping
    reading: ReadingOptions = field(default_factory=ReadingOptions)
    scratch: "tempfile.TemporaryDirectory[str]" = field(default_factory=temporary_folder)
    is_reread: bool = False
    currency: str | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def details(self) -> tuple[str, ...]:
        """The columns of ``detailed_lines`` that tell of customers what no forecast needs."""
        return tuple(role for role in DETAILS if role in self.mapping.columns)

    @property
    def missing_columns(self) -> tuple[str, ...]:
        """Optional roles that no column plays."""
        return self.mapping.missing


class Transactions:
    """Clean order lines as the tables ``orders`` and ``first_products``.

    ``report`` tells what cleaning did, and ``findings`` what stands out in the export, the gravest first; ``details``
    and ``currency`` are those of ``OrderLines``. Close it, or use it as a context manager, to free the database and its
    temporary files.
    """

    def __init__(
        self,
        connection: Connection,
        report: CleaningReport,
        scratch: "tempfile.TemporaryDirectory[str] | None" = None,
        *,
        details: tuple[str, ...] = (),
        currency: str | None = None,
        findings: Sequence[Finding] = (),
    ) -> None:
        self.connection = connection
        self.report = report
        self.details, self.currency, self.findings = details, currency, grave_first(findings)
        self._scratch = scratch

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
        if self._scratch is not None:
            self._scratch.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read_orders(orders: str | Path, reading: ReadingOptions | None = None) -> Transactions:
    """Read and clean a shop's export, by DuckDB or Spark, in bounded memory.

    Parameters
    ----------
    orders : str or Path
        See ``model.orders.sources.files.open_source``.
    reading : ReadingOptions, optional
        Columns, dates, returns, engine and memory.

    Raises
    ------
    TransactionsError
        If the export cannot be read, no line is a purchase, or memory or disk runs out.
    """
    return clean_transactions(open_orders(orders, reading or ReadingOptions()))


def transactions_from_frame(order_lines: "pd.DataFrame", columns: Mapping[str, str] | None = None) -> Transactions:
    """Clean order lines that are already in memory; the frame is left unchanged."""
    return clean_transactions(open_frame(order_lines, ReadingOptions(columns=dict(columns or {}))))


def open_frame(order_lines: "pd.DataFrame", reading: ReadingOptions) -> OrderLines:
    """Order lines that are already in memory, with their columns mapped; errors as in ``read_orders``."""
    scratch = temporary_folder()
    connection = connect(reading, Path(scratch.name))
    with freed_on_failure(connection, scratch):
        connection.register("source", order_lines)
        return map_order_lines(connection, reading, scratch)


def open_orders(orders: str | Path, reading: ReadingOptions) -> OrderLines:
    """Open an export with its columns mapped; parameters and errors as in ``read_orders``."""
    if reading.engine == "spark":
        from model.orders.sources.spark import open_spark_source  # noqa: PLC0415 - Spark is optional

        cluster, scratch = open_spark_source(orders, reading), temporary_folder()
        with freed_on_failure(cluster, scratch):
            opened = map_order_lines(cluster, reading, scratch)
        return replace(opened, is_reread=True)  # a cluster reads its export again
    scratch = temporary_folder()
    connection = connect(reading, Path(scratch.name))
    with freed_on_failure(connection, scratch), shortage_explained(Path(scratch.name)):
        open_source(connection, orders, reading, Path(scratch.name))
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
    connection.execute(f"SET disabled_optimizers = '{_harmful_optimizer()}'")
    # What a step needed goes back to the machine soon, for a hundredth of the time; by default 128 and 512 MB may stay.
    connection.execute(
        "SET allocator_flush_threshold = '8MB'; SET allocator_bulk_deallocation_flush_threshold = '16MB'"
    )
    if reading.disk_limit is not None:
        connection.execute(f"SET max_temp_directory_size = {literal(reading.disk_limit)}")
    if reading.threads is not None:
        connection.execute(f"SET threads = {reading.threads}")
    if reading.shows_progress and sys.stderr.isatty():
        connection.execute("SET enable_progress_bar = true; SET progress_bar_time = 2000")
    return connection


@cache
def _harmful_optimizer() -> str:
    """DuckDB 2.0 cuts a grouping by ranges of moments and reads a file once for each: ten times the work."""
    name = "partitioned_execution"
    known = duckdb.connect().execute("SELECT name FROM duckdb_optimizers() WHERE name = ?", [name]).fetchall()
    return name if known else ""


def map_order_lines(
    connection: Connection,
    reading: ReadingOptions,
    scratch: "tempfile.TemporaryDirectory[str]",
    *,
    is_parquet: bool = False,
) -> OrderLines:
    """Create the view ``order_lines`` over ``source``; errors as in ``read_orders``.

    ``is_parquet`` tells that ``source`` is read from Parquet on this machine, again and again.
    """
    combine_columns(connection, reading)
    types = column_types(connection, "source")
    blanks = list(fill_blanks(connection, map_columns(list(types), reading.columns, reading.ignored).columns, types))
    types = column_types(connection, "source")
    mapping, replaced = map_filled_columns(connection, list(types), reading)
    list_values(connection, mapping.columns)
    refuse_lost_digits(connection, mapping.columns, types)
    currency = _only_currency(connection, mapping)
    if "line_total" not in reading.columns:
        refuse_repeated_total(connection, mapping)
    decimal = _decimal(connection, mapping, types, reading)
    expressions = _role_expressions(connection, mapping, types, reading, decimal, is_parquet=is_parquet)
    used = {name for role, name in mapping.columns.items() if role not in DETAILS}
    others = [quoted(name) for name in types if name not in used]
    customers = CustomerColumn(connection, types, mapping.columns, expressions)
    customers.examine()
    guests = list(tell_guests(connection, mapping.columns))
    meaning, reductions = _line_meaning(connection, mapping, types, reading, expressions, decimal)
    meaning.excluded += customers.excluded
    amount = f"{expressions['quantity']} * ({expressions['unit_price']})"
    expressions["customer_id"] = customer_of_refunds(
        connection, mapping.columns, types, expressions["customer_id"], amount
    )
    expressions |= _with_returns(expressions, meaning)
    expressions["unit_price"] = reductions.price(expressions["unit_price"])
    expressions["other_columns"] = f"hash({', '.join(others)})" if others else "0"
    expressions["excluded"] = meaning.reason(net=reading.policy == "net")
    selected = ", ".join(f"{expression} AS {role}" for role, expression in expressions.items())
    connection.execute(f"CREATE TEMP VIEW order_lines AS SELECT {selected} FROM {meaning.relation}")
    opened = OrderLines(
        connection,
        mapping,
        reading,
        scratch,
        is_reread=is_parquet and _has_types(types, mapping),
        currency=currency,
        findings=(*blanks, *replaced, *guests, *customers.findings, *meaning.findings, *reductions.findings),
    )
    if opened.details:
        told = [f"trim(CAST({quoted(mapping.columns[role])} AS VARCHAR)) AS {role}" for role in opened.details]
        lines = f"SELECT {selected}, {', '.join(told)} FROM {meaning.relation}"
        connection.execute(f"CREATE TEMP VIEW detailed_lines AS SELECT * FROM ({lines}) AS told WHERE excluded IS NULL")
    return opened


def _line_meaning(
    connection: Connection,
    mapping: ColumnMapping,
    types: Mapping[str, str],
    reading: ReadingOptions,
    expressions: Mapping[str, str],
    decimal: str | None,
) -> tuple[LineMeaning, Reductions]:
    """What the columns without a role say of the lines, and take off them."""
    invoice, columns = mapping.columns.get("invoice"), mapping.columns
    unused = [name for name in types if name not in columns.values()]
    order = None if invoice is None else f"nullif(trim(CAST({quoted(invoice)} AS VARCHAR)), '')"
    amount = f"{expressions['quantity']} * ({expressions['unit_price']})"
    meaning = StateColumns(connection, types, reading, amount=amount, invoice=order).examine(unused)
    reductions = ReductionColumns(
        connection, types, reading, columns=columns, expressions=expressions, decimal=decimal or "point", invoice=order
    ).examine([name for name in unused if name not in {finding.column for finding in meaning.findings}])
    if reductions.refunds:  # a state tells what no amount does
        none = " AND ".join(f"coalesce({share}, 0) = 0" for share in reductions.refunds)
        meaning.refunded[:] = [(f"{condition} AND {none}", reason) for condition, reason in meaning.refunded]
        whole = " + ".join(f"coalesce({share}, 0)" for share in (*reductions.discounts, *reductions.refunds))
        meaning.refunded.append((f"{whole} > 0.999999", "refunded in full"))
    return meaning, reductions


def _with_returns(expressions: Mapping[str, str], meaning: LineMeaning) -> dict[str, str]:
    """Quantity and price of lines that take money back: negative and positive, however they are written."""
    if not meaning.returned:
        return {}
    is_return, quantity, price = " OR ".join(meaning.returned), expressions["quantity"], expressions["unit_price"]
    return {
        "quantity": f"CASE WHEN {is_return} THEN -abs({quantity}) ELSE {quantity} END",
        "unit_price": f"CASE WHEN {is_return} THEN abs({price}) ELSE {price} END",
    }


def clean_transactions(order_lines: OrderLines) -> Transactions:
    """Keep the purchases of an export as orders, counting what is left out; frees the export where that fails.

    Raises
    ------
    TransactionsError
        If no line is a purchase, or memory or disk runs out.
    """
    connection, scratch = order_lines.connection, Path(order_lines.scratch.name)
    reading = order_lines.reading
    with freed_on_failure(connection, order_lines.scratch), shortage_explained(scratch):
        counts, findings = _make_tables(order_lines)
        report = cleaning_report(connection, counts).model_copy(
            update={
                "missing_columns": order_lines.missing_columns,
                "returns": reading.policy,
                "keeps_equal_lines": reading.keep_equal_lines,
            }
        )
        if reading.is_checked:
            findings += check(connection, order_lines.mapping, report, reading.decimal)
    return Transactions(
        connection,
        report,
        order_lines.scratch,
        details=order_lines.details,
        currency=order_lines.currency,
        findings=[*order_lines.findings, *findings],
    )


def _make_tables(order_lines: OrderLines) -> tuple[LineCounts, list[Finding]]:
    """Make the tables ``orders`` and ``first_products`` from ``order_lines``, and count the lines."""
    connection, reading, is_reread = order_lines.connection, order_lines.reading, order_lines.is_reread
    kept_as, subtract_returns = "VIEW" if is_reread else "TABLE", reading.policy == "net"
    judged = judged_lines(subtract_returns=subtract_returns)
    connection.execute(f"CREATE OR REPLACE TEMP {kept_as} judged_lines AS {judged}")
    findings: list[Finding] = []
    if reading.is_checked:
        earliest, latest, findings = known_days(connection)
        if any(finding.code == "far_dates" for finding in findings):
            judged = judged_lines(subtract_returns=subtract_returns, earliest=earliest, latest=latest)
            connection.execute(f"CREATE OR REPLACE TEMP {kept_as} judged_lines AS {judged}")
    connection.execute("CREATE OR REPLACE TEMP VIEW kept_lines AS SELECT * FROM judged_lines WHERE is_kept")
    counts = count_lines(connection)
    for name, kind in CLEANING_STEPS.items():
        values = {"keep_equal_lines": str(reading.keep_equal_lines).lower()} if name == "repeated_lines" else {}
        connection.execute(f"CREATE OR REPLACE {kind} {name} AS {definition(name, **values)}")
    if reading.is_checked:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE near_copies AS {definition('near_copies')}")
    if not is_reread:
        connection.execute("DROP TABLE judged_lines")
    return counts, findings


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


def map_filled_columns(
    connection: Connection, names: list[str], reading: ReadingOptions
) -> tuple[ColumnMapping, list[Finding]]:
    """Columns that have a known name and hardly a value give way to filled ones; and what to tell about that.

    One without any value gives way to whatever there is; both stay where nothing else is there.
    """
    mapping = map_columns(names, reading.columns, reading.ignored)
    sparse: dict[str, float] = {}
    findings = []
    while found := {
        name: share
        for name, share in _sparse_columns(connection, mapping).items()
        if name not in sparse and name not in reading.columns.values()
    }:
        sparse |= found
        for name, share in found.items():
            try:
                other = map_columns(names, reading.columns, reading.ignored, empty={*mapping.gone, name})
            except TransactionsError:
                continue
            roles = [role for role, column in mapping.columns.items() if column == name and role in other.columns]
            better = [other.columns[role] for role in roles if role not in DETAILS]
            if share and not (better and all(_filled_share(connection, each) >= FILLED for each in better)):
                continue
            findings += [
                _tell_sparse(name, share, role, other.columns[role]) for role in roles if share and role not in DETAILS
            ]
            mapping = other
    return mapping, findings


def _tell_sparse(name: str, share: float, role: str, other: str) -> Finding:
    return Finding(
        "nearly_blank_column",
        Severity.WARNING,
        f"column {name!r} is blank on {1 - share:.0%} of the lines, so {other!r}, which is filled, plays {role}",
        column=name,
        option="columns",
        proposal=f"{role}={name}",
    )


def _sparse_columns(connection: Connection, mapping: ColumnMapping) -> dict[str, float]:
    """Those of the mapped columns that are filled on few lines, with their share; the first rows clear most of them."""
    names = sorted(set(mapping.columns.values()))
    texts = ", ".join(f"trim(CAST({quoted(name)} AS VARCHAR))" for name in names)
    first_rows = connection.execute(f"SELECT {texts} FROM source LIMIT {SAMPLE_ROWS}").fetchall()
    shares = {}
    for name, values in zip(names, zip(*first_rows, strict=True), strict=False):
        blank = sum(value is None or re.fullmatch(MISSING, value) is not None for value in values)
        if blank > NEARLY_BLANK * len(values):
            shares[name] = _filled_share(connection, name)
    return {name: share for name, share in shares.items() if share < NEARLY_BLANK}


def _filled_share(connection: Connection, name: str) -> float:
    query = f"SELECT count({filled_text(quoted(name))}), count(*) FROM source"
    filled, every = connection.execute(query).fetchall()[0]
    return float(filled / every) if every else 0.0


def _only_currency(connection: Connection, mapping: ColumnMapping) -> str | None:
    """The currency of all amounts, where a column tells; several are refused, for their sums mean nothing."""
    if "currency" not in mapping.columns:
        return None
    code = f"upper(trim(CAST({quoted(mapping.columns['currency'])} AS VARCHAR)))"
    found = connection.execute(
        f"SELECT {code}, count(*) FROM source WHERE {code} <> '' GROUP BY {code} ORDER BY count(*) DESC, {code}"
    ).fetchall()
    if len(found) > 1:
        shown = ", ".join(f"{name} ({count:,} lines)" for name, count in found[:10])
        raise TransactionsError(
            f"column {mapping.columns['currency']!r} holds {len(found)} currencies: {shown}. Amounts of several "
            "currencies cannot be added; convert them to one, or export one currency at a time"
        )
    return currency_code(found[0][0]) if found else None


def _decimal(
    connection: Connection, mapping: ColumnMapping, types: Mapping[str, str], reading: ReadingOptions
) -> str | None:
    """The decimal mark of the amounts; see ``decide_decimal``."""
    numbers = {role: mapping.columns[role] for role in NUMBER_ROLES if role in mapping.columns}
    columns = {role: quoted(name) for role, name in numbers.items()}
    return decide_decimal(connection, columns, {role: types[name] for role, name in numbers.items()}, reading.decimal)


def _role_expressions(
    connection: Connection,
    mapping: ColumnMapping,
    types: Mapping[str, str],
    reading: ReadingOptions,
    decimal: str | None,
    *,
    is_parquet: bool,
) -> dict[str, str]:
    """SQL for each of our columns; what the export lacks is derived or left empty."""
    source = {role: quoted(name) for role, name in mapping.columns.items()}
    moment_type = types[mapping.columns["ordered_at"]]
    ordered_at = timestamp_expression(connection, source["ordered_at"], moment_type, reading.date_order)
    numbers = {role: source[role] for role in NUMBER_ROLES if role in source}
    number_types = {role: types[mapping.columns[role]] for role in numbers}
    amounts = {role: number_expression(column, number_types[role], decimal) for role, column in numbers.items()}
    quantity = amounts.get("quantity", "CAST(1 AS DOUBLE)")
    if "line_total" in amounts:
        if "quantity" in amounts:  # a fee, or postage, has a total alone
            is_blank = f"coalesce(trim(CAST({source['quantity']} AS VARCHAR)), '') = ''"
            quantity = f"CASE WHEN {is_blank} THEN CAST(1 AS DOUBLE) ELSE {quantity} END"
        unit_price = f"{amounts['line_total']} / CASE WHEN {quantity} = 0 THEN 1 ELSE {quantity} END"
    else:
        unit_price = amounts["unit_price"]

    def identifier(role: str) -> str:
        column, sql_type = source[role], types[mapping.columns[role]]
        if is_whole(sql_type):
            return column  # becomes text with the orders: whole numbers are grouped faster
        spelled = {"is_customer": role == "customer_id", "is_text": not _has_types(types, mapping)}
        # A bare column of a file stays a dictionary, which is grouped faster.
        if (
            is_parquet
            and sql_type == "VARCHAR"
            and not is_untidy(connection, role)
            and not _is_untidy(connection, column, _spellings(column, **spelled))
        ):
            return column
        text = f"trim(CAST({column} AS VARCHAR))"
        if is_text(sql_type) and is_untidy(connection, role):
            text = tidied(text)
        cases = " ".join(f"WHEN {odd} THEN {meant}" for odd, meant in _spellings(text, **spelled).items())
        return f"CASE {cases} ELSE {text} END"

    return {
        "customer_id": identifier("customer_id"),
        "invoice": _invoice(connection, identifier("invoice") if "invoice" in source else None, ordered_at),
        "product": identifier("product") if "product" in source else "CAST(NULL AS VARCHAR)",
        "ordered_at": ordered_at,
        "quantity": quantity,
        "unit_price": unit_price,
    }


def _invoice(connection: Connection, invoice: str | None, ordered_at: str) -> str:
    """Without invoices, or on lines without one, a customer's day is one order."""
    day = f"CAST(CAST({ordered_at} AS DATE) AS VARCHAR)"
    if invoice is None:
        return day
    # A bare column is grouped faster.
    is_missing = f"value IS NULL OR regexp_matches(trim(value), '{MISSING}|^[(]null[)]$')"
    missing = f"SELECT 1 FROM values_of_invoice WHERE {is_missing} LIMIT 1"
    is_whole_column = not connection.execute(missing).fetchall()
    return invoice if is_whole_column else f"coalesce(CAST({invoice} AS VARCHAR), {day})"


def _spellings(text: str, *, is_customer: bool, is_text: bool) -> dict[str, str]:
    """How an identifier may be written, as conditions, and what is meant.

    A whole number that a spreadsheet wrote as 13085.0 loses its tail. A customer's e-mail address is one in any case.
    In an export that is all text, what was guarded from a spreadsheet as ="00123" loses its guard, and "(null)" is
    nothing.
    """
    spellings = {f"strlen({text}) <= {LONGEST_MISSING_WORD} AND regexp_matches({text}, '{MISSING}')": "NULL"}
    if is_customer:
        spellings[f"{text} LIKE '_%@_%'"] = f"lower({text})"
    if is_text:
        spellings[f"{text} = '(null)'"] = "NULL"
        spellings[f"{text} LIKE '=\"%\"'"] = f"substr({text}, 3, length({text}) - 3)"
    spellings[f"{text} LIKE '%.0'"] = f"regexp_replace({text}, '^([0-9]+)[.]0+$', '\\1')"
    return spellings


def _is_untidy(connection: Connection, column: str, spellings: Iterable[str]) -> bool:
    """Whether a column of a file has such values, or blanks around others; each is asked by itself while it is read."""
    return any(
        connection.execute(f"SELECT 1 FROM source WHERE {odd} LIMIT 1").fetchall()
        for odd in (f"trim({column}) <> {column}", *spellings)
    )


def _has_types(types: Mapping[str, str], mapping: ColumnMapping) -> bool:
    """Whether moments and amounts are moments and numbers in the export already, not texts to be read."""
    columns = mapping.columns
    numbers = [types[columns[role]] for role in NUMBER_ROLES if role in columns]
    return is_moment(types[columns["ordered_at"]]) and all(map(is_numeric, numbers))
