"""Proposing which column plays which role, from known names first and from the content of the columns then."""

from dataclasses import replace
from pathlib import Path

from model.engines.connection import Connection, column_types, quoted
from model.engines.memory import temporary_folder
from model.errors import TransactionsError
from model.orders.columns import DETAILS, ROLES, known_columns, known_role, map_columns
from model.orders.dates import timestamp_expression
from model.orders.options import ReadingOptions
from model.orders.order_lines import map_filled_columns
from model.orders.orders import connect
from model.orders.proposals import BY_POSITION, content_of
from model.orders.sources.files import open_source

SAMPLE_ROWS = 20_000


def propose_mapping(orders: str, reading: ReadingOptions) -> ReadingOptions:
    """The reading options with a column for every role that names or content tell.

    Raises TransactionsError if the export cannot be opened, or content leaves a needed role open too.
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
        return map_filled_columns(connection, names, ReadingOptions(columns=chosen))[0]
    except TransactionsError:
        chosen = {**_known(names), **chosen}
        return map_columns(names, {**_guess(connection, chosen), **chosen})


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
    """Roles from content: dates, amounts with decimals, and ids that come back."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE sampled AS SELECT * FROM source LIMIT {SAMPLE_ROWS}")
    connection.execute("CREATE OR REPLACE TEMP VIEW source AS SELECT * FROM sampled")
    types = column_types(connection, "source")
    guessed: dict[str, str] = {}
    moments = [chosen["ordered_at"]] if "ordered_at" in chosen else []
    if not moments:
        moments = [name for name in types if name not in chosen.values() and _is_moment(connection, name, types[name])]
        guessed |= {"ordered_at": moments[0]} if moments else {}
    content = content_of(list(types), connection.execute("SELECT * FROM source").fetchall(), moments)
    amounts = [name for name in content.amounts if name not in chosen.values()]
    if amounts and not {"line_total", "unit_price"} & set(chosen):
        guessed["line_total"] = amounts[0]
    taken = {*chosen.values(), *guessed.values()}
    customers, orders = (
        [
            name
            for name in ids
            if name in content.recurring and name not in taken and known_role(name) in (None, "customer_id", "invoice")
        ]
        for ids in (content.customers, content.orders)
    )
    if customers:
        guessed["customer_id"] = customers[0]
        guessed |= {"invoice": orders[0]} if orders else {}
    return guessed


def _is_moment(connection: Connection, name: str, sql_type: str) -> bool:
    try:
        expression = timestamp_expression(connection, quoted(name), sql_type, None)
    except TransactionsError as error:
        return "could be" in str(error)  # a date all the same, with two readings
    found = connection.execute(f"SELECT count({expression}), min({expression}) FROM source").fetchall()[0]
    return bool(found[0]) and found[1].year > 1980
