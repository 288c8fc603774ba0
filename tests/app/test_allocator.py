"""Memory that batches work in is there before the first of them, and stays."""

import ctypes
import subprocess
import sys

import pytest

from tests.support import ROOT

WORK = """
import resource
from app.allocator import reserve_memory

def work():
    return [b"x" * (1 << 20) for _ in range(5)], [bytes(number % 400) for number in range(4_000)]

def new_pages():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    work()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

reserve_memory()
print(*(new_pages() for _ in range(3)))
"""


is_gnu = sys.platform == "linux" and hasattr(ctypes.CDLL(None), "malloc_trim")


@pytest.mark.skipif(not is_gnu, reason="pages are counted by Linux, and kept by the GNU C library")
def test_work_within_the_reserve_takes_no_new_pages_from_the_first_time_on():
    """A batch that has to fetch its pages takes a third longer."""
    finished = subprocess.run(
        [sys.executable, "-c", WORK], env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True
    )

    assert max(map(int, finished.stdout.split())) < 200, finished.stdout  # five megabytes are 1,280 pages
