"""How the C library treats memory that the service has given back."""

import ctypes
import sys
from functools import cache

# Parameters of mallopt(3) of the GNU C library.
TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
KEPT_BYTES, OWN_MAPPING_BYTES = 1 << 21, 1 << 21


def return_freed_memory() -> None:
    """Have the C library give memory back to the system soon after it is freed.

    Left alone, it learns from the first batch to keep as much as a batch takes for as long as the process lives.
    """
    if (library := _gnu_library()) is not None:
        library.mallopt(TRIM_THRESHOLD, KEPT_BYTES)
        library.mallopt(MMAP_THRESHOLD, OWN_MAPPING_BYTES)


def trim() -> None:
    """Give back the pages that a batch has left free between blocks still in use."""
    if (library := _gnu_library()) is not None:
        library.malloc_trim(0)


@cache
def _gnu_library() -> ctypes.CDLL | None:
    """GNU's C library; others have no such habit, and no such switch."""
    library = ctypes.CDLL(None) if sys.platform == "linux" else None
    return library if hasattr(library, "malloc_trim") else None
