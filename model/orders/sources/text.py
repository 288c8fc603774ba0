"""Text exports: which encoding, separator and header a file has, and its rows as columns of text."""

import codecs
import csv
import gzip
import io
import re
import shlex
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO, cast

import duckdb

from model.engines.connection import listed, literal, quoted
from model.errors import TransactionsError
from model.orders.sources.encodings import (
    OLD_MAC,
    UTF_8,
    WESTERN,
    is_utf8,
    odd_lines,
    proposed_encodings,
    python_encoding,
    western_or_refused,
)

DELIMITERS = (",", ";", "\t", "|", "^", "~")
SAMPLE_BYTES = 1 << 18
SAMPLE_LINES = 200
# What proposals are made from.
BEGINNING_BYTES = 1 << 21
csv.field_size_limit(SAMPLE_BYTES)  # in a sample, no cell is too long
# How files begin that are no text, and what they should be called.
_OTHER_KINDS = {b"\x1f\x8b": "csv.gz", b"\x28\xb5\x2f\xfd": "csv.zst", b"PAR1": "parquet", b"PK\x03\x04": "xlsx"}
_BYTE_ORDER_MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


@dataclass(frozen=True)
class TextForm:
    """How the rows of a text file are written.

    ``delimiter`` is None where runs of blanks set the columns apart; ``skipped`` counts lines above the header;
    ``beyond`` is a row with more values than the header has names, where most rows are so.
    """

    delimiter: str | None
    names: tuple[str, ...]
    has_header: bool
    skipped: int = 0
    beyond: tuple[str, ...] = ()


def read_text(
    connection: duckdb.DuckDBPyConnection,
    path: str,
    table: str,
    *,
    has_header: bool,
    scratch: Path,
    encoding: str | None = None,
) -> TextForm:
    """Fill the temporary table ``table`` with a text file, every column as text, in the order of the file.

    StockCode and Invoice hold letters that may appear only late in a file, so no type is guessed.

    Parameters
    ----------
    connection : DuckDBPyConnection
        Where the table is created.
    path : str
        CSV with any common separator, or columns set apart by blanks; also .gz and .zst.
    table : str
        Name of the new table.
    has_header : bool
        Whether the first line names the columns; they are named 1, 2, … otherwise.
    scratch : Path
        A folder for a copy in UTF-8, where the file is written in something else.
    encoding : str, optional
        What the file is written in; UTF-8, UTF-16, and cp1252 or Mac Roman in a western language are found out.

    Raises
    ------
    TransactionsError
        If a row has more columns than the file, names repeat, or the encoding must be named or is another.
    """
    sample = _sample(connection, path)
    _refuse_other_kinds(sample, path)
    found = python_encoding(encoding) if encoding else encoding_of(sample)
    if found is None:
        found = _encoding_before_unicode(connection, path, sample)
    form = text_form(sample.decode(found, errors="replace"), path, has_header=has_header)
    if found == "utf-16" and _only_duckdb_opens(path):
        _load(connection, path, table, form, encoding=found)
        return form
    if found == UTF_8:
        try:
            _load(connection, path, table, form, encoding=UTF_8)
        except duckdb.InvalidInputException as error:
            if "not utf-8" in str(error):
                found = UTF_8 if encoding else _encoding_before_unicode(connection, path, sample)
            elif "state machine" not in str(error) or _only_duckdb_opens(path):  # line ends of several kinds
                raise
        else:
            return form
    copy = _utf8_copy(connection, path, found, scratch)
    _load(connection, str(copy), table, form, encoding=UTF_8)
    copy.unlink()
    return form


def encoding_of(sample: bytes) -> str | None:
    """The encoding that the beginning of a file gives away; None where it is of a time before Unicode."""
    marked = next((name for mark, name in _BYTE_ORDER_MARKS.items() if sample.startswith(mark)), None)
    return marked or _utf16_without_mark(sample) or (UTF_8 if _decodes(sample) else None)


def sample_text(connection: duckdb.DuckDBPyConnection, path: str, encoding: str | None) -> tuple[str, list[str]]:
    """The beginning of a file up to its last whole line, and what it may be written in where it is not Unicode."""
    sample = _sample(connection, path, BEGINNING_BYTES)
    found, proposed = encoding_of(sample), list[str]()
    if found in (None, UTF_8) and not all(map(is_utf8, odd := odd_lines(_lines(connection, path)))):
        proposed = proposed_encodings(odd, WESTERN) or [WESTERN]
        found = proposed[0]
    text = sample.decode(python_encoding(encoding or found or UTF_8), errors="replace")
    return text[: text.rfind("\n") + 1] if len(sample) == BEGINNING_BYTES else text, proposed


