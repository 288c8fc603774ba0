"""An export as order lines: which column plays which role, and SQL for what each line says."""

import tempfile
from collections.abc import Collection
from dataclasses import replace

from model.currency import currency_code
from model.engines.connection import Connection, column_types, quoted
from model.errors import TransactionsError
from model.orders.amounts import decide_decimal, is_numeric, is_whole, number_expression
from model.orders.blanks import LONGEST_MISSING_WORD, MISSING, combine_columns, fill_blanks, filled_text
from model.orders.checks import repeated_total
from model.orders.columns import DETAILS, map_columns
from model.orders.customers import CustomerColumn, customer_of_refunds, list_identifiers, tidy_text
from model.orders.dates import SAMPLE_ROWS, is_moment, timestamp_expression
from model.orders.export import Export
from model.orders.findings import Finding, counted, finding
from model.orders.options import ReadingOptions
from model.orders.reductions import ReductionColumns
from model.orders.states import LineMeaning, StateColumns
from model.orders.thresholds import FILLED, NEARLY_BLANK

NUMBER_ROLES = ("quantity", "unit_price", "line_total")


def map_order_lines(
    connection: Connection, reading: ReadingOptions, scratch: "tempfile.TemporaryDirectory[str]", *, is_parquet: bool
) -> Export:
    """Create the view ``order_lines`` over ``source``: our column names and types, nothing dropped yet.

    The view ``detailed_lines`` is there where a column plays one of ``DETAILS``. Parameters as in ``Export``, errors as
    in ``read_orders``.
    """
    combine_columns(connection, reading)
    types = column_types(connection, "source")
    columns = map_columns(list(types), reading.columns, reading.ignored)
    first = Export(connection, reading, scratch, types, columns, is_parquet=is_parquet)
    findings = list(fill_blanks(first)) if reading.is_checked else []
    columns, replaced = map_filled_columns(connection, list(types), reading)
    export = replace(first, types=column_types(connection, "source"), columns=columns)
    list_identifiers(export)
    export = replace(export, currency=_only_currency(export))
    if "line_total" not in reading.columns and (total := repeated_total(export)) is not None:
        column, told = total
        raise TransactionsError(
            f"{told}. Name the amount of a line with --columns line_total=COLUMN, or keep one line of each order; if "
            f"it is what each line cost, say --columns 'line_total={column}'"
        )
    export = replace(export, decimal=decide_decimal(export, columns))
    export = replace(export, expressions=_role_expressions(export))
    customers = CustomerColumn(export).examine() if reading.is_checked else LineMeaning()
    meaning = StateColumns(export).examine()
    ReductionColumns(export, meaning).examine()
    meaning.excluded += customers.excluded
    findings += [*replaced, *customers.findings, *meaning.findings]
    used = {name for role, name in columns.items() if role not in DETAILS}
    others = [quoted(name) for name in export.types if name not in used]
    expressions = {
        **export.expressions,
        "customer_id": customer_of_refunds(export),
        **meaning.amounts(export.expressions["quantity"], export.expressions["unit_price"]),
        "other_columns_hash": f"hash({', '.join(others)})" if others else "0",
        "excluded": meaning.reason(net=reading.policy == "net"),
    }
    selected = ", ".join(f"{expression} AS {role}" for role, expression in expressions.items())
    connection.execute(f"CREATE TEMP VIEW order_lines AS SELECT {selected} FROM source")
    if export.details:
        details = ", ".join(f"{export.text(role)} AS {role}" for role in export.details)
        lines = f"SELECT {selected}, {details} FROM source"
        connection.execute(f"CREATE TEMP VIEW detailed_lines AS SELECT * FROM ({lines}) AS told WHERE excluded IS NULL")
    return replace(export, is_reread=is_parquet and _has_types(export), findings=findings)


def map_filled_columns(
    connection: Connection, names: list[str], reading: ReadingOptions
) -> tuple[dict[str, str], list[Finding]]:
    """Columns that have a known name and hardly a value give way to filled ones; and what to tell about that.

    One without any value gives way to whatever there is; both stay where nothing else is there.
    """
    columns = map_columns(names, reading.columns, reading.ignored)
    gone, seen, findings = set[str](), set(reading.columns.values()), list[Finding]()
    while sparse := _sparse_columns(connection, set(columns.values()) - seen):
        seen |= sparse.keys()
        for name, share in sparse.items():
            try:
                other = map_columns(names, reading.columns, reading.ignored, empty={*gone, name})
            except TransactionsError:
                continue
            roles = [role for role, column in columns.items() if column == name and role in other]
            better = {role: other[role] for role in roles if role not in DETAILS}
            shares = _filled_shares(connection, better.values()) if share else {}
            if share and (not better or min(shares.values()) < FILLED):
                continue
            for role, filled in better.items() if share else ():
                findings.append(finding("nearly_blank_column", column=name, blank=1 - share, filled=filled, role=role))
            columns = other
            gone.add(name)
    return columns, findings


def _sparse_columns(connection: Connection, names: Collection[str]) -> dict[str, float]:
    """Those columns that are filled on few lines, with their share; the first rows clear most of them."""
    shares = dict.fromkeys(sorted(names), 0.0)
    for relation in (f"(SELECT * FROM source LIMIT {SAMPLE_ROWS}) AS sampled", "source"):
        shares = _filled_shares(connection, shares, relation)
        shares = {name: share for name, share in shares.items() if share < 1 - NEARLY_BLANK}
    return shares


