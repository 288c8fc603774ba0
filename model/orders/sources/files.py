"""Opening a shop's export as the relation ``source``: every row, nothing judged yet."""

import glob
import re
from collections.abc import Iterator, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any

import duckdb

from model.engines.connection import column_types, listed, literal, literals, quoted
from model.engines.memory import is_interruption
from model.errors import TransactionsError
from model.orders.columns import known_role, plain_name
from model.orders.options import ReadingOptions
from model.orders.sources.postgres import SCHEMES, copy_table
from model.orders.sources.remote import find_remote_files, is_remote, unreachable, without_secrets
from model.orders.sources.text import TextFile, refuse_odd_header, refuse_repeated
from model.orders.sources.workbook import read_workbook

TEXT_ENDINGS = tuple(kind + packed for kind in (".csv", ".tsv", ".txt", ".dat") for packed in ("", ".gz", ".zst"))
PARQUET_ENDINGS = (".parquet", ".pq")
WORKBOOK_ENDINGS = (".xlsx", ".xlsm", ".xls", ".ods")
KINDS = "CSV (.csv, .tsv, .txt; also .gz and .zst), Parquet (.parquet) or a workbook (.xlsx)"


def open_source(
    connection: duckdb.DuckDBPyConnection, orders: str | Path, reading: ReadingOptions, scratch: Path
) -> None:
    """Create the view ``source`` over an export, with column names stripped.

    ``orders`` is a file, a folder or glob of files of one kind, ``s3://`` or ``https://``, or
    ``postgresql://…?table=orders``; ``scratch`` is a folder for copies that are needed while the export is open.

    Raises TransactionsError if there is no such file, it is empty, or of a kind that cannot be read.
    """
    location = str(orders)
    if location.startswith(SCHEMES):
        copy = scratch / "table.csv"
        shown = copy_table(location, copy)
        TextFile(connection, str(copy)).read("raw", has_header=True, scratch=scratch)
        copy.unlink()
    elif is_remote(location):
        shown = without_secrets(location)
        _open_remote(connection, location, reading, scratch)
    else:
        shown = location
        _open_files(connection, find_files(location), reading, scratch)
    _strip_names(connection, shown)


def find_files(location: str) -> list[str]:
    """The files of this machine that a path, folder or glob stands for, in order of name.

    Raises TransactionsError if there are none, one is empty, or they are of several kinds or of none that can be read.
    """
    path = Path(location)
    if path.is_dir():
        endings = TEXT_ENDINGS + PARQUET_ENDINGS + WORKBOOK_ENDINGS
        found = [file for file in path.rglob("*") if file.is_file() and file.name.lower().endswith(endings)]
        # Spark leaves marks such as _SUCCESS and .crc files beside its output.
        hidden = [file for file in found if any(part[0] in "._" for part in file.relative_to(path).parts)]
        files = sorted(str(file) for file in found if file not in hidden)
        if not files:
            raise TransactionsError(f"{location}: the folder holds no file that can be read; give {KINDS}")
    elif path.is_file():
        files = [location]
    else:
        files = sorted(name for name in glob.glob(location, recursive=True) if Path(name).is_file())  # noqa: PTH207
        if not files:
            what = "no file fits this pattern" if glob.has_magic(location) else "there is no such file"
            raise TransactionsError(f"{location}: {what}")
    for name in files:
        if Path(name).stat().st_size == 0:
            raise TransactionsError(f"{name}: the file is empty; remove it, or export it again")
    _require_one_kind(location, files)
    return files


def _require_one_kind(location: str, files: Sequence[str]) -> None:
    kinds = {kind_of(name): name for name in files}
    if len(kinds) > 1:
        folder = Path(location).parent if glob.has_magic(location) else location
        raise TransactionsError(
            f"{location}: holds files of several kinds ({listed([Path(name).name for name in kinds.values()])}); "
            f"name one kind, by a pattern such as {folder}/*.parquet"
        )


def require_another_file(out: str | Path, orders: str | Path) -> None:
    """Refuse to write over the export itself; raises TransactionsError if ``out`` is one of its files."""
    location = str(orders)
    if location.startswith(SCHEMES) or is_remote(location) or not Path(out).is_file():
        return
    if any(Path(out).samefile(name) for name in find_files(location)):
        raise TransactionsError(f"{out} is the export itself, and would be lost; name another file to write")