def _encoding_before_unicode(connection: duckdb.DuckDBPyConnection, path: str, sample: bytes) -> str:
    """What a file is written in that is not Unicode; raises TransactionsError where that must be named."""
    unasked = OLD_MAC if b"\r" in sample and b"\n" not in sample else WESTERN
    return western_or_refused(path, odd_lines(_lines(connection, path)), unasked)


def text_form(sample: str, path: str, *, has_header: bool) -> TextForm:
    """Tell separator, header and names from the first lines of a file."""
    lines = sample.removeprefix("\ufeff").splitlines()[:SAMPLE_LINES]
    announced = re.fullmatch(r'"?sep=(.)"?', lines[0].strip()) if lines else None  # Excel writes this line
    delimiter = announced[1] if announced else _delimiter(lines)
    rows = _rows(lines, delimiter)
    width = Counter(len(row) for row in rows if any(row)).most_common(1)[0][0] if any(map(any, rows)) else 1
    skipped = first_row(rows, width)
    skipped = max(skipped, 1) if announced else skipped
    first = rows[skipped] if skipped < len(rows) else []
    beyond: tuple[str, ...] = ()
    if has_header:
        beyond = _row_beyond(first, rows[skipped + 1 :])
        names = [name.strip() or f"column_{number}" for number, name in enumerate(first, start=1)]
        names += [f"column_{number}" for number in range(len(names) + 1, width + 1)]
        refuse_repeated(names, path)
    else:
        names = [str(number) for number in range(1, max(width, len(first)) + 1)]
    return TextForm(delimiter, tuple(names), has_header=has_header, skipped=skipped, beyond=beyond)


def first_row(rows: Sequence[Sequence[str]], width: int) -> int:
    """The number of the first row of a table that may stand under titles.

    A header may leave the last name out, but a title has one or two cells, though a spreadsheet adds empty ones.
    """
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows]
    return next(
        (number for number, row in enumerate(rows) if len(row) >= max(width - 1, 1) and filled[number] * 2 > width),
        next((number for number, count in enumerate(filled) if count), 0),
    )


