"""How much memory a run may take, and what a person is told when it or the disk runs out."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import duckdb
from pydantic import ByteSize, Field, TypeAdapter, ValidationError

from model.errors import Shortage, TransactionsError

LEAST_BYTES = 100 * 1000**2
_SIZE = TypeAdapter[int](Annotated[ByteSize, Field(ge=LEAST_BYTES)])


def memory_bytes(limit: str | None = None) -> int:
    """Bytes of a size such as 4GB, 512 MB or 2GiB; where none is given, half of this machine's or its container's.

    Raises TransactionsError if it is no size, or less than any run needs.
    """
    if limit is None:  # DuckDB, which knows the limits of containers, takes 80 %
        with duckdb.connect() as connection:
            four_fifths = str(connection.execute("SELECT current_setting('memory_limit')").fetchall()[0][0])
        return max(_SIZE.validate_python(four_fifths) * 5 // 8, LEAST_BYTES)
    try:
        return _SIZE.validate_python(limit)
    except ValidationError as error:
        raise TransactionsError(
            f"--memory-limit {limit} is no size of at least {LEAST_BYTES // 1000**2}MB; write it as 4GB or 512MB"
        ) from error


def temporary_folder() -> tempfile.TemporaryDirectory[str]:
    """A folder of ours, removed when it is closed, forgotten, or when the program ends, also by Ctrl-C."""
    return tempfile.TemporaryDirectory(prefix="customer-value-", ignore_cleanup_errors=True)


@contextmanager
def shortage_explained(scratch: Path) -> Iterator[None]:
    """Turn DuckDB's errors into ours; memory and disk that ran out get advice of their own."""
    try:
        yield
    except (duckdb.Error, MemoryError, OSError, RuntimeError) as error:
        told = str(error)
        if is_interruption(error):
            raise KeyboardInterrupt from error
        if "max_temp_directory_size" in told or "No space left" in told or getattr(error, "errno", None) == 28:
            raise Shortage(
                f"the disk of {scratch} is full; free some space, or set TMPDIR to a folder on a larger disk; "
                "nothing was written"
            ) from error
        first_line = told.partition("\n")[0]
        if isinstance(error, duckdb.OutOfMemoryException | MemoryError):
            raise Shortage(
                f"memory ran out: {first_line or 'Python could not get any'}. Raise --memory-limit, close other "
                "programs, or read the export with --engine spark; nothing was written"
            ) from error
        if not isinstance(error, duckdb.Error):
            raise
        raise TransactionsError(f"the order lines cannot be read: {first_line}") from error


def is_interruption(error: Exception) -> bool:
    """Whether Ctrl-C is behind an error of DuckDB, which looks for it between the steps of a query."""
    told = str(error)  # DuckDB repeats what Python said while it handed rows over
    return isinstance(error, duckdb.InterruptException) or told == "Query interrupted" or "KeyboardInterrupt" in told
