"""For all tests."""

import atexit
import os
import signal


def _close_stderr() -> None:
    """DuckDB's binding reports its own reference counts while the interpreter shuts down; no test is about that."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


atexit.register(_close_stderr)
# Tests that run side by side do so in processes to which Ctrl-C says nothing, and so would all that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)