def _row_beyond(header: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    filled = [row for row in rows if any(row)]
    beyond = [row for row in filled if any(cell.strip() for cell in row[len(header) :])]
    return tuple(beyond[0]) if len(beyond) * 2 > len(filled) else ()


def refuse_rows_beyond_header(form: TextForm, path: str) -> None:
    """Where rows have more values than the header names, nobody knows which value has which name.

    Raises
    ------
    TransactionsError
        If most rows of the file are so.
    """
    if form.beyond:
        named = [name for name in form.names if not re.fullmatch(r"column_\d+", name)]
        raise TransactionsError(
            f"{path}: most rows have more values than the header has names, for example {listed(form.beyond)} under "
            f"{listed(named)}. Where amounts have decimal commas, export with another separator or with "
            "quotes; where the header lacks a name, such as that of row numbers, add it"
        )


def looks_like_data(names: Sequence[str]) -> bool:
    """Whether a first line of "names" is a row of values: most of it numbers and dates, or a date beside a number."""
    values = [name for name in names if re.fullmatch(r"[\d\s.,:/\-+]*\d[\d\s.,:/\-+]*", name)]
    return len(values) * 2 > len(names) or (len(values) > 1 and any(map(_is_date, values)))


def _is_date(text: str) -> bool:
    return re.match(r"(\d{4}([-/.])\d\d?\2\d\d?|\d\d?([-/.])\d\d?\3(\d{4}|\d\d))\b", text) is not None


def refuse_repeated(names: Sequence[str], path: str) -> None:
    """Two columns of one name, capitals aside, would be mixed up.

    Raises
    ------
    TransactionsError
        If there are such columns; with a hint on ``--columns`` where the names are data.
    """
    alike = Counter(name.casefold() for name in names)
    repeated = [name for name in names if alike[name.casefold()] > 1]
    if repeated and not looks_like_data(names):
        raise TransactionsError(
            f"{path}: the column name {repeated[0]!r} stands more than once, capitals aside; rename one of them"
        )
    if repeated:
        raise TransactionsError(headless_hint(path, names))


def headless_hint(path: str, first: Sequence[str]) -> str:
    """What to do about a file whose first line is data."""
    numbered = ", ".join(f"{number}: {cell!r}" for number, cell in enumerate(first[:12], start=1))
    date = next((number for number, cell in enumerate(first, start=1) if _is_date(cell) or _is_compact_date(cell)), "N")
    customer = 1 if date == 2 else "N"
    total = len(first) if re.fullmatch(r"\d+[.,]\d\d", first[-1]) else "N"
    return (
        f"{path}: the first line is no header but data ({numbered}); name the columns by position, "
        f"for example --columns customer_id={customer},ordered_at={date},line_total={total}, or let python -m "
        f"training.doctor {shlex.quote(path)} --write-mapping shop.toml propose them"
    )


def _is_compact_date(text: str) -> bool:
    return re.fullmatch(r"(19|20)\d\d(0[1-9]|1[0-2])[0-3]\d", text) is not None


def _delimiter(lines: Sequence[str]) -> str | None:
    """The separator that cuts most lines into the same number of cells; None for runs of blanks."""
    best, best_score = None, 0.0
    for delimiter in DELIMITERS:
        widths = Counter(len(row) for row in _rows(lines, delimiter) if any(row))
        width, count = widths.most_common(1)[0] if widths else (1, 0)
        score = count / widths.total() * (1 + width / 1000) if width > 1 else 0.0
        if score > best_score:
            best, best_score = delimiter, score
    return best if best_score > 0.5 else None


def _rows(lines: Sequence[str], delimiter: str | None) -> list[list[str]]:
    """The cells of each row; a quoted cell may hold line breaks."""
    if delimiter is None:
        return [line.split() for line in lines]
    return list(csv.reader([line + "\n" for line in lines], delimiter=delimiter))


def _sample(connection: duckdb.DuckDBPyConnection, path: str, size: int = SAMPLE_BYTES) -> bytes:
    if _only_duckdb_opens(path):
        return b"\n".join(islice(_lines(connection, path), SAMPLE_LINES))
    with _opened(path) as file:
        return file.read(size)


def _refuse_other_kinds(sample: bytes, path: str) -> None:
    for start, ending in _OTHER_KINDS.items():
        if sample.startswith(start):
            raise TransactionsError(f"{path}: the file is no text; it begins as a .{ending} does. Give it that ending")


def _only_duckdb_opens(path: str) -> bool:
    """Remote files, and .zst, which Python itself reads from 3.14 on only."""
    return "://" in path or path.lower().endswith(".zst")


@contextmanager
def _opened(path: str) -> Iterator[BinaryIO]:
    """The bytes of a file, unpacked."""
    try:
        with gzip.open(path, "rb") if path.lower().endswith(".gz") else Path(path).open("rb") as file:
            yield cast(BinaryIO, file)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise TransactionsError(f"{path}: cannot be unpacked: {error}; is it really a gzip file, and whole?") from error


def _utf16_without_mark(sample: bytes) -> str | None:
    """Every other byte of Latin text is zero in UTF-16."""
    for encoding, zeros in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[::2])):
        if sample and zeros.count(0) > 0.9 * len(zeros):
            return encoding
    return None


def _decodes(sample: bytes) -> bool:
    decoder = codecs.getincrementaldecoder(UTF_8)()
    try:
        decoder.decode(sample)  # not final: the sample may end within a character
    except UnicodeDecodeError:
        return False
    return True


def _lines(connection: duckdb.DuckDBPyConnection, path: str) -> Iterator[bytes]:
    """The lines of a file, unpacked, as they are written."""
    if _only_duckdb_opens(path):
        try:
            rows = connection.cursor().execute(f"SELECT line FROM {_whole_lines(path)}")
            while found := rows.fetchmany(10_000):
                yield from ((line or "").encode("latin-1") for (line,) in found)
        except duckdb.InvalidInputException as error:
            if "not latin-1" not in str(error):
                raise
            raise TransactionsError(
                f"{path}: is neither UTF-8 nor Latin-1; save it as UTF-8, or give a file of this machine that is not "
                "packed as .zst, so that its encoding can be looked at"
            ) from error
        return
    with _opened(path) as file:
        while lines := file.readlines(SAMPLE_BYTES):
            yield from b"".join(lines).splitlines()


def _whole_lines(path: str) -> str:
    """A relation of the lines of a text file, bytes as Latin-1."""
    return (
        f"read_csv({literal(path)}, auto_detect = false, columns = {{'line': 'VARCHAR'}}, delim = '\x01', quote = '', "
        "escape = '', header = false, encoding = 'latin-1')"
    )


