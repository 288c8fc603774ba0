"""Workbooks: the sheets that have rows, as tables of text."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from model.engines.connection import column_types, listed, quoted
from model.errors import TransactionsError
from model.orders.sources.merged_cells import merged_cells
from model.orders.sources.text import SAMPLE_LINES, first_row, refuse_repeated


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
    merged = merged_cells(name)
    parts = []
    for sheet in filled:
        table = _sheet_table(connection, sheet)
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


def _sheet_table(connection: duckdb.DuckDBPyConnection, sheet: Any) -> str:  # Any: see above
    """A registered sheet may be read once only, and cleaning reads its source more than once."""
    count = connection.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name LIKE 'sheet_%'").fetchall()
    table = f"sheet_{count[0][0]}"
    connection.register("loaded_sheet", sheet)
    connection.execute(f"CREATE TEMP TABLE {table} AS SELECT * FROM loaded_sheet")
    connection.unregister("loaded_sheet")
    return table


# Any: fastexcel ships no types
def _mark_lost_digits(connection: duckdb.DuckDBPyConnection, workbook: Any, sheet: str, table: str) -> None:
    """Numbers of more digits than a cell keeps are written as what they are, 4.6876876E+18, so that ids are refused."""
    long = [
        name
        for name in column_types(connection, table)
        if connection.execute(
            f"SELECT 1 FROM {table} WHERE regexp_matches({quoted(name)}, '^[0-9]{{16,}}$') LIMIT 1"
        ).fetchall()
    ]
    if not long:
        return
    typed = {column.name: column.dtype for column in workbook.load_sheet(sheet).available_columns()}
    for name in long:
        if typed.get(name) in ("float", "int"):
            column, number = quoted(name), f"TRY_CAST({quoted(name)} AS DOUBLE)"
            connection.execute(
                f"UPDATE {table} SET {column} = replace(format('{{:E}}', {number}), 'e', 'E') "
                f"WHERE regexp_matches({column}, '^[0-9]{{16,}}$') AND {number} > {2**53}"
            )


def _fill_merged(connection: duckdb.DuckDBPyConnection, table: str, merged: Sequence[tuple[int, int, int]]) -> None:
    """Every row of a merged cell has its value, which the workbook keeps in the first; the header is row 0."""
    for place, name in enumerate(column_types(connection, table)):
        rows = [
            (row - 1, first - 1)
            for column, first, last in merged
            if column == place and first > 0
            for row in range(first + 1, last + 1)
        ]
        if rows:
            below, tops = (list(each) for each in zip(*rows, strict=True))
            connection.execute(
                f"UPDATE {table} SET {quoted(name)} = filled.value FROM (SELECT places.below, above.{quoted(name)} AS "
                "value FROM (SELECT unnest($below) AS below, unnest($tops) AS top) AS places "
                f"JOIN {table} AS above ON above.rowid = places.top) AS filled WHERE {table}.rowid = filled.below",
                {"below": below, "tops": tops},
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
    header = ", ".join(
        f"{quoted(old)} AS {quoted(new.strip() or old)}" for old, new in zip(names, rows[place], strict=True)
    )
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT {header} FROM {table} OFFSET {place + 1}")
