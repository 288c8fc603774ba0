"""Proposing which column plays which role, from known names first and from the content of the columns then."""

from dataclasses import replace
from pathlib import Path

from model.engines.connection import Connection, column_types, quoted
from model.engines.memory import temporary_folder
from model.errors import TransactionsError
from model.orders.amounts import number_expression
from model.orders.columns import DETAILS, ROLES, known_columns, known_role, map_columns
from model.orders.dates import timestamp_expression
from model.orders.options import ReadingOptions
from model.orders.orders import connect, map_filled_columns
from model.orders.sources.files import open_source

SAMPLE_ROWS = 20_000
BY_POSITION = {"customer_id": "1"}


def propose_mapping(orders: str, reading: ReadingOptions) -> ReadingOptions:
    """The reading options with a column for every role that names or content tell.

    Raises
    ------
    TransactionsError
        If the export cannot be opened, or content leaves a needed role open too.
    """
    with temporary_folder() as scratch:
        connection = connect(reading, Path(scratch))
        try:
            open_source(connection, orders, reading, Path(scratch))
        except TransactionsError as error:
            if "no header" not in str(error):
                raise
            connection.close()
            connection = connect(reading, Path(scratch))
            open_source(connection, orders, replace(reading, columns=BY_POSITION), Path(scratch))
        columns = _complete(connection, dict(reading.columns))
        connection.close()
    return replace(reading, columns=columns)


def _complete(connection: Connection, chosen: dict[str, str]) -> dict[str, str]:
    names = list(column_types(connection, "source"))
    try:
        return dict(map_filled_columns(connection, names, ReadingOptions(columns=chosen))[0].columns)
    except TransactionsError:
        chosen = {**_known(names), **chosen}
        return dict(map_columns(names, {**_guess(connection, chosen), **chosen}).columns)


def _known(names: list[str]) -> dict[str, str]:
    """Roles that have a column with a known name; a price without a quantity may be that of a line."""
    known: dict[str, str] = {}
    for role in (role for role in ROLES if role not in DETAILS):
        if columns := [name for name in known_columns(role, names) if name not in known.values()]:
            known[role] = columns[0]
    if "quantity" not in known:
        known.pop("unit_price", None)
    return known


def _guess(connection: Connection, chosen: dict[str, str]) -> dict[str, str]:
    """Roles from content: dates, amounts with decimals, small counts, and ids that come back."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE sampled AS SELECT * FROM source LIMIT {SAMPLE_ROWS}")
    connection.execute("CREATE OR REPLACE TEMP VIEW source AS SELECT * FROM sampled")
    types, rows = column_types(connection, "source"), _rows(connection)
    guessed: dict[str, str] = {}
    open_names = [name for name in types if name not in chosen.values()]
    moments = [name for name in open_names if "ordered_at" not in chosen and _is_moment(connection, name, types[name])]
    if moments:
        guessed["ordered_at"] = moments[0]
    amounts: list[tuple[float, str]] = []
    for name in open_names:
        value = number_expression(quoted(name), types[name], _decimal_mark(connection, name, types[name]))
        share, fractions = connection.execute(
            f"SELECT avg(CASE WHEN {value} IS NULL THEN 0.0 ELSE 1.0 END), "
            f"avg(CASE WHEN {value} <> floor({value}) THEN 1.0 ELSE 0.0 END) FROM source"
        ).fetchall()[0]
        if name not in guessed.values() and share > 0.9 and fractions > 0.2:
            amounts.append((fractions, name))
    if amounts and not {"line_total", "unit_price"} & set(chosen):
        guessed["line_total"] = max(amounts)[1]
    moment = {**guessed, **chosen}.get("ordered_at")
    ids = {
        name: distinct
        for name in open_names
        if name not in guessed.values()
        and known_role(name) in (None, "customer_id", "invoice")
        and 1 < (distinct := _distinct(connection, quoted(name))) < 0.9 * rows
    }
    # A customer comes back; what stands at one moment only is an order.
    orders = {name for name in ids if moment in types and _goes_with(connection, str(moment), name, ids[name])}
    if customers := set(ids) - orders:
        order = max(orders, key=lambda name: ids[name], default=None)
        if order is not None:  # which has one customer, and many products
            customers = {name for name in customers if _goes_with(connection, name, order, ids[order])} or customers
        guessed["customer_id"] = max(customers, key=lambda name: ids[name])
        if order is not None:
            guessed["invoice"] = order
    return guessed


def _goes_with(connection: Connection, name: str, key: str, distinct_keys: int) -> bool:
    """Whether a value of one column nearly always stands with the same value of the other."""
    return _distinct(connection, f"({quoted(key)}, {quoted(name)})") < 1.02 * distinct_keys


def _decimal_mark(connection: Connection, name: str, sql_type: str) -> str:
    """The mark that leaves the fewest amounts unread."""
    failures = {
        mark: connection.execute(
            f"SELECT count(*) FILTER (WHERE {number_expression(quoted(name), sql_type, mark)} IS NULL) FROM source"
        ).fetchall()[0][0]
        for mark in ("point", "comma")
    }
    return min(failures, key=lambda mark: failures[mark])


def _is_moment(connection: Connection, name: str, sql_type: str) -> bool:
    try:
        expression = timestamp_expression(connection, quoted(name), sql_type, None)
    except TransactionsError as error:
        return "could be" in str(error)  # a date all the same, with two readings
    found = connection.execute(f"SELECT count({expression}), min({expression}) FROM source").fetchall()[0]
    return bool(found[0]) and found[1].year > 1980


def _distinct(connection: Connection, what: str) -> int:
    return int(connection.execute(f"SELECT count(DISTINCT {what}) FROM source").fetchall()[0][0])


def _rows(connection: Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM source").fetchall()[0][0])
