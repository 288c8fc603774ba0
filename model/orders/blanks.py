"""Blank ids, dates and invoices: repeats of the row above, or of the same order, are filled in; guests stay without."""

from collections.abc import Iterator

import duckdb

from model.engines.connection import Connection, column_types, quoted, trimmed
from model.orders.amounts import is_text
from model.orders.columns import find_column
from model.orders.customers import is_one_of
from model.orders.export import Export, replace_source
from model.orders.findings import Finding, finding
from model.orders.options import ReadingOptions

# What a missing identifier looks like in an export that was once a data frame or a spreadsheet.
MISSING = r"^(?i:nan|none|null|na|n/a|#n/a|<na>|\\n|-+|[?])?$"
LONGEST_MISSING_WORD = 4
KEYS = ("customer_id", "ordered_at", "invoice")


def fill_blanks(export: Export) -> Iterator[Finding]:
    """Fill the key columns of ``source`` where a blank means the same as above, or as elsewhere in the order."""
    customer, date, invoice = (export.columns.get(role) for role in KEYS)
    if customer is None or date is None:
        return
    customers, dates, both = export.row(
        f"SELECT count(*) FILTER (WHERE {_is_blank(customer)}), count(*) FILTER (WHERE {_is_blank(date)}), "
        f"count(*) FILTER (WHERE {_is_blank(customer)} AND {_is_blank(date)}) FROM source"
    )
    if both:
        yield from _fill_down(export)
    for name, blank in ((customer, customers), (date, dates)):
        if blank and invoice is not None and name != invoice:
            yield from _fill_orders(export, name, invoice)
    if customers > both:
        yield from _tell_blank_customers(export, customer, invoice)


def _is_blank(name: str) -> str:
    return f"coalesce({trimmed(quoted(name))}, '') = ''"


def _fill_down(export: Export) -> Iterator[Finding]:
    """Rows below the first of an order: customer, date and number are blank together, and an amount stands there."""
    columns, connection = export.columns, export.connection
    keys = [columns[role] for role in KEYS if role in columns]
    amount = columns.get("line_total") or columns["unit_price"]
    texts = [name for name, sql_type in export.types.items() if is_text(sql_type)]
    is_sum = " OR ".join(is_one_of(quoted(name), "sums") for name in texts) or "false"
    below = f"{' AND '.join(map(_is_blank, keys))} AND NOT {_is_blank(amount)} AND NOT coalesce({is_sum}, false)"
    (lines,) = export.row(f"SELECT count(*) FROM source WHERE {below}")
    if lines == 0 or (lines == 1 and "product" not in columns):  # one such row is a total
        return
    about = {"keys": " and ".join(map(repr, keys)), "column": keys[0], "lines": lines}
    if isinstance(connection, duckdb.DuckDBPyConnection):
        filled = ", ".join(
            f"CASE WHEN {below} THEN last_value(CASE WHEN NOT {_is_blank(name)} THEN {quoted(name)} END IGNORE NULLS) "
            f"OVER (ORDER BY line) ELSE {quoted(name)} END AS {quoted(name)}"
            for name in keys
        )
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE filled_down AS SELECT * EXCLUDE (line) "
            f"REPLACE ({filled}) FROM (SELECT *, row_number() OVER () AS line FROM source) AS numbered ORDER BY line"
        )
        replace_source(connection, "*", relation="filled_down")
        yield finding("filled_down", **about)
    else:
        yield finding("not_filled_down", **about)


def _fill_orders(export: Export, name: str, invoice: str) -> Iterator[Finding]:
    """A customer or a date that stands on some lines of an order alone."""
    is_blank, has_order = _is_blank(name), f"NOT {_is_blank(invoice)}"
    value = f"CASE WHEN NOT {is_blank} THEN {quoted(name)} END"
    (lines,) = export.row(
        f"SELECT coalesce(sum(blank), 0) FROM (SELECT count(*) FILTER (WHERE {is_blank}) AS blank FROM source "
        f"WHERE {has_order} GROUP BY {quoted(invoice)} HAVING min({value}) = max({value})) AS orders"
    )
    if not lines:
        return
    order = f"OVER (PARTITION BY {quoted(invoice)})"
    is_one = f"{has_order} AND min({value}) {order} = max({value}) {order}"
    filled = f"CASE WHEN {is_blank} AND {is_one} THEN max({value}) {order} ELSE {quoted(name)} END AS {quoted(name)}"
    columns = ", ".join(filled if each == name else quoted(each) for each in export.types)
    replace_source(export.connection, columns)
    yield finding("filled_from_order", column=name, lines=int(lines))


def _tell_blank_customers(export: Export, customer: str, invoice: str | None) -> Iterator[Finding]:
    """Blanks that may be no guests: many below customers that stand once each, and lines without an order."""
    is_blank = _is_blank(customer)
    blank, filled, without_order = export.row(
        f"SELECT count(*) FILTER (WHERE {is_blank}), count(*) FILTER (WHERE NOT {is_blank}), "
        f"count(*) FILTER (WHERE {is_blank} AND {_is_blank(invoice or customer)}) FROM source"
    )
    different = f"SELECT count(DISTINCT {quoted(customer)}) FROM source WHERE NOT {is_blank}"
    if blank > filled > 1 and export.row(different) == (filled,):
        yield finding("customers_that_stand_once", column=customer, lines=blank, filled=filled)
    if invoice not in (None, customer) and without_order:
        yield finding("lines_of_nobody", column=customer, lines=without_order, invoice=invoice)


def combine_columns(connection: Connection, reading: ReadingOptions) -> None:
    """Make a column of each ``A|B`` that plays a role: the first of them that is filled."""
    names = list(column_types(connection, "source"))
    for role, wanted in reading.columns.items():
        if "|" in wanted and wanted not in names:
            parts = [part.strip() for part in wanted.split("|")]
            found = [find_column(part, names, option=f"--columns {role}={part}") for part in parts]
            texts = ", ".join(filled_text(quoted(part)) for part in found)
            replace_source(connection, f"*, coalesce({texts}) AS {quoted(wanted)}")


def filled_text(column: str) -> str:
    """SQL for the text of a quoted column, NULL where it says nothing."""
    text = trimmed(column)
    return f"CASE WHEN NOT regexp_matches({text}, '{MISSING}') THEN {text} END"
