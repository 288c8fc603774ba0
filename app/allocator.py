"""The memory that batches work in: taken at the start, and kept."""

import ctypes
import sys

# Parameters of mallopt(3) of the GNU C library.
TRIM_THRESHOLD, TOP_PAD, MMAP_THRESHOLD = -1, -2, -3
MEGABYTE = 1 << 20
RESERVED_MEGABYTES = 6
# Python has its own allocator for small objects, and gives memory back by the megabyte, where none is left in it.
SMALL_BYTES, RESERVED_FOR_SMALL_MEGABYTES = 464, 2

_kept: list[bytes] = []


def reserve_memory() -> None:
    """Have the C library and Python keep what a batch needs for its work, and no more.

    Left alone, the library learns from the first batch to keep as much as a batch takes for as long as the process
    lives. Told to keep nothing, it has every batch pay for fresh pages, which takes longer than reading the batch.
    So both keep a reserve, touched here once: memory is from the start what it will be.
    """
    small = [bytes(SMALL_BYTES) for _ in range(RESERVED_FOR_SMALL_MEGABYTES * MEGABYTE // SMALL_BYTES)]
    _kept[:] = small[:: MEGABYTE // SMALL_BYTES]
    library = ctypes.CDLL(None) if sys.platform == "linux" else None
    if library is None or not hasattr(library, "malloc_trim"):
        return  # other libraries have no such habit, and no such switch
    library.mallopt(MMAP_THRESHOLD, 2 * MEGABYTE)
    library.mallopt(TOP_PAD, RESERVED_MEGABYTES * MEGABYTE)
    library.mallopt(TRIM_THRESHOLD, 2 * RESERVED_MEGABYTES * MEGABYTE)
    library.malloc.restype = ctypes.c_void_p
    library.malloc.argtypes = [ctypes.c_size_t]
    library.free.argtypes = [ctypes.c_void_p]
    blocks = [library.malloc(MEGABYTE) for _ in range(RESERVED_MEGABYTES)]
    for block in blocks:
        ctypes.memset(block, 0, MEGABYTE)
    for block in blocks:
        library.free(block)
