"""Workbooks: the sheets that have rows, as tables of text."""

import re
import zipfile
from collections.abc import Sequence
from html import unescape
from pathlib import Path, PurePosixPath
from typing import Any

import duckdb

from model.engines.connection import column_types, listed, quoted
from model.errors import TransactionsError
from model.orders.sources.text import SAMPLE_LINES, first_row, refuse_repeated

_CHUNK = 1 << 20
_FIRST_CELL = re.compile(rb'<c r="([A-Z]+)(\d+)"')
_MERGED = re.compile(rb'<mergeCell ref="([A-Z]+)(\d+):([A-Z]+)(\d+)"')


def sheet_names(name: str | Path) -> list[str]:
    """The sheets of a workbook; raises fastexcel's error where it is none."""
    import fastexcel  # noqa: PLC0415 - only workbooks need it

    return list(fastexcel.read_excel(name).sheet_names)


def read_workbook(connection: duckdb.DuckDBPyConnection, name: str, chosen: Sequence[str]) -> list[tuple[str, str]]:
    """Fill a table with each sheet that has rows, of those chosen or of all; gives names for messages and the tables.

    Raises TransactionsError if the file is no workbook, has no such sheet, or no rows.
    """
    import fastexcel  # noqa: PLC0415 - only workbooks need it

    try:
        workbook = fastexcel.read_excel(name)
        unknown = [sheet for sheet in chosen if sheet not in workbook.sheet_names]
        if unknown:
            raise TransactionsError(
                f"{name}: there is no sheet {unknown[0]!r}; it has {listed(workbook.sheet_names)}; "
                "choose with --sheet NAME"
            )
        names = list(chosen) or workbook.sheet_names
        sheets = [workbook.load_sheet(sheet, dtypes="string") for sheet in names]
    except fastexcel.FastExcelError as error:
        raise TransactionsError(f"{name}: cannot be read as a workbook: {str(error).splitlines()[0]}") from error
    filled = [sheet for sheet in sheets if sheet.height > 0]
    if not filled:
        raise TransactionsError(f"{name}: no sheet of the workbook has rows")
    for sheet in filled:
        _refuse_renamed(connection, workbook, sheet, name)
    merged = _merged_cells(name)
    parts = []
    (others,) = connection.execute("SELECT count(*) FROM duckdb_tables()").fetchall()[0]
    for number, sheet in enumerate(filled, start=others):
        table = f"sheet_{number}"
        connection.register("loaded_sheet", sheet)  # may be read once only
        connection.execute(f"CREATE TEMP TABLE {table} AS SELECT * FROM loaded_sheet")
        connection.unregister("loaded_sheet")
        _mark_lost_digits(connection, workbook, sheet.name, table)
        _fill_merged(connection, table, merged.get(sheet.name, []))
        _take_titles_off(connection, table, f"{name}, sheet {sheet.name!r}")
        parts.append((f"sheet {sheet.name!r}", table))
    return parts


# Any: fastexcel ships no types
def _refuse_renamed(connection: duckdb.DuckDBPyConnection, workbook: Any, sheet: Any, path: str) -> None:
    """The reader makes ``Price_1`` of a second ``Price``; where a name looks like that, the header itself decides."""
    names = [column.name for column in sheet.available_columns()]
    if any(re.fullmatch(rf"{re.escape(name)}_\d+", other) for name in names for other in names):
        header = workbook.load_sheet(sheet.name, header_row=None, n_rows=1, dtypes="string")
        cells = connection.from_arrow(header).fetchall()[0]
        refuse_repeated([cell for cell in cells if cell], f"{path}, sheet {sheet.name!r}")


# Any: fastexcel ships no types
def _mark_lost_digits(connection: duckdb.DuckDBPyConnection, workbook: Any, sheet: str, table: str) -> None:
    """Numbers of more digits than a cell keeps are written as what they are, 4.6876876E+18, so that ids are refused."""
    names = list(column_types(connection, table))
    counts = ", ".join(f"count(*) FILTER (WHERE regexp_matches({quoted(name)}, '^[0-9]{{16,}}$'))" for name in names)
    long = connection.execute(f"SELECT {counts} FROM {table}").fetchall()[0]
    if not any(long):
        return
    typed = {column.name: column.dtype for column in workbook.load_sheet(sheet).available_columns()}
    for name, count in zip(names, long, strict=True):
        if count and typed.get(name) in ("float", "int"):
            column, number = quoted(name), f"TRY_CAST({quoted(name)} AS DOUBLE)"
            connection.execute(
                f"UPDATE {table} SET {column} = replace(format('{{:E}}', {number}), 'e', 'E') "
                f"WHERE regexp_matches({column}, '^[0-9]{{16,}}$') AND {number} > {2**53}"
            )


