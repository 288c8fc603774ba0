"""An uploaded file: the one part ``file`` of a form, as a file on disk with the ending that tells its kind.

How large it is once it is unpacked is judged piece by piece before anything reads it as a whole: a few kilobytes can
unpack to terabytes, and a workbook of two cells far apart fills the memory with what lies between.
"""

import gzip
import re
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from app.errors import ContractBroken, Problem
from app.validation_errors import MISSING, REQUIRED, FieldError

FILE = "file"
FORM = "multipart/form-data"
PLACE = ("body", FILE)
LONGEST_NAME = 80
# More parts than anybody needs; what is wrong with a few is told by name.
MOST_PARTS = 20
READABLE = "a file must be CSV (.csv, .tsv, .txt; also .gz and .zst), Parquet (.parquet) or a workbook (.xlsx)"
TOO_LONG = "a file must not unpack to so much; send less of it, or rank it with python -m model.score"
ONE_PART = "the form has one part, named 'file'; options belong into the address, after the ?"
PIECE_BYTES = 1 << 20
# Of a workbook all cells come into memory at once, empty ones between filled ones too.
MOST_CELLS = 30_000_000
CELL = re.compile(rb"""\br\s*=\s*["']([A-Z]{1,3})(\d{1,7})["']""")
OVERLAP_BYTES = 64


@dataclass(frozen=True)
class Upload:
    """A file of ours with what was sent, and what the caller calls it."""

    path: Path
    name: str


async def receive_file(request: Request, folder: Path) -> Upload:
    """The file of a form, written into ``folder``; raises ContractBroken unless it is one ``file`` that can be read."""
    try:
        async with request.form(max_files=MOST_PARTS, max_fields=MOST_PARTS) as form:
            part = _only_file(form)
            name = part.filename or ""
            path = folder / f"orders{_ending(name)}"
            with path.open("wb") as file:
                await run_in_threadpool(shutil.copyfileobj, part.file, file)
    except HTTPException as error:
        if isinstance(error, Problem):
            raise
        rule = "the body must be multipart/form-data, as browsers and curl -F write it"
        message = f"the form cannot be read: {error.detail}"
        raise ContractBroken([FieldError(loc=("body",), msg=message, rule=rule, value=None)]) from None
    upload = Upload(path, name[-LONGEST_NAME:])
    if path.stat().st_size == 0:
        raise _refused(upload, "a file needs order lines, and it is empty")
    return upload


def _only_file(form: FormData) -> UploadFile:
    """The part ``file``; raises ContractBroken with all that is wrong."""
    parts = form.multi_items()
    errors = [FieldError.of(("body", name[:LONGEST_NAME]), ONE_PART, name) for name, _ in parts if name != FILE]
    files = [part for name, part in parts if name == FILE]
    for part in files:
        if not isinstance(part, UploadFile):
            errors.append(FieldError.of(PLACE, "a file is needed, with its name", part))
        elif _ending(part.filename or "") is None:
            errors.append(FieldError.of(PLACE, READABLE, part.filename))
    if len(files) > 1:
        errors.append(FieldError.of(PLACE, "only one file can be ranked at a time", f"{len(files)} files"))
    match files:
        case [UploadFile() as file] if not errors:
            return file
    raise ContractBroken(errors or [FieldError.of(PLACE, REQUIRED, MISSING)])


def _ending(name: str) -> str | None:
    """The ending of a kind that is read; old workbooks (.xls, .ods) cannot be judged before they are in memory."""
    from model.orders.sources.files import PARQUET_ENDINGS, TEXT_ENDINGS  # noqa: PLC0415 - brings DuckDB

    endings = (*TEXT_ENDINGS, *PARQUET_ENDINGS, ".xlsx", ".xlsm")
    return next((ending for ending in endings if name.lower().endswith(ending)), None)


def unpacked(upload: Upload, limit: int) -> Upload:
    """The upload, as plain text where it was packed with gzip; raises ContractBroken beyond ``limit`` bytes."""
    name = upload.path.name
    try:
        if name.endswith(".gz"):
            plain = upload.path.with_suffix("")
            with gzip.open(upload.path) as packed, plain.open("wb") as file:
                for piece in _pieces(packed):
                    limit -= len(piece)
                    if limit < 0:
                        raise _refused(upload, TOO_LONG)
                    file.write(piece)
            upload.path.unlink()
            return Upload(plain, upload.name)
        if name.endswith((".xlsx", ".xlsm")):
            _require_small_workbook(upload, limit)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError):
        raise _refused(upload, "it cannot be unpacked; a file must be what its ending says") from None
    return upload


def _require_small_workbook(upload: Upload, limit: int) -> None:
    with zipfile.ZipFile(upload.path) as archive:
        if sum(member.file_size for member in archive.infolist()) > limit:
            raise _refused(upload, TOO_LONG)
        for member in archive.infolist():  # reading finds out whether the announced sizes are true
            with archive.open(member) as content:
                _require_few_cells(_pieces(content), upload)


def _require_few_cells(pieces: Iterator[bytes], upload: Upload) -> None:
    last_column, last_row, tail = 0, 0, b""
    for piece in pieces:
        cells = set(CELL.findall(tail + piece))
        last_column = max([last_column, *(_number(letters) for letters in {letters for letters, _ in cells})])
        last_row = max([last_row, *(int(row) for _, row in cells)])
        tail = piece[-OVERLAP_BYTES:]
        if last_column * last_row > MOST_CELLS:
            raise _refused(upload, f"a workbook may span at most {MOST_CELLS:,} cells; save it as CSV")


def _number(column: bytes) -> int:
    """1 for A, 27 for AA."""
    return reduce(lambda number, letter: number * 26 + letter - ord("A") + 1, column, 0)


def _pieces(file: Any) -> Iterator[bytes]:  # Any: gzip and zip files have no common type
    return iter(lambda: file.read(PIECE_BYTES), b"")


def _refused(upload: Upload, rule: str) -> ContractBroken:
    return ContractBroken([FieldError.of(PLACE, rule, upload.name)])