def is_local_parquet(orders: str | Path) -> bool:
    """Whether the export lies here as Parquet, perhaps fetched, which is quickly read again column by column."""
    location = str(orders)
    if is_remote(location):
        return without_secrets(location).lower().endswith(PARQUET_ENDINGS)
    return not location.startswith(SCHEMES) and kind_of(find_files(location)[0]) == "parquet"


def kind_of(name: str) -> str:
    """Whether a file is "text", "parquet" or "workbook", by its ending."""
    name = without_secrets(name)
    lowered = name.lower()
    for kind, endings in (("text", TEXT_ENDINGS), ("parquet", PARQUET_ENDINGS), ("workbook", WORKBOOK_ENDINGS)):
        if lowered.endswith(endings):
            return kind
    hint = "; unpack it first" if lowered.endswith((".zip", ".7z", ".tar", ".tgz", ".bz2", ".xz")) else ""
    raise TransactionsError(f"{name}: cannot read this kind of file{hint}; give {KINDS}")


def _open_remote(connection: duckdb.DuckDBPyConnection, location: str, reading: ReadingOptions, scratch: Path) -> None:
    """Read files of a server once: text into a table, as always, and Parquet into a file here."""
    shown = without_secrets(location)
    files = find_remote_files(connection, location)
    _require_one_kind(shown, files)
    if kind_of(files[0]) == "workbook":
        raise TransactionsError(f"{shown}: a workbook cannot be read from there; download it and give its path")
    try:
        _open_files(connection, files, reading, scratch)
        if kind_of(files[0]) == "parquet":
            copy = scratch / "fetched.parquet"
            connection.execute(f"COPY (SELECT * FROM raw) TO {literal(str(copy))} (FORMAT parquet)")
            connection.execute(f"CREATE OR REPLACE VIEW raw AS SELECT * FROM read_parquet({literal(str(copy))})")
    except duckdb.Error as error:
        if is_shortage(error):
            raise
        raise unreachable(location, error) from None
    except TransactionsError as error:
        raise TransactionsError(str(error).replace(location, shown)) from None


def _open_files(
    connection: duckdb.DuckDBPyConnection, files: Sequence[str], reading: ReadingOptions, scratch: Path
) -> None:
    kind = kind_of(files[0])
    if reading.sheets and kind != "workbook":
        raise TransactionsError(f"--sheet {reading.sheets[0]}: {files[0]} is no workbook")
    if reading.encoding and kind != "text":
        raise TransactionsError(f"--encoding {reading.encoding}: {files[0]} is no text file")
    current, parts = files[0], list[tuple[str, str]]()
    try:
        if kind == "parquet":
            require_same_parquet(connection, files, reading)
            connection.execute(
                f"CREATE VIEW raw AS SELECT * FROM read_parquet({literals(files)}, union_by_name = true)"
            )
            return
        for number, current in enumerate(files):
            if kind == "workbook":
                parts += read_workbook(connection, current, reading.sheets)
            else:
                _read_text_file(connection, current, number, reading, scratch)
                parts.append((current, f"file_{number}"))
        _stack(connection, parts, reading)
    except (duckdb.IOException, duckdb.InvalidInputException, duckdb.ConversionException, UnicodeError) as error:
        if is_interruption(error):
            raise KeyboardInterrupt from error
        if is_shortage(error) or (isinstance(error, duckdb.IOException) and is_remote(current)):
            raise
        # Line, content and problem of a broken file, without DuckDB's advice on its own options and its query.
        told = str(error).partition("Possible")[0].partition("LINE 1:")[0].replace("Invalid Input Error: ", "")
        reason = "; ".join(filter(None, told.split("\n")[:4])).strip("; ")
        raise TransactionsError(f"{current}: cannot be read: {reason}") from error


def is_shortage(error: Exception) -> bool:
    """Whether memory or disk ran out, which is no fault of the file."""
    return isinstance(error, duckdb.OutOfMemoryException) or "No space left" in str(error)


def _read_text_file(
    connection: duckdb.DuckDBPyConnection, name: str, number: int, reading: ReadingOptions, scratch: Path
) -> None:
    file, table, has_header = TextFile(connection, name), f"file_{number}", not reading.by_position
    form = file.read(table, has_header=has_header, scratch=scratch, encoding=reading.encoding)
    refuse_odd_header(form, name, is_first=number == 0)
    if not has_header and _first_row_is_header(connection, table, reading):
        file.read(table, has_header=True, scratch=scratch, encoding=reading.encoding)