def _fill_merged(connection: duckdb.DuckDBPyConnection, table: str, merged: Sequence[tuple[int, int, int]]) -> None:
    """Every row of a merged cell has its value, which the workbook keeps in the first; the header is row 0."""
    for place, name in enumerate(column_types(connection, table)):
        tops, ends = ([each[bound] - 1 for each in merged if each[0] == place and each[1] > 0] for bound in (1, 2))
        if tops:
            connection.execute(
                f"UPDATE {table} SET {quoted(name)} = above.{quoted(name)} "
                "FROM (SELECT unnest($tops) AS top, unnest($ends) AS last) AS merged "
                f"JOIN {table} AS above ON above.rowid = merged.top "
                f"WHERE {table}.rowid > merged.top AND {table}.rowid <= merged.last",
                {"tops": tops, "ends": ends},
            )


def _take_titles_off(connection: duckdb.DuckDBPyConnection, table: str, path: str) -> None:
    """Where the first row of a sheet is a title, most columns are without a name, and the header stands below."""
    names = list(column_types(connection, table))
    unnamed = sum(name.startswith("__UNNAMED__") for name in names)
    if unnamed * 2 < len(names):
        return
    top = connection.execute(f"SELECT * FROM {table} LIMIT {SAMPLE_LINES}").fetchall()
    rows = [[cell or "" for cell in row] for row in top]
    place = first_row(rows, len(names))
    refuse_repeated([cell.strip() for cell in rows[place] if cell.strip()], path)
    renamed = zip(names, rows[place], strict=True)
    header = ", ".join(f"{quoted(old)} AS {quoted(new.strip() or old)}" for old, new in renamed)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT {header} FROM {table} OFFSET {place + 1}")


def _merged_cells(path: str) -> dict[str, list[tuple[int, int, int]]]:
    """The vertical merges of each sheet by its name: column, first row and last row, from 0 at its first cell in use.

    An .xlsx workbook alone tells them, beside its rows: the value stands in the first row, blanks below.
    """
    if not zipfile.is_zipfile(path):
        return {}
    with zipfile.ZipFile(path) as archive:
        if "xl/workbook.xml" not in archive.namelist():
            return {}
        book = archive.read("xl/workbook.xml").decode("utf-8", "replace")
        relations = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
        targets = {
            _attribute(tag, "Id"): _attribute(tag, "Target") for tag in re.findall(r"<Relationship\b[^>]*>", relations)
        }
        sheets = {_attribute(tag, "name"): _attribute(tag, "r:id") for tag in re.findall(r"<sheet\b[^>]*>", book)}
        paths = {name: PurePosixPath("xl") / targets.get(relation, "") for name, relation in sheets.items()}
        places = {name: str(path).removeprefix("/") for name, path in paths.items()}
        return {name: _merges(archive, place) for name, place in places.items() if place in archive.namelist()}


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'\s{re.escape(name)}="([^"]*)"', tag)
    return unescape(found[1]) if found else ""


def _merges(archive: zipfile.ZipFile, place: str) -> list[tuple[int, int, int]]:
    """Read through the sheet once; merged cells stand behind its rows."""
    start: tuple[int, int] | None = None
    text = b""
    with archive.open(place) as sheet:
        while chunk := sheet.read(_CHUNK):
            text += chunk
            if start is None and (found := _FIRST_CELL.search(text)):
                start = _number(found[1]), int(found[2])
            if b"<mergeCells" not in text:
                text = text[-100:]
    column, row = start or (0, 1)
    merged = ((_number(left), int(first), int(last)) for left, first, _, last in _MERGED.findall(text))
    return [(left - column, first - row, last - row) for left, first, last in merged if last > first]


def _number(letters: bytes) -> int:
    """A column's number from 0: A, B, …, Z, AA."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1
