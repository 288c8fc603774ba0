"""Text exports: which encoding, separator and header a file has, and its rows as columns of text."""

import codecs
import csv
import gzip
import io
import re
import shlex
import shutil
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
from model.orders.sources.encodings import OLD_MAC, UTF_8, WESTERN, proposals_for, python_encoding, western_or_refused

DELIMITERS = (",", ";", "\t", "|", "^", "~")
SAMPLE_BYTES = 1 << 18
SAMPLE_LINES = 200
# What proposals are made from.
BEGINNING_BYTES = 1 << 21
csv.field_size_limit(SAMPLE_BYTES)  # in a sample, no cell is too long
# How files begin that are no text, and what they should be called.
_OTHER_KINDS = {b"\x1f\x8b": "csv.gz", b"\x28\xb5\x2f\xfd": "csv.zst", b"PAR1": "parquet", b"PK\x03\x04": "xlsx"}


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


def encoding_of(sample: bytes) -> str | None:
    """The encoding that the beginning of a file gives away; None where it is of a time before Unicode."""
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    for encoding, zeros in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[::2])):
        if sample and zeros.count(0) > 0.9 * len(zeros):  # every other byte of Latin text is zero
            return encoding
    try:
        codecs.getincrementaldecoder(UTF_8)().decode(sample)  # not final: the sample may end within a character
    except UnicodeDecodeError:
        return None
    return UTF_8


def text_form(sample: str, path: str, *, has_header: bool) -> TextForm:
    """Tell separator, header and names from the first lines of a file."""
    lines = sample.removeprefix("\ufeff").splitlines()[:SAMPLE_LINES]
    announced = re.fullmatch(r'"?sep=(.)"?', lines[0].strip()) if lines else None  # Excel writes this line
    delimiter = announced[1] if announced else _delimiter(lines)
    rows = _rows(lines, delimiter)
    width = Counter(len(row) for row in rows if any(row)).most_common(1)[0][0] if any(map(any, rows)) else 1
    skipped = max(first_row(rows, width), 1 if announced else 0)
    first = rows[skipped] if skipped < len(rows) else []
    beyond: tuple[str, ...] = ()
    if has_header:
        filled = [row for row in rows[skipped + 1 :] if any(row)]
        longer = [row for row in filled if any(cell.strip() for cell in row[len(first) :])]
        beyond = tuple(longer[0]) if len(longer) * 2 > len(filled) else ()
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


