"""Which columns of an export may play which role, by their names and by what the first rows hold."""

import re
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from model.engines.connection import Connection, column_types
from model.engines.memory import temporary_folder
from model.errors import TransactionsError
from model.orders.columns import OPTIONAL_ROLES, known_columns, known_role
from model.orders.export import original_source
from model.orders.options import ReadingOptions, choices
from model.orders.orders import connect
from model.orders.preview import Preview, Proposals
from model.orders.sources.files import kind_of, open_source
from model.orders.sources.text import TextFile, looks_like_data, text_form
from model.orders.sources.workbook import sheet_names

SHOWN_ROWS, LONGEST_CELL = 5, 60
SAMPLE_ROWS = 5_000
# Any position makes the reader take the first line as data.
BY_POSITION = {"customer_id": "1"}
# The roles that are asked for, in the order of asking.
ASKED = ("customer_id", "ordered_at", "line_total", "unit_price", *reversed(OPTIONAL_ROLES))
# What is called a price may be a total, where no quantity stands beside it.
AMOUNTS = ("line_total", "unit_price")
# Nearly all cells of a column are of one kind, but for some; and some have decimals where amounts of money do.
MOSTLY, SOME = 0.9, 0.2
_DATE = re.compile(
    r"\d{4}[-/.]\d\d?[-/.]\d\d?(\D|$)|(19|20)\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])(\d{4}|\d{6})?$"
    r"|\d\d?([-/. ]+)([^\W\d_]{3,}[.]?|\d\d?)[-/., ]+(\d{4}|\d\d)(\D|$)|[^\W\d_]{3,}[.]? \d\d?,? \d{4}"
)
_SIGN = r"([^\w\s]{1,2}|[A-Za-z]{3})?\s?"  # of a currency
_NUMBER = re.compile(rf"[-−(]?{_SIGN}-?\d[\d.,' \u00a0\u202f]*{_SIGN}\)?$")
_DECIMALS = re.compile(r".*\d[.,]\d{1,4}\D{0,4}$")


def preview_of(orders: Path, reading: ReadingOptions) -> Preview | None:
    """The beginning of a file that could not be read; None where it is none of a kind that can be.

    Of text the beginning alone is opened, in the likeliest encoding, and of a workbook the first sheet.
    """
    opened, encoding, reading = orders, reading.encoding, replace(reading, columns={}, encoding=None)
    unreadable = suppress(TransactionsError, duckdb.Error, UnicodeError)
    with temporary_folder() as folder, connect(reading, Path(folder)) as connection, unreadable:
        if kind_of(orders.name) == "text":
            text, _ = TextFile(connection, str(orders)).beginning(encoding)
            opened = Path(folder) / "beginning.csv"
            opened.write_text(text, encoding="utf-8")
            if looks_like_data(text_form(text, orders.name, has_header=True).names):
                reading = replace(reading, columns=BY_POSITION)
        elif kind_of(orders.name) == "workbook":
            sheets = sheet_names(orders)
            known = tuple(sheet for sheet in reading.sheets if sheet in sheets)
            reading = replace(reading, sheets=known or (sheets[0],))
        open_source(connection, opened, reading, Path(folder))
        return preview_of_source(connection, orders)
    return None


def preview_of_source(connection: Connection, orders: Path) -> Preview:
    """The same of a file that stands open as ``source``."""
    assert isinstance(connection, duckdb.DuckDBPyConnection)  # noqa: S101 - Spark reads no single file
    source = original_source(connection)
    columns = list(column_types(connection, source))
    rows = connection.execute(f"SELECT * FROM {source} LIMIT {SAMPLE_ROWS}").fetchall()
    return Preview(
        columns=columns,
        proposals=Proposals(
            columns=likely_columns(columns, rows),
            named={role: known[0] for role in ASKED if len(known := known_columns(role, columns)) == 1},
            date_order=choices("date_order"),
            decimal=choices("decimal"),
            sheet=sheet_names(orders) if kind_of(orders.name) == "workbook" else [],
            encoding=TextFile(connection, str(orders)).beginning(None)[1] if kind_of(orders.name) == "text" else [],
        ),
        preview=[[None if cell is None else str(cell)[:LONGEST_CELL] for cell in row] for row in rows[:SHOWN_ROWS]],
    )


