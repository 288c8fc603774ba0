"""An export as order lines: which column plays which role, and SQL for what each line says."""

import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from model.currency import currency_code
from model.engines.connection import Connection, column_types, quoted, trimmed
from model.engines.memory import temporary_folder
from model.errors import TransactionsError
from model.orders.amounts import decide_decimal, is_numeric, is_text, is_whole, number_expression
from model.orders.blanks import LONGEST_MISSING_WORD, MISSING, combine_columns, fill_blanks, filled_text
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
from model.orders.findings import Finding, Severity
from model.orders.options import ReadingOptions
from model.orders.reductions import ReductionColumns, Reductions
from model.orders.repeated_totals import refuse_repeated_total
from model.orders.states import LineMeaning, StateColumns
from model.orders.thresholds import FILLED, NEARLY_BLANK

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
    first = map_columns(list(types), reading.columns, reading.ignored)
    blanks = list(fill_blanks(connection, first.columns, types)) if reading.is_checked else []
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
    if reading.is_checked:
        customers.examine()
    guests = list(tell_guests(connection, mapping.columns)) if reading.is_checked else []
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
        told = [f"{trimmed(quoted(mapping.columns[role]))} AS {role}" for role in opened.details]
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
    order = None if invoice is None else f"nullif({trimmed(quoted(invoice))}, '')"
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
    texts = ", ".join(trimmed(quoted(name)) for name in names)
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
    code = f"upper({trimmed(quoted(mapping.columns['currency']))})"
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
            is_blank = f"coalesce({trimmed(source['quantity'])}, '') = ''"
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
        text = trimmed(column)
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