def _first_row_is_header(connection: duckdb.DuckDBPyConnection, table: str, reading: ReadingOptions) -> bool:
    """Columns may be chosen by position in spite of a header: no number or moment stands in the first row then."""
    first = connection.execute(f"SELECT * FROM {table} LIMIT 1").fetchall()
    positions = [
        int(place) for role, place in reading.columns.items() if role not in ("customer_id", "invoice", "product")
    ]
    values = [first[0][place - 1] for place in positions if first and place <= len(first[0])]
    return bool(values) and not any(re.search(r"\d", value or "") for value in values)


def _stack(connection: duckdb.DuckDBPyConnection, parts: Sequence[tuple[str, str]], reading: ReadingOptions) -> None:
    """One relation from tables of text with the same columns; each part is a name for messages and a table."""
    spellings = {plain_name(name): name for name in column_types(connection, parts[0][1])}
    spelled, selects = [], []
    for name, table in parts:  # in the spelling of the first one: CustomerID becomes "Customer ID"
        columns = list(column_types(connection, table))
        plain = list(map(plain_name, columns))
        named = zip(plain, columns, strict=True)
        alike = [spellings.get(each, old) if plain.count(each) == 1 else old for each, old in named]
        spelled.append((name, alike))
        renamed = (f"{quoted(old)} AS {quoted(new)}" for old, new in zip(columns, alike, strict=True))
        selects.append(f"SELECT {', '.join(renamed)} FROM {table}")
    require_same_columns(spelled, reading)
    connection.execute(f"CREATE TEMP VIEW raw AS {' UNION ALL BY NAME '.join(selects)}")


def require_same_parquet(connection: duckdb.DuckDBPyConnection, files: Sequence[str], reading: ReadingOptions) -> None:
    """``require_same_columns`` of several Parquet files."""
    if len(files) > 1:
        schemas = [list(column_types(connection, f"(FROM read_parquet({literal(name)}))")) for name in files]
        require_same_columns(list(zip(files, schemas, strict=True)), reading)


def require_same_columns(parts: Sequence[tuple[str, list[str]]], reading: ReadingOptions) -> None:
    """Files or sheets without a column that plays a role are refused, never silently left out; others may differ.

    Raises TransactionsError with the columns of the first file and of the one that differs.
    """
    first_name, first_columns = parts[0]
    first = {column.strip() for column in first_columns}
    chosen = set(map(plain_name, reading.columns.values()))
    for name, columns in parts[1:]:
        others = {column.strip() for column in columns}
        differing = sorted(each for each in first ^ others if known_role(each) or plain_name(each) in chosen)
        if differing or not first & others:
            here, there = (", ".join(sorted(each)) or "no other" for each in (others - first, first - others))
            raise TransactionsError(
                f"{name} has the columns {here} where {first_name} has {there}; all sheets and files must have the "
                "same columns. Rename them in the one or the other, choose with --sheet NAME, or read fewer files by a "
                "pattern of names"
            )


def stripped_name(name: str) -> str:
    """A column's name without blanks around it, and without the mark that some files begin with."""
    return name.strip().removeprefix("\ufeff").strip()


def _strip_names(connection: duckdb.DuckDBPyConnection, shown: str) -> None:
    raw = connection.view("raw")
    columns = zip(raw.columns, raw.types, strict=True)
    fields = [field for name, kind in columns for field in _fields(quoted(name), name, kind)]
    fields.sort(key=itemgetter(0))
    stripped = [stripped_name(name) for _, _, name in fields]
    refuse_repeated(stripped, shown)
    renamed = ", ".join(f"{old} AS {quoted(new)}" for (_, old, _), new in zip(fields, stripped, strict=True))
    connection.execute(f"CREATE TEMP VIEW source AS SELECT {renamed} FROM raw")
    if not connection.execute("SELECT 1 FROM source LIMIT 1").fetchall():
        raise TransactionsError(f"{shown}: the file has column names but no rows")


# Any: DuckDB does not tell what the children of its types are
def _fields(column: str, name: str, kind: Any, depth: int = 0) -> Iterator[tuple[int, str, str]]:
    """A column, or the fields of a nested one, such as those of Parquet: how deep, by SQL and by name: customer.id."""
    if kind.id != "struct":
        yield depth, column, name
        return
    for field, inner in kind.children:
        yield from _fields(f"{column}.{quoted(field)}", f"{name}.{field}", inner, depth + 1)