@dataclass(frozen=True)
class Content:
    """What the columns of an export may be by what they hold, the likeliest first; ids in ``recurring`` come back."""

    moments: Sequence[str]
    amounts: Sequence[str]
    counts: Sequence[str]
    customers: Sequence[str]
    orders: Sequence[str]
    recurring: Collection[str]


def content_of(names: Sequence[str], rows: Sequence[Sequence[object]], moments: Sequence[str] | None = None) -> Content:
    """Tell moments (where they are not given), amounts with decimals, whole numbers, and ids apart.

    An id that comes back with other orders is a customer's, one that stands at one moment only is an order's.
    """
    cells = {
        name: ["" if row[place] is None else str(row[place]).strip() for row in rows]
        for place, name in enumerate(names)
    }
    if moments is None:
        moments = [name for name in names if _share(cells[name], _DATE) > MOSTLY]
    numbers = [name for name in names if name not in moments and _share(cells[name], _NUMBER) > MOSTLY]
    decimals = {name: _share(cells[name], _DECIMALS) for name in numbers}
    amounts = sorted((name for name in numbers if decimals[name] > SOME), key=decimals.__getitem__, reverse=True)
    counts = sorted((name for name in numbers if name not in amounts), key=lambda name: sum(map(len, cells[name])))
    moment = next(iter((*known_columns("ordered_at", names), *moments)), None)
    distinct = {name: len(set(cells[name])) for name in names if name not in (*moments, *amounts) and any(cells[name])}
    recurring = [name for name, count in distinct.items() if 1 < count < MOSTLY * len(rows)]
    ids = sorted(distinct, key=lambda name: (name not in recurring, -distinct[name]))
    orders = [name for name in ids if moment is not None and _goes_with(cells[name], cells[moment])]
    customers = [name for name in ids if name not in orders]
    if orders and orders[0] in recurring:  # an order has one customer, and many products
        customers.sort(key=lambda name: not _goes_with(cells[orders[0]], cells[name]))
    return Content(moments, amounts, counts, customers, orders, recurring)


def likely_columns(names: Sequence[str], rows: Sequence[Sequence[object]]) -> dict[str, list[str]]:
    """By role the columns that may play it: those with known names first, then by what the rows hold."""
    found = content_of(names, rows)
    numbers, customers, orders = [*found.amounts, *found.counts[::-1]], [*found.customers], [*found.orders]
    money = found.amounts or found.counts[::-1]
    likely = {
        "customer_id": customers + orders,
        "ordered_at": found.moments,
        "line_total": money,
        "unit_price": money,
        "quantity": found.counts,
        "product": [name for name in customers if name not in numbers] + orders,
        "invoice": orders + customers,
    }
    return {role: _ranked(role, names, likely[role]) for role in ASKED}


def _ranked(role: str, names: Sequence[str], likely: Sequence[str]) -> list[str]:
    """Known names of the role, then what its content speaks for; what has another role's name stands last."""
    own = AMOUNTS if role in AMOUNTS else (role,)
    known, others = known_columns(role, names), [name for name in likely if known_role(name) not in (None, *own)]
    return list(dict.fromkeys((*known, *(name for name in likely if name not in others), *others)))


def _goes_with(keys: Sequence[str], values: Sequence[str]) -> bool:
    """Whether a key nearly always stands with the same value."""
    return len(set(zip(keys, values, strict=True))) < 1.02 * len(set(keys))


def _share(values: Sequence[str], pattern: "re.Pattern[str]") -> float:
    """The share of filled cells that the pattern fits."""
    filled = [value for value in values if value]
    return sum(pattern.match(value) is not None for value in filled) / max(len(filled), 1)
