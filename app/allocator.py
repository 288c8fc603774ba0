"""The memory that batches work in: taken at the start, and kept."""

import ctypes
import sys

# Parameters of mallopt(3) of the GNU C library.
TRIM_THRESHOLD, TOP_PAD, MMAP_THRESHOLD = -1, -2, -3
RESERVED_BYTES, BLOCK_BYTES = 10 << 20, 1 << 20


def reserve_memory() -> None:
    """Have the C library keep what a batch needs for its work, and no more.

    Left alone, it learns from the first batch to keep as much as a batch takes for as long as the process lives.
    Told to keep nothing, it has every batch pay for fresh pages, which takes longer than reading the batch. So it
    keeps a reserve, touched here once: memory is from the start what it will be, and what goes beyond is given back.
    """
    library = ctypes.CDLL(None) if sys.platform == "linux" else None
    if library is None or not hasattr(library, "malloc_trim"):
        return  # other libraries have no such habit, and no such switch
    library.mallopt(MMAP_THRESHOLD, 2 * BLOCK_BYTES)
    library.mallopt(TOP_PAD, RESERVED_BYTES)
    library.mallopt(TRIM_THRESHOLD, 2 * RESERVED_BYTES)
    library.malloc.restype = ctypes.c_void_p
    library.malloc.argtypes = [ctypes.c_size_t]
    library.free.argtypes = [ctypes.c_void_p]
    blocks = [library.malloc(BLOCK_BYTES) for _ in range(RESERVED_BYTES // BLOCK_BYTES)]
    for block in blocks:
        ctypes.memset(block, 0, BLOCK_BYTES)
    for block in blocks:
        library.free(block)