def _filled_shares(connection: Connection, names: Collection[str], relation: str = "source") -> dict[str, float]:
    counts = ", ".join(f"avg(CASE WHEN {filled_text(quoted(name))} IS NULL THEN 0.0 ELSE 1.0 END)" for name in names)
    shares = connection.execute(f"SELECT {counts} FROM {relation}").fetchall()[0] if names else ()
    return {name: 1.0 if share is None else float(share) for name, share in zip(names, shares, strict=True)}


def _only_currency(export: Export) -> str | None:
    """The currency of all amounts, where a column tells; several are refused, for their sums mean nothing."""
    if "currency" not in export.columns:
        return None
    code = f"upper({export.text('currency')})"
    found = export.rows(
        f"SELECT {code}, count(*) FROM source WHERE {code} <> '' GROUP BY {code} ORDER BY count(*) DESC, {code}"
    )
    if len(found) > 1:
        shown = ", ".join(f"{name} ({counted(count)})" for name, count in found[:10])
        raise TransactionsError(
            f"column {export.columns['currency']!r} holds {len(found)} currencies: {shown}. Amounts of several "
            "currencies cannot be added; convert them to one, or export one currency at a time"
        )
    return currency_code(found[0][0]) if found else None


def _role_expressions(export: Export) -> dict[str, str]:
    """SQL for each of our columns; what the export lacks is derived or left empty."""
    columns, types = export.columns, export.types
    moment, order = columns["ordered_at"], export.reading.date_order
    ordered_at = timestamp_expression(export.connection, quoted(moment), types[moment], order)
    amounts = {
        role: number_expression(quoted(columns[role]), types[columns[role]], export.decimal)
        for role in NUMBER_ROLES
        if role in columns
    }
    quantity = amounts.get("quantity", "CAST(1 AS DOUBLE)")
    if "line_total" in amounts:
        if "quantity" in amounts:  # a fee, or postage, has a total alone
            is_blank = f"coalesce({export.text('quantity')}, '') = ''"
            quantity = f"CASE WHEN {is_blank} THEN CAST(1 AS DOUBLE) ELSE {quantity} END"
        unit_price = f"{amounts['line_total']} / CASE WHEN {quantity} = 0 THEN 1 ELSE {quantity} END"
    else:
        unit_price = amounts["unit_price"]
    return {
        "customer_id": _identifier(export, "customer_id"),
        "invoice": _invoice(export, ordered_at),
        "product": _identifier(export, "product") if "product" in columns else "CAST(NULL AS VARCHAR)",
        "ordered_at": ordered_at,
        "quantity": quantity,
        "unit_price": unit_price,
    }


def _identifier(export: Export, role: str) -> str:
    column, sql_type = quoted(export.columns[role]), export.types[export.columns[role]]
    if is_whole(sql_type):
        return column  # becomes text with the orders: whole numbers are grouped faster
    text = tidy_text(export, role)
    # A bare column of a file stays a dictionary, which is grouped faster; each is asked by itself while it is read.
    is_dictionary = export.is_parquet and sql_type == "VARCHAR" and text == export.text(role)
    odd_values = (f"trim({column}) <> {column}", *_spellings(export, role, column))
    if is_dictionary and not any(map(export.has, odd_values)):
        return column
    cases = " ".join(f"WHEN {odd} THEN {meant}" for odd, meant in _spellings(export, role, text).items())
    return f"CASE {cases} ELSE {text} END"


def _invoice(export: Export, ordered_at: str) -> str:
    """Without invoices, or on lines without one, a customer's day is one order."""
    day = f"CAST(CAST({ordered_at} AS DATE) AS VARCHAR)"
    if "invoice" not in export.columns:
        return day
    invoice = _identifier(export, "invoice")
    is_missing = f"value IS NULL OR regexp_matches(trim(value), '{MISSING}|^[(]null[)]$')"
    if export.has(is_missing, "values_of_invoice"):
        return f"coalesce(CAST({invoice} AS VARCHAR), {day})"
    return invoice  # a bare column is grouped faster


def _spellings(export: Export, role: str, text: str) -> dict[str, str]:
    """How an identifier may be written, as conditions, and what is meant.

    A whole number that a spreadsheet wrote as 13085.0 loses its tail. A customer's e-mail address is one in any case.
    In an export that is all text, what was guarded from a spreadsheet as ="00123" loses its guard, and "(null)" is
    nothing.
    """
    spellings = {f"strlen({text}) <= {LONGEST_MISSING_WORD} AND regexp_matches({text}, '{MISSING}')": "NULL"}
    if role == "customer_id":
        spellings[f"{text} LIKE '_%@_%'"] = f"lower({text})"
    if not _has_types(export):
        spellings[f"{text} = '(null)'"] = "NULL"
        spellings[f"{text} LIKE '=\"%\"'"] = f"substr({text}, 3, length({text}) - 3)"
    spellings[f"{text} LIKE '%.0'"] = f"regexp_replace({text}, '^([0-9]+)[.]0+$', '\\1')"
    return spellings


def _has_types(export: Export) -> bool:
    """Whether moments and amounts are moments and numbers in the export already, not texts to be read."""
    numbers = [export.types[export.columns[role]] for role in NUMBER_ROLES if role in export.columns]
    return is_moment(export.types[export.columns["ordered_at"]]) and all(map(is_numeric, numbers))