def refuse_odd_header(form: TextForm, path: str, *, is_first: bool = True) -> None:
    """Where a header is a row of data, or rows have more values than it names, nobody knows which value has which name.

    Raises TransactionsError if so; ``is_first`` tells that no file before this one had a header.
    """
    if form.has_header and looks_like_data(form.names):
        told = f"{path}: the first line is no header, as in the files before; write theirs above it"
        raise TransactionsError(headless_hint(path, form.names) if is_first else told)
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

    Raises TransactionsError if there are such columns; with a hint on ``--columns`` where the names are data.
    """
    alike = Counter(name.casefold() for name in names)
    repeated = [name for name in names if alike[name.casefold()] > 1]
    if repeated:
        told = f"{path}: the column name {repeated[0]!r} stands more than once, capitals aside; rename one of them"
        raise TransactionsError(headless_hint(path, names) if looks_like_data(names) else told)


def headless_hint(path: str, first: Sequence[str]) -> str:
    """What to do about a file whose first line is data."""
    numbered = ", ".join(f"{number}: {cell!r}" for number, cell in enumerate(first[:12], start=1))
    compact = r"(19|20)\d\d(0[1-9]|1[0-2])[0-3]\d"
    date = next((place for place, cell in enumerate(first, 1) if _is_date(cell) or re.fullmatch(compact, cell)), "N")
    customer = 1 if date == 2 else "N"
    total = len(first) if re.fullmatch(r"\d+[.,]\d\d", first[-1]) else "N"
    return (
        f"{path}: the first line is no header but data ({numbered}); name the columns by position, "
        f"for example --columns customer_id={customer},ordered_at={date},line_total={total}, or let python -m "
        f"training.doctor {shlex.quote(path)} --write-mapping shop.toml propose them"
    )


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


@dataclass(frozen=True)
class TextFile:
    """A text file as it is written, and the database that reads it."""

    connection: duckdb.DuckDBPyConnection
    path: str

    def read(self, table: str, *, has_header: bool, scratch: Path, encoding: str | None = None) -> TextForm:
        """Fill the temporary table ``table`` with the file, every column as text, in the order of the file.

        StockCode and Invoice hold letters that may appear only late in a file, so no type is guessed. The file is CSV
        with any common separator, or has columns set apart by blanks; also .gz and .zst. Without a header the columns
        are named 1, 2, …; ``scratch`` is a folder for a copy in UTF-8, where the file is written in something else. Of
        encodings UTF-8, UTF-16, and cp1252 or Mac Roman in a western language are found out.

        Raises TransactionsError if a row has more columns than the file, names repeat, or the encoding must be named or
        is another.
        """
        sample = self.sample()
        for start, ending in _OTHER_KINDS.items():
            if sample.startswith(start):
                told = f"{self.path}: the file is no text; it begins as a .{ending} does. Give it that ending"
                raise TransactionsError(told)
        found = python_encoding(encoding) if encoding else encoding_of(sample) or self.encoding_before_unicode(sample)
        form = text_form(sample.decode(found, errors="replace"), self.path, has_header=has_header)
        if found == UTF_8 or (found == "utf-16" and self.is_for_duckdb):
            try:
                self.load(table, form, encoding=found)
                return form
            except duckdb.InvalidInputException as error:
                if "not utf-8" in str(error):
                    found = UTF_8 if encoding else self.encoding_before_unicode(sample)
                elif "state machine" not in str(error) or self.is_for_duckdb:  # line ends of several kinds
                    raise
        copy = self.utf8_copy(found, scratch)
        TextFile(self.connection, str(copy)).load(table, form)
        copy.unlink()
        return form

    def beginning(self, encoding: str | None) -> tuple[str, list[str]]:
        """The text up to the last whole line of a sample, and what it may be written in where it is not Unicode."""
        sample = self.sample(BEGINNING_BYTES)
        found, proposed = encoding_of(sample), list[str]()
        if found in (None, UTF_8) and (proposed := proposals_for(self.lines())):
            found = proposed[0]
        text = sample.decode(python_encoding(encoding or found or UTF_8), errors="replace")
        return text[: text.rfind("\n") + 1] if len(sample) == BEGINNING_BYTES else text, proposed

    @property
    def is_for_duckdb(self) -> bool:
        """Whether DuckDB alone opens it: remote files, and .zst, which Python itself reads from 3.14 on only."""
        return "://" in self.path or self.path.lower().endswith(".zst")

    @contextmanager
    def _opened(self) -> Iterator[BinaryIO]:
        path = self.path
        try:
            with gzip.open(path, "rb") if path.lower().endswith(".gz") else Path(path).open("rb") as file:
                yield cast(BinaryIO, file)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            told = f"{path}: cannot be unpacked: {error}; is it really a gzip file, and whole?"
            raise TransactionsError(told) from error

    def sample(self, size: int = SAMPLE_BYTES) -> bytes:
        """How the file begins."""
        if self.is_for_duckdb:
            return b"\n".join(islice(self.lines(), SAMPLE_LINES))
        with self._opened() as file:
            return file.read(size)

    def lines(self) -> Iterator[bytes]:
        """The lines of the file, unpacked, as they are written."""
        if not self.is_for_duckdb:
            with self._opened() as file:
                while lines := file.readlines(SAMPLE_BYTES):
                    yield from b"".join(lines).splitlines()
            return
        try:
            rows = self.connection.cursor().execute(
                f"SELECT line FROM read_csv({literal(self.path)}, auto_detect = false, columns = {{'line': 'VARCHAR'}},"
                " delim = '\x01', quote = '', escape = '', header = false, encoding = 'latin-1')"
            )
            while found := rows.fetchmany(10_000):
                yield from ((line or "").encode("latin-1") for (line,) in found)
        except duckdb.InvalidInputException as error:
            if "not latin-1" not in str(error):
                raise
            raise TransactionsError(
                f"{self.path}: is neither UTF-8 nor Latin-1; save it as UTF-8, or give a file of this machine that is "
                "not packed as .zst, so that its encoding can be looked at"
            ) from error

    def encoding_before_unicode(self, sample: bytes) -> str:
        """What the file is written in that is not Unicode; raises TransactionsError where that must be named."""
        unasked = OLD_MAC if b"\r" in sample and b"\n" not in sample else WESTERN
        return western_or_refused(self.path, self.lines(), unasked)

    def utf8_copy(self, encoding: str, scratch: Path) -> Path:
        """A copy in UTF-8, with line ends of one kind; raises TransactionsError where it is in another encoding."""
        copy = scratch / "in_utf8.csv"
        errors = "strict" if encoding not in (UTF_8, WESTERN, OLD_MAC) else "replace"
        with copy.open("w", encoding=UTF_8, newline="\n") as target:
            try:
                if self.is_for_duckdb:
                    target.writelines(line.decode(encoding, errors) + "\n" for line in self.lines())
                    return copy
                with self._opened() as packed, io.TextIOWrapper(packed, encoding=encoding, errors=errors) as source:
                    shutil.copyfileobj(source, target, 1 << 22)
            except UnicodeError as error:
                wrong = error.object[error.start : error.start + 20] if isinstance(error, UnicodeDecodeError) else ""
                told = f"{self.path}: --encoding {encoding} does not fit: {wrong!r} is none of it"
                raise TransactionsError(told) from error
        return copy

    def load(self, table: str, form: TextForm, *, encoding: str = UTF_8) -> None:
        """Read all rows; a sloppy file gets more tries, with the leniency that its error asks for."""
        try:
            self._create(table, form, encoding=encoding)
        except duckdb.InvalidInputException as error:
            found = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", str(error))
            if found and int(found[2]) < int(found[1]):
                self._create(table, form, encoding=encoding, leniency="null_padding = true, parallel = false")
            elif form.delimiter and "quote" in str(error).partition("Possible fixes")[0]:
                self._load_loose_quotes(table, form, encoding=encoding)
            else:
                raise

    def _load_loose_quotes(self, table: str, form: TextForm, *, encoding: str) -> None:
        """Rows in which quotes are inches, or opened and not closed: such a quote must not swallow the next rows."""
        try:
            self._create(table, form, encoding=encoding, quote="")
        except duckdb.InvalidInputException:  # separators or line breaks stand within quotes
            self._create(table, form, encoding=encoding, leniency="strict_mode = false, parallel = false")
            self._refuse_swallowed_rows(table, form)
        else:
            whole = ", ".join(
                f"CASE WHEN {name} LIKE '\"%\"' AND length({name}) > 1 THEN "
                f"replace(substr({name}, 2, length({name}) - 2), '\"\"', '\"') ELSE {name} END AS {name}"
                for name in map(quoted, form.names)
            )
            self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT {whole} FROM {table}")

    def _refuse_swallowed_rows(self, table: str, form: TextForm) -> None:
        separators = len(form.names) - 1
        for name in map(quoted, form.names):
            swallowed = self.connection.execute(
                f"SELECT {name} FROM {table} WHERE contains({name}, chr(10)) AND "
                f"length({name}) - length(replace({name}, {literal(form.delimiter or '')}, '')) >= {separators} LIMIT 1"
            ).fetchall()
            for (cell,) in swallowed:
                start = cell.splitlines()[0][:60]
                raise TransactionsError(
                    f"{self.path}: cannot be read: the quote before {start!r} in column {name} is not closed in its "
                    "row, and would swallow the next ones. Remove it, or write it twice within quotes"
                )

    def _create(
        self, table: str, form: TextForm, *, encoding: str, quote: str = '"', leniency: str = "strict_mode = true"
    ) -> None:
        skip, delimiter, header = form.skipped, form.delimiter, form.has_header
        columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in form.names)
        if delimiter is None:
            columns, delimiter, quote, header, skip = "'line': 'VARCHAR'", "\x01", "", False, skip + form.has_header
        rows = (
            f"read_csv({literal(self.path)}, auto_detect = false, delim = {literal(delimiter)}, quote = '{quote}', "
            f"escape = '{quote}', header = {str(header).lower()}, skip = {skip}, columns = {{{columns}}}, "
            f"encoding = '{encoding}', max_line_size = 16777216, {leniency})"
        )
        if form.delimiter is None:
            names = enumerate(map(quoted, form.names), 1)
            parts = ", ".join(f"nullif(cells[{number}], '') AS {name}" for number, name in names)
            rows = f"(SELECT regexp_split_to_array(trim(line), '\\s+') AS cells FROM {rows} WHERE trim(line) <> '')"
            rows = f"(SELECT {parts} FROM {rows})"
        if form.has_header:  # files that were put one after the other repeat it; no order line is equal to it
            repeats = " AND ".join(f"trim({quoted(name)}) = {literal(name)}" for name in form.names)
            rows = f"{rows} AS rows WHERE coalesce(NOT ({repeats}), true)"
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT * FROM {rows}")