def _utf8_copy(connection: duckdb.DuckDBPyConnection, path: str, encoding: str, scratch: Path) -> Path:
    """The file in UTF-8, with line ends of one kind; raises TransactionsError where it is in another encoding."""
    copy = scratch / "in_utf8.csv"
    errors = "strict" if encoding not in (UTF_8, WESTERN, OLD_MAC) else "replace"
    with copy.open("w", encoding=UTF_8, newline="\n") as target:
        try:
            if _only_duckdb_opens(path):
                target.writelines(line.decode(encoding, errors) + "\n" for line in _lines(connection, path))
                return copy
            with _opened(path) as packed, io.TextIOWrapper(packed, encoding=encoding, errors=errors) as source:
                while chunk := source.read(1 << 22):
                    target.write(chunk)
        except UnicodeError as error:
            wrong = error.object[error.start : error.start + 20] if isinstance(error, UnicodeDecodeError) else ""
            raise TransactionsError(f"{path}: --encoding {encoding} does not fit: {wrong!r} is none of it") from error
    return copy


def _load(connection: duckdb.DuckDBPyConnection, path: str, table: str, form: TextForm, *, encoding: str) -> None:
    """Read all rows; a sloppy file gets more tries, with the leniency that its error asks for."""
    try:
        _create(connection, path, table, form, encoding=encoding)
    except duckdb.InvalidInputException as error:
        found = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", str(error))
        if found and int(found[2]) < int(found[1]):
            short_rows = "null_padding = true, parallel = false"
            _create(connection, path, table, form, encoding=encoding, leniency=short_rows)
        elif form.delimiter and "quote" in str(error).partition("Possible fixes")[0]:
            _load_loose_quotes(connection, path, table, form, encoding=encoding)
        else:
            raise


def _load_loose_quotes(
    connection: duckdb.DuckDBPyConnection, path: str, table: str, form: TextForm, *, encoding: str
) -> None:
    """Rows in which quotes are inches, or are opened and not closed: such a quote must not swallow the next rows."""
    try:
        _create(connection, path, table, form, encoding=encoding, quote="")
    except duckdb.InvalidInputException:  # separators or line breaks stand within quotes
        _create(connection, path, table, form, encoding=encoding, leniency="strict_mode = false, parallel = false")
        _refuse_swallowed_rows(connection, path, table, form)
    else:
        whole = ", ".join(
            f"CASE WHEN {name} LIKE '\"%\"' AND length({name}) > 1 THEN "
            f"replace(substr({name}, 2, length({name}) - 2), '\"\"', '\"') ELSE {name} END AS {name}"
            for name in map(quoted, form.names)
        )
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT {whole} FROM {table}")


def _refuse_swallowed_rows(connection: duckdb.DuckDBPyConnection, path: str, table: str, form: TextForm) -> None:
    separators = len(form.names) - 1
    for name in map(quoted, form.names):
        swallowed = connection.execute(
            f"SELECT {name} FROM {table} WHERE contains({name}, chr(10)) AND "
            f"length({name}) - length(replace({name}, {literal(form.delimiter or '')}, '')) >= {separators} LIMIT 1"
        ).fetchall()
        if swallowed:
            start = swallowed[0][0].splitlines()[0][:60]
            raise TransactionsError(
                f"{path}: cannot be read: the quote before {start!r} in column {name} is not closed in its row, and "
                "would swallow the next ones. Remove it, or write it twice within quotes"
            )


def _create(
    connection: duckdb.DuckDBPyConnection,
    path: str,
    table: str,
    form: TextForm,
    *,
    encoding: str,
    quote: str = '"',
    leniency: str = "strict_mode = true",
) -> None:
    skip = form.skipped
    if form.delimiter is None:
        columns, delimiter, quote, header = "{'line': 'VARCHAR'}", "\x01", "", False
        skip += form.has_header
    else:
        columns = "{" + ", ".join(f"{literal(name)}: 'VARCHAR'" for name in form.names) + "}"
        delimiter, header = form.delimiter, form.has_header
    rows = (
        f"read_csv({literal(path)}, auto_detect = false, delim = {literal(delimiter)}, quote = '{quote}', "
        f"escape = '{quote}', header = {str(header).lower()}, skip = {skip}, columns = {columns}, "
        f"encoding = '{encoding}', max_line_size = 16777216, {leniency})"
    )
    if form.delimiter is None:
        parts = ", ".join(f"nullif(cells[{number}], '') AS {quoted(name)}" for number, name in enumerate(form.names, 1))
        rows = f"(SELECT regexp_split_to_array(trim(line), '\\s+') AS cells FROM {rows} WHERE trim(line) <> '')"
        rows = f"(SELECT {parts} FROM {rows})"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT * FROM {rows} AS rows{_no_header_again(form)}")


def _no_header_again(form: TextForm) -> str:
    """Files that were put one after the other repeat the header; no order line is equal to it."""
    if not form.has_header:
        return ""
    repeats = " AND ".join(f"trim({quoted(name)}) = {literal(name)}" for name in form.names)
    return f" WHERE coalesce(NOT ({repeats}), true)"
