"""How the C library treats memory that the service has given back."""

import ctypes
import sys

# Parameters of mallopt(3) of the GNU C library.
TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
KEPT_BYTES, OWN_MAPPING_BYTES = 1 << 17, 1 << 18


def return_freed_memory() -> None:
    """Have the C library give memory back to the system soon after it is freed.

    Left alone, it learns from the first batch to keep as much as a batch takes for as long as the process lives.
    Other libraries than GNU's have no such habit, and no such switch.
    """
    if sys.platform != "linux" or not hasattr(library := ctypes.CDLL(None), "mallopt"):
        return
    library.mallopt(TRIM_THRESHOLD, KEPT_BYTES)
    library.mallopt(MMAP_THRESHOLD, OWN_MAPPING_BYTES)
