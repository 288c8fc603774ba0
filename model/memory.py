"""How much memory a run may take, and what a person is told when it or the disk runs out."""

import ctypes
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from model.errors import Shortage, TransactionsError
from model.interruption import is_interruption

_UNITS = {"": 1, "K": 1000, "M": 1000**2, "G": 1000**3, "T": 1000**4}
LEAST_BYTES = 100 * 1000**2
_CONTROL_GROUP = Path("/sys/fs/cgroup/memory.max")


def parse_size(text: str) -> int:
    """Bytes of a size such as 4GB, 512 MB or 2GiB.

    Raises
    ------
    TransactionsError
        If it is no size, or less than any run needs.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(i?)B?", text.strip(), re.IGNORECASE)
    if not found:
        raise TransactionsError(f"--memory-limit {text!r} is no size; write it as 4GB or 512MB")
    unit = _UNITS[found[2].upper()] if not found[3] else 1024 ** list(_UNITS).index(found[2].upper())
    size = int(float(found[1]) * unit)
    if size < LEAST_BYTES:
        raise TransactionsError(f"--memory-limit {text} is too little; at least {LEAST_BYTES // 1000**2}MB are needed")
    return size


def half_of_memory() -> int:
    """Half of what this machine, or its container, has."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else 8 * 1000**3
    limit = _CONTROL_GROUP.read_text().strip() if _CONTROL_GROUP.exists() else "max"
    return max(min(total, int(limit) if limit.isdecimal() else total) // 2, LEAST_BYTES)


def return_freed_memory() -> None:
    """Have the GNU C library give back what lies free between blocks in use; a step of a large run leaves much."""
    library = ctypes.CDLL(None) if sys.platform == "linux" else None
    if library is not None and hasattr(library, "malloc_trim"):
        library.malloc_trim(0)


def temporary_folder() -> tempfile.TemporaryDirectory[str]:
    """A folder of ours, removed when it is closed, forgotten, or when the program ends, also by Ctrl-C."""
    return tempfile.TemporaryDirectory(prefix="customer-value-", ignore_cleanup_errors=True)


@contextmanager
def shortage_explained(scratch: Path) -> Iterator[None]:
    """Turn DuckDB's errors into ours; memory and disk that ran out get advice of their own."""
    try:
        yield
    except (duckdb.OutOfMemoryException, MemoryError) as error:
        if "max_temp_directory_size" in str(error):
            raise _disk_full(scratch) from error
        raise Shortage(
            f"memory ran out: {_first_line(error)}. Raise --memory-limit, close other programs, or read the "
            "export with --engine spark; nothing was written"
        ) from error
    except (duckdb.InterruptException, RuntimeError) as error:
        if is_interruption(error):
            raise KeyboardInterrupt from error
        raise
    except (duckdb.Error, OSError) as error:
        if "No space left" in str(error) or getattr(error, "errno", None) == 28:
            raise _disk_full(scratch) from error
        if isinstance(error, OSError) and not isinstance(error, duckdb.Error):
            raise
        raise TransactionsError(f"the order lines cannot be read: {str(error).splitlines()[0]}") from error


def _first_line(error: Exception) -> str:
    """What an error says; Python's own says nothing when its memory ends."""
    return str(error).partition("\n")[0] or "Python could not get any"


def _disk_full(scratch: Path) -> Shortage:
    return Shortage(
        f"the disk of {scratch} is full; free some space, or set TMPDIR to a folder on a larger disk; "
        "nothing was written"
    )
