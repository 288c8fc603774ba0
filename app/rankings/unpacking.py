"""How large an upload is once it is unpacked: judged piece by piece before anything reads it as a whole.

A few kilobytes can unpack to terabytes, and a workbook of two cells far apart fills the memory with what lies between.
"""

import gzip
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.errors import ContractBroken
from app.rankings.uploads import PLACE, Upload
from app.validation_errors import FieldError

PIECE_BYTES = 1 << 20
# Of a workbook all cells come into memory at once, empty ones between filled ones too.
MOST_CELLS = 30_000_000
CELL = re.compile(rb"""\br\s*=\s*["']([A-Z]{1,3})(\d{1,7})["']""")
OVERLAP_BYTES = 64
TOO_LONG = "a file must not unpack to so much; send less of it, or rank it with python -m model.score"


def unpacked(upload: Upload, limit: int) -> Upload:
    """The upload, as plain text where it was packed with gzip.

    Raises
    ------
    ContractBroken
        If it cannot be unpacked, or is longer than ``limit`` bytes or ``MOST_CELLS`` then.
    """
    name = upload.path.name
    try:
        if name.endswith(".gz"):
            return Upload(_gunzipped(upload, limit), upload.name)
        if name.endswith((".xlsx", ".xlsm")):
            _require_small_workbook(upload, limit)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError):
        raise _refused(upload, "it cannot be unpacked; a file must be what its ending says") from None
    return upload


def _gunzipped(upload: Upload, limit: int) -> Path:
    plain = upload.path.with_suffix("")
    with gzip.open(upload.path) as packed, plain.open("wb") as file:
        for piece in _pieces(packed):
            limit -= len(piece)
            if limit < 0:
                raise _refused(upload, TOO_LONG)
            file.write(piece)
    upload.path.unlink()
    return plain


def _require_small_workbook(upload: Upload, limit: int) -> None:
    with zipfile.ZipFile(upload.path) as archive:
        if sum(member.file_size for member in archive.infolist()) > limit:
            raise _refused(upload, TOO_LONG)
        for member in archive.infolist():  # reading finds out whether the announced sizes are true
            with archive.open(member) as content:
                _require_few_cells(_pieces(content), upload)


def _require_few_cells(pieces: Iterator[bytes], upload: Upload) -> None:
    columns: set[bytes] = set()
    last_row, tail = 0, b""
    for piece in pieces:
        cells = set(CELL.findall(tail + piece))
        columns |= {letters for letters, _ in cells}
        last_row = max([last_row, *(int(row) for _, row in cells)])
        tail = piece[-OVERLAP_BYTES:]
        if _width(columns) * last_row > MOST_CELLS:
            raise _refused(upload, f"a workbook may span at most {MOST_CELLS:,} cells; save it as CSV")


def _pieces(file: Any) -> Iterator[bytes]:  # Any: gzip and zip files have no common type
    return iter(lambda: file.read(PIECE_BYTES), b"")


def _width(columns: set[bytes]) -> int:
    """The number of the last column: 1 for A, 27 for AA."""
    last = max(columns, key=lambda letters: (len(letters), letters), default=b"")
    number = 0
    for letter in last:
        number = number * 26 + letter - ord("A") + 1
    return number


def _refused(upload: Upload, rule: str) -> ContractBroken:
    return ContractBroken([FieldError.of(PLACE, rule, upload.name)])
