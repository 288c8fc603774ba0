"""Order lines of one shop: read, cleaned, and kept as tables of orders in an embedded database."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb
import pandas as pd

from model.cleaning import CleaningReport, DroppedLines
from model.columns import ColumnMapping, map_columns
from model.dates import timestamp_expression
from model.errors import TransactionsError
from model.sources import column_types, open_source, quoted

SQL = Path(__file__).parent / "sql"
DUPLICATES = "exact duplicate"
# What a missing identifier looks like in an export that was once a data frame or a spreadsheet.
MISSING_WORDS = "('', 'nan', 'none', 'null', 'na', 'n/a', '<na>')"


@dataclass(frozen=True)
class OrderLines:
    """An export as the view ``order_lines``: our column names and types, nothing dropped yet."""

    connection: duckdb.DuckDBPyConnection
    missing_columns: tuple[str, ...] = ()


class Transactions:
    """Clean order lines as the tables ``orders`` and ``first_products``.

    ``report`` tells what cleaning did. Close it, or use it as a context manager, to free
    the database.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, report: CleaningReport) -> None:
        self.connection = connection
        self.report = report

    @property
    def starts_at(self) -> datetime:
        """The midnight before the first line."""
        return datetime.combine(self.report.first_line_at.date(), time.min)

    @property
    def ends_at(self) -> datetime:
        """The midnight after the last line: the first moment of which nothing is known."""
        return datetime.combine(self.report.last_line_at.date(), time.min) + timedelta(days=1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.connection.close()


def read_transactions(
    path: Path, columns: Mapping[str, str] | None = None, *, date_order: str | None = None
) -> Transactions:
    """Read and clean a shop's export.

    Parameters
    ----------
    path : Path
        CSV, Parquet or XLSX file.
    columns : mapping, optional
        Role to column name for columns with unusual names, or role to position (from 1)
        where the file has no header.
    date_order : {"day", "month"}, optional
        Decides dates such as 03/04/2011.

    Raises
    ------
    TransactionsError
        If the file, a column or a date cannot be read, or no line is a purchase.
    """
    return clean_transactions(open_order_lines(path, columns, date_order=date_order))


def transactions_from_frame(order_lines: pd.DataFrame, columns: Mapping[str, str] | None = None) -> Transactions:
    """Clean order lines that are already in memory; the frame is left unchanged."""
    connection = _connect()
    connection.register("source", order_lines)
    return clean_transactions(_map_order_lines(connection, columns or {}, date_order=None))


def open_order_lines(
    path: Path, columns: Mapping[str, str] | None = None, *, date_order: str | None = None
) -> OrderLines:
    """Open an export with its columns mapped; parameters and errors as in ``read_transactions``."""
    chosen = dict(columns or {})
    by_position = bool(chosen) and all(name.isdecimal() for name in chosen.values())
    connection = _connect()
    open_source(connection, path, has_header=not by_position)
    return _map_order_lines(connection, chosen, date_order=date_order)


def clean_transactions(order_lines: OrderLines) -> Transactions:
    """Keep the purchases of an export as orders, counting what is left out.

    Raises
    ------
    TransactionsError
        If no line is a purchase.
    """
    connection = order_lines.connection
    try:
        for step in ("judged_lines", "clean_lines", "orders", "first_products"):
            connection.execute((SQL / f"{step}.sql").read_text())
        report = _report(connection, order_lines.missing_columns)
    except duckdb.Error as error:
        raise TransactionsError(f"the order lines cannot be read: {str(error).splitlines()[0]}") from error
    connection.execute("DROP TABLE clean_lines")
    return Transactions(connection, report)


def _connect() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    if sys.stderr.isatty():
        connection.execute("SET enable_progress_bar = true; SET progress_bar_time = 2000")
    return connection


def _map_order_lines(
    connection: duckdb.DuckDBPyConnection, columns: Mapping[str, str], *, date_order: str | None
) -> OrderLines:
    types = column_types(connection, "source")
    mapping = map_columns(list(types), columns)
    expressions = _role_expressions(connection, mapping, types, date_order)
    extras = [quoted(name) for name in types if name not in set(mapping.columns.values())]
    selected = [f"{expression} AS {role}" for role, expression in expressions.items()]
    selected += [f"{name} AS extra_{number}" for number, name in enumerate(extras)]
    connection.execute(f"CREATE VIEW order_lines AS SELECT {', '.join(selected)} FROM source")
    return OrderLines(connection, mapping.missing)


def _role_expressions(
    connection: duckdb.DuckDBPyConnection, mapping: ColumnMapping, types: Mapping[str, str], date_order: str | None
) -> dict[str, str]:
    """SQL for each of our columns; what the export lacks is derived or left empty."""
    source = {role: quoted(name) for role, name in mapping.columns.items()}
    moment_type = types[mapping.columns["ordered_at"]]
    ordered_at = timestamp_expression(connection, source["ordered_at"], moment_type, date_order)
    quantity = _number(source["quantity"]) if "quantity" in source else "1.0"
    if "line_total" in source:
        unit_price = f"{_number(source['line_total'])} / nullif({quantity}, 0)"
    else:
        unit_price = _number(source["unit_price"])
    # Without invoices a customer's day is one order.
    invoice = _identifier(source["invoice"]) if "invoice" in source else f"strftime({ordered_at}, '%Y-%m-%d')"
    return {
        "customer_id": _identifier(source["customer_id"]),
        "invoice": invoice,
        "product": _identifier(source["product"]) if "product" in source else "CAST(NULL AS VARCHAR)",
        "ordered_at": ordered_at,
        "quantity": quantity,
        "unit_price": unit_price,
    }


def _identifier(column: str) -> str:
    """Text without surrounding blanks; a whole number that a spreadsheet wrote as 13085.0 loses its tail."""
    text = f"regexp_replace(trim(CAST({column} AS VARCHAR)), '^(\\d+)\\.0+$', '\\1')"
    return f"CASE WHEN lower({text}) IN {MISSING_WORDS} THEN NULL ELSE {text} END"


def _number(column: str) -> str:
    """A finite number, or NULL."""
    value = f"TRY_CAST(trim(CAST({column} AS VARCHAR)) AS DOUBLE)"
    return f"CASE WHEN isfinite({value}) THEN {value} END"


def _report(connection: duckdb.DuckDBPyConnection, missing_columns: tuple[str, ...]) -> CleaningReport:
    dropped: list[tuple[Any, ...]] = connection.execute(
        "SELECT drop_reason, count(*), coalesce(sum(spend), 0), sum(count(*)) OVER (), "
        "sum(sum(spend) FILTER (quantity > 0 AND unit_price > 0)) OVER () "
        "FROM judged_lines GROUP BY drop_reason ORDER BY count(*) DESC, drop_reason"
    ).fetchall()
    lines_read, positive_spend = (dropped[0][3], dropped[0][4] or 0.0) if dropped else (0, 0.0)
    copies, copied_spend = connection.execute(
        "SELECT coalesce(sum(copies - 1), 0), coalesce(sum((copies - 1) * spend), 0) FROM clean_lines"
    ).fetchall()[0]
    reasons = [(reason, lines, spend) for reason, lines, spend, *_ in dropped if reason is not None]
    if copies:
        reasons.append((DUPLICATES, copies, copied_spend))
    kept, customers, orders, spend, first, last = connection.execute(
        "SELECT sum(lines), count(DISTINCT customer_id), count(*) FILTER (opens_invoice), sum(spend), "
        "min(ordered_at), max(ordered_at) FROM orders"
    ).fetchall()[0]
    if not kept:
        counted = "; ".join(f"{reason}: {lines:,}" for reason, lines, _ in reasons)
        raise TransactionsError(f"none of the {lines_read:,} lines is a purchase ({counted}); check --columns")
    return CleaningReport(
        lines_read=lines_read,
        lines_kept=kept,
        customers=customers,
        orders=orders,
        spend=round(spend, 2),
        first_line_at=first,
        last_line_at=last,
        missing_columns=missing_columns,
        dropped=tuple(
            DroppedLines(
                reason=reason,
                lines=lines,
                spend=round(spend, 2),
                share_of_spend=round(spend / positive_spend, 6) if positive_spend else 0.0,
            )
            for reason, lines, spend in reasons
        ),
    )
