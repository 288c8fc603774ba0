"""An uploaded file: the one part ``file`` of a form, as a file on disk with the ending that tells its kind."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from app.errors import ContractBroken, Problem
from app.validation_errors import FieldError

FILE = "file"
FORM = "multipart/form-data"
PLACE = ("body", FILE)
LONGEST_NAME = 80
# More parts than anybody needs; what is wrong with a few is told by name.
MOST_PARTS = 20
READABLE = "a file must be CSV (.csv, .tsv, .txt; also .gz and .zst), Parquet (.parquet) or a workbook (.xlsx)"
ONE_PART = "the form has one part, named 'file'; options belong into the address, after the ?"


@dataclass(frozen=True)
class Upload:
    """A file of ours with what was sent, and what the caller calls it."""

    path: Path
    name: str


async def receive_file(request: Request, folder: Path) -> Upload:
    """Write the file of a form into ``folder``.

    Raises
    ------
    ContractBroken
        If the body is no form, or has not exactly one part named ``file`` of a kind that can be read.
    """
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
        raise _unreadable(str(error.detail)) from None
    if path.stat().st_size == 0:
        raise ContractBroken([FieldError.of(PLACE, "a file needs order lines, and it is empty", name[-LONGEST_NAME:])])
    return Upload(path, name[-LONGEST_NAME:])


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
    if errors:
        raise ContractBroken(errors)
    if not files:
        raise ContractBroken([FieldError.missing(PLACE)])
    assert isinstance(files[0], UploadFile)  # noqa: S101 - seen above
    return files[0]


def _ending(name: str) -> str | None:
    """The ending of a kind that is read; old workbooks (.xls, .ods) cannot be judged before they are in memory."""
    from model.orders.sources.files import PARQUET_ENDINGS, TEXT_ENDINGS  # noqa: PLC0415 - brings DuckDB

    endings = (*TEXT_ENDINGS, *PARQUET_ENDINGS, ".xlsx", ".xlsm")
    return next((ending for ending in endings if name.lower().endswith(ending)), None)


def _unreadable(reason: str) -> ContractBroken:
    rule = "the body must be multipart/form-data, as browsers and curl -F write it"
    message = f"the form cannot be read: {reason}"
    return ContractBroken([FieldError(loc=("body",), msg=message, rule=rule, value=None)])
