"""Blank ids, dates and invoices: repeats of the row above, or of the same order, are filled in; guests stay without."""

import re
from collections.abc import Iterator, Mapping

import duckdb

from model.engines.connection import Connection, column_types, quoted, trimmed
from model.orders.columns import chosen_column
from model.orders.customers import is_one_of
from model.orders.findings import Finding, Severity
from model.orders.options import ReadingOptions

# What a missing identifier looks like in an export that was once a data frame or a spreadsheet.
MISSING = r"^(?i:nan|none|null|na|n/a|#n/a|<na>|\\n|-+|[?])?$"
LONGEST_MISSING_WORD = 4
KEYS = ("customer_id", "ordered_at", "invoice")


def fill_blanks(connection: Connection, columns: Mapping[str, str], types: Mapping[str, str]) -> Iterator[Finding]:
    """Fill the key columns of ``source`` where a blank means the same as above, or as elsewhere in the order."""
    if "customer_id" not in columns or "ordered_at" not in columns:
        return
    customer, date = (_is_blank(columns[role]) for role in ("customer_id", "ordered_at"))
    customers, dates, both = connection.execute(
        f"SELECT count(CASE WHEN {customer} THEN 1 END), count(CASE WHEN {date} THEN 1 END), "
        f"count(CASE WHEN {customer} AND {date} THEN 1 END) FROM source"
    ).fetchall()[0]
    if both:
        yield from _fill_down(connection, [columns[role] for role in KEYS if role in columns], columns, types)
    for role, blank in (("customer_id", customers), ("ordered_at", dates)):
        if blank and "invoice" in columns and columns[role] != columns["invoice"]:
            yield from _fill_orders(connection, columns[role], columns["invoice"], types)
    if customers > both:
        yield from _tell_groups(connection, columns["customer_id"])
        if "invoice" in columns and columns["invoice"] != columns["customer_id"]:
            yield from _tell_lines_of_nobody(connection, columns["customer_id"], columns["invoice"])


def _is_blank(name: str) -> str:
    return f"coalesce({trimmed(quoted(name))}, '') = ''"


def _fill_down(
    connection: Connection, keys: list[str], columns: Mapping[str, str], types: Mapping[str, str]
) -> Iterator[Finding]:
    """Rows below the first of an order: customer, date and number are blank together, and an amount stands there."""
    header_is_blank = " AND ".join(map(_is_blank, keys))
    amount = columns.get("line_total") or columns["unit_price"]
    texts = [name for name, sql_type in types.items() if sql_type.upper().startswith(("VARCHAR", "STRING"))]
    is_sum = " OR ".join(is_one_of(quoted(name), "sums") for name in texts) or "false"
    below = f"{header_is_blank} AND NOT {_is_blank(amount)} AND NOT coalesce({is_sum}, false)"
    lines = int(connection.execute(f"SELECT count(*) FROM source WHERE {below}").fetchall()[0][0])
    if lines == 0 or (lines == 1 and "product" not in columns):  # one such row is a total
        return
    named = " and ".join(map(repr, keys))
    if not isinstance(connection, duckdb.DuckDBPyConnection):
        yield Finding(
            "blank_below",
            Severity.FAILURE,
            f"{named} are blank below a filled row on {lines:,} lines, which are left out: Spark knows no order of "
            "rows. "
            "Fill them down in the export, or leave --engine out",
            column=keys[0],
            lines=lines,
        )
        return
    connection.execute("CREATE OR REPLACE TEMP TABLE numbered AS SELECT *, row_number() OVER () AS line FROM source")
    values = {name: f"CASE WHEN NOT {_is_blank(name)} THEN {quoted(name)} END" for name in keys}
    filled = ", ".join(
        f"CASE WHEN {below} THEN last_value({value} IGNORE NULLS) OVER (ORDER BY line) ELSE {quoted(name)} END AS "
        f"{quoted(name)}"
        for name, value in values.items()
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE filled_down AS SELECT * EXCLUDE (line) REPLACE ({filled}) FROM numbered "
        "ORDER BY line"
    )
    connection.execute("DROP TABLE numbered")
    replace_source(connection, "SELECT * FROM filled_down")
    yield Finding(
        "filled_down",
        Severity.WARNING,
        f"{named} are blank below a filled row on {lines:,} lines: they were filled down from it, as lines of the "
        "same order",
        column=keys[0],
        lines=lines,
    )


