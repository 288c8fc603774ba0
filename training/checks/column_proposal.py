"""Proposing which column plays which role, from known names first and from the content of the columns then."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from model.engines.connection import Connection, column_types
from model.engines.memory import temporary_folder
from model.errors import TransactionsError
from model.orders.columns import DETAILS, ROLES, known_columns, known_role, map_columns
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
        return map_columns(names, {**_guess(connection, names, chosen), **chosen})


def _known(names: list[str]) -> dict[str, str]:
    """Roles that have a column with a known name; a price without a quantity may be that of a line."""
    known: dict[str, str] = {}
    for role in (role for role in ROLES if role not in DETAILS):
        if columns := [name for name in known_columns(role, names) if name not in known.values()]:
            known[role] = columns[0]
    if "quantity" not in known:
        known.pop("unit_price", None)
    return known


def _guess(connection: Connection, names: list[str], chosen: dict[str, str]) -> dict[str, str]:
    """Roles from content: dates, amounts with decimals, and ids that come back."""
    rows = connection.execute(f"SELECT * FROM source LIMIT {SAMPLE_ROWS}").fetchall()
    content = content_of(names, rows, [chosen["ordered_at"]] if "ordered_at" in chosen else None)
    customers, orders = (
        [name for name in ids if name in content.recurring and known_role(name) in (None, "customer_id", "invoice")]
        for ids in (_free(content.customers, chosen), content.orders)
    )
    likely = {
        "ordered_at": content.moments,
        "line_total": [] if {"line_total", "unit_price"} & set(chosen) else content.amounts,
        "customer_id": customers,
        "invoice": orders if customers else [],
    }
    return {role: free[0] for role, names in likely.items() if (free := _free(names, chosen))}


def _free(names: Sequence[str], chosen: Mapping[str, str]) -> list[str]:
    return [name for name in names if name not in chosen.values()]
