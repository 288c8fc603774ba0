"""Opening a shop's export as the relation ``source``: every row, nothing judged yet."""

from pathlib import Path

import duckdb

from model.errors import TransactionsError

TEXT_ENDINGS = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".csv.zst")


def open_source(connection: duckdb.DuckDBPyConnection, path: Path, *, has_header: bool = True) -> None:
    """Create the view ``source`` over a file, with column names stripped.

    Parameters
    ----------
    connection : DuckDBPyConnection
        Where the view is created.
    path : Path
        CSV (any common separator; also compressed), Parquet, or XLSX with one or several sheets.
    has_header : bool
        Whether the first line of a text file names the columns; they are named 1, 2, … otherwise.

    Raises
    ------
    TransactionsError
        If there is no such file, it is empty, or of a kind that cannot be read.
    """
    if not path.is_file():
        raise TransactionsError(f"{path}: there is no such file")
    if path.stat().st_size == 0:
        raise TransactionsError(f"{path}: the file is empty")
    name = path.name.lower()
    try:
        if name.endswith(TEXT_ENDINGS):
            _open_text(connection, path, has_header=has_header)
        elif name.endswith((".parquet", ".pq")):
            connection.execute("CREATE VIEW raw AS SELECT * FROM read_parquet(" + literal(str(path)) + ")")
        elif name.endswith((".xlsx", ".xlsm", ".xls", ".ods")):
            _open_workbook(connection, path)
        else:
            raise TransactionsError(f"{path}: cannot read this kind of file; give CSV, Parquet or XLSX")
    except (duckdb.Error, UnicodeDecodeError) as error:
        raise TransactionsError(f"{path}: cannot be read: {str(error).splitlines()[0]}") from error
    _strip_names(connection, path)


def literal(text: str) -> str:
    """Quote a text for SQL."""
    return "'" + text.replace("'", "''") + "'"


def quoted(name: str) -> str:
    """Quote a column name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def column_types(connection: duckdb.DuckDBPyConnection, relation: str) -> dict[str, str]:
    """Names and SQL types of a relation's columns, in order."""
    return {row[0]: row[1] for row in connection.execute(f"DESCRIBE {relation}").fetchall()}


def _strip_names(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    names = list(column_types(connection, "raw"))
    stripped = [name.strip().removeprefix("\ufeff").strip() for name in names]
    repeated = {name for name in stripped if stripped.count(name) > 1}
    if repeated:
        raise TransactionsError(f"{path}: the column name {min(repeated)!r} stands more than once; rename one of them")
    columns = ", ".join(f"{quoted(old)} AS {quoted(new)}" for old, new in zip(names, stripped, strict=True))
    connection.execute(f"CREATE VIEW source AS SELECT {columns} FROM raw")
    if not connection.execute("SELECT 1 FROM source LIMIT 1").fetchall():
        raise TransactionsError(f"{path}: the file has column names but no rows")


def _open_text(connection: duckdb.DuckDBPyConnection, path: Path, *, has_header: bool) -> None:
    """Read every column as text: StockCode and Invoice hold letters that may appear only late in the file."""
    encoding = "utf-8" if _is_utf8(path) else "latin-1"
    options = f"all_varchar = true, header = {str(has_header).lower()}, encoding = '{encoding}'"
    connection.execute(f"CREATE VIEW raw_text AS SELECT * FROM read_csv({literal(str(path))}, {options})")
    names = list(column_types(connection, "raw_text"))
    if len(names) == 1 and not has_header:
        _split_on_white_space(connection, names[0])
    elif not has_header:
        columns = ", ".join(f'{quoted(name)} AS "{number}"' for number, name in enumerate(names, start=1))
        connection.execute(f"CREATE VIEW raw AS SELECT {columns} FROM raw_text")
    else:
        connection.execute("CREATE VIEW raw AS SELECT * FROM raw_text")


def _split_on_white_space(connection: duckdb.DuckDBPyConnection, only: str) -> None:
    """Columns set apart by runs of blanks, as in old research data."""
    parts = f"regexp_split_to_array(trim({quoted(only)}), '\\s+')"
    count = connection.execute(f"SELECT max(len({parts})) FROM raw_text").fetchall()[0][0] or 1
    columns = ", ".join(f'{parts}[{number}] AS "{number}"' for number in range(1, count + 1))
    connection.execute(f"CREATE VIEW raw AS SELECT {columns} FROM raw_text")


def _is_utf8(path: Path) -> bool:
    if path.suffix in (".gz", ".zst"):
        return True
    decoder_chunk = 1 << 20
    with path.open(encoding="utf-8") as file:
        try:
            while file.read(decoder_chunk):
                pass
        except UnicodeDecodeError:
            return False
    return True


def _open_workbook(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Stack all sheets that have rows; sheets with other columns are refused, never silently left out."""
    import fastexcel  # noqa: PLC0415 - only workbooks need it

    try:
        workbook = fastexcel.read_excel(path)
        sheets = [workbook.load_sheet(name, dtypes="string") for name in workbook.sheet_names]
    except fastexcel.FastExcelError as error:
        raise TransactionsError(f"{path}: cannot be read as a workbook: {str(error).splitlines()[0]}") from error
    filled = [sheet for sheet in sheets if sheet.height > 0]
    if not filled:
        raise TransactionsError(f"{path}: no sheet of the workbook has rows")
    header = [column.name.strip() for column in filled[0].available_columns()]
    for number, sheet in enumerate(filled):
        names = [column.name.strip() for column in sheet.available_columns()]
        if names != header:
            raise TransactionsError(
                f"{path}: sheet {sheet.name!r} has the columns {', '.join(names)}, but sheet {filled[0].name!r} has "
                f"{', '.join(header)}; all sheets of a workbook must have the same columns"
            )
        connection.register(f"sheet_{number}", sheet)
    union = " UNION ALL ".join(f"SELECT * FROM sheet_{number}" for number in range(len(filled)))
    # A registered sheet may be read once only, and cleaning reads its source more than once.
    connection.execute(f"CREATE TABLE raw AS {union}")
    for number in range(len(filled)):
        connection.unregister(f"sheet_{number}")