def _fill_orders(connection: Connection, name: str, invoice: str, types: Mapping[str, str]) -> Iterator[Finding]:
    """A customer or a date that stands on some lines of an order alone."""
    is_blank, has_order = _is_blank(name), f"NOT {_is_blank(invoice)}"
    value = f"CASE WHEN NOT {is_blank} THEN {quoted(name)} END"
    lines = connection.execute(
        f"SELECT coalesce(sum(blank), 0) FROM (SELECT count(CASE WHEN {is_blank} THEN 1 END) AS blank FROM source "
        f"WHERE {has_order} GROUP BY {quoted(invoice)} HAVING min({value}) = max({value})) AS orders"
    ).fetchall()[0][0]
    if not lines:
        return
    order = f"OVER (PARTITION BY {quoted(invoice)})"
    is_one = f"{has_order} AND min({value}) {order} = max({value}) {order}"
    filled = f"CASE WHEN {is_blank} AND {is_one} THEN max({value}) {order}"
    columns = [
        f"{filled} ELSE {quoted(name)} END AS {quoted(name)}" if each == name else quoted(each) for each in types
    ]
    replace_source(connection, f"SELECT {', '.join(columns)} FROM source")
    yield Finding(
        "filled_from_order",
        Severity.WARNING,
        f"column {name!r} is blank on {int(lines):,} lines whose order has a value on another line; they have that one",
        column=name,
        lines=int(lines),
    )


def _tell_lines_of_nobody(connection: Connection, customer: str, invoice: str) -> Iterator[Finding]:
    """A guest has an order of their own; a line without both may belong to the row above."""
    lines = connection.execute(
        f"SELECT count(*) FROM source WHERE {_is_blank(customer)} AND {_is_blank(invoice)}"
    ).fetchall()[0][0]
    if lines:
        yield Finding(
            "blank_below",
            Severity.FAILURE,
            f"{customer!r} and {invoice!r} are both blank on {int(lines):,} lines, so they are no orders of "
            "guests. If they "
            "belong to the row above, fill it down in the export; meanwhile the lines are left out",
            column=customer,
            lines=int(lines),
        )


def _tell_groups(connection: Connection, name: str) -> Iterator[Finding]:
    """Where each customer stands once, above many blanks, a blank may be a repeat of the row above, and no guest."""
    is_blank = _is_blank(name)
    blank, filled = connection.execute(
        f"SELECT count(CASE WHEN {is_blank} THEN 1 END), count(CASE WHEN NOT {is_blank} THEN 1 END) FROM source"
    ).fetchall()[0]
    if not blank > filled > 1:
        return
    query = f"SELECT count(DISTINCT {quoted(name)}) FROM source WHERE NOT {is_blank}"
    if connection.execute(query).fetchall()[0][0] == filled:
        yield Finding(
            "blank_below",
            Severity.FAILURE,
            f"column {name!r} is blank on {blank:,} lines, and each of its {filled:,} values stands once. If a "
            "blank below "
            "a filled row means the same customer, fill it down in the export; meanwhile the lines are left out",
            column=name,
            lines=int(blank),
        )


def original_source(connection: duckdb.DuckDBPyConnection) -> str:
    """The relation that the export itself is, before anything took its place as ``source``."""
    replaced = connection.execute("SELECT 1 FROM duckdb_views() WHERE view_name = 'source_1'").fetchall()
    return "source_1" if replaced else "source"


def replace_source(connection: Connection, query: str) -> None:
    """Make ``source`` what the query makes of it."""
    if isinstance(connection, duckdb.DuckDBPyConnection):
        views = connection.execute("SELECT count(*) FROM duckdb_views() WHERE view_name LIKE 'source%'").fetchall()
        connection.execute(f"ALTER VIEW source RENAME TO source_{views[0][0]}")
        query = re.sub(r"\bsource\b", f"source_{views[0][0]}", query)
    connection.execute(f"CREATE OR REPLACE TEMP VIEW source AS {query}")


def combine_columns(connection: Connection, reading: ReadingOptions) -> None:
    """Make a column of each ``A|B`` that plays a role: the first of them that is filled."""
    names = list(column_types(connection, "source"))
    for role, wanted in reading.columns.items():
        if "|" in wanted and wanted not in names:
            parts = [quoted(chosen_column(role, part.strip(), names)) for part in wanted.split("|")]
            texts = ", ".join(filled_text(part) for part in parts)
            replace_source(connection, f"SELECT *, coalesce({texts}) AS {quoted(wanted)} FROM source")


def filled_text(column: str) -> str:
    """SQL for the text of a quoted column, NULL where it says nothing."""
    text = trimmed(column)
    return f"CASE WHEN NOT regexp_matches({text}, '{MISSING}') THEN {text} END"
