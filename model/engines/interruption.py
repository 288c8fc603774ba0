"""Ctrl-C reaches a query that runs: Python itself would hear of it only when DuckDB comes back from a long step."""

import contextlib
import signal
import socket
import threading
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import TypeVar

import duckdb

Result = TypeVar("Result")
BESIDE = "beside"
_OPEN: "weakref.WeakSet[duckdb.DuckDBPyConnection]" = weakref.WeakSet()


def interruptible(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """The same connection, whose queries ``prompt_interruption`` may stop."""
    _OPEN.add(connection)
    return connection


@contextlib.contextmanager
def prompt_interruption() -> Iterator[None]:
    """Stop the queries of this process at Ctrl-C, and raise KeyboardInterrupt where it stopped them.

    The operating system writes each signal to a pipe that a thread listens to, while the main thread is still
    inside the query. DuckDB 2 itself looks for signals between its steps alone: a window over 30 million lines and a
    grouping of 100 million ended 16 and 50 s after Ctrl-C, in place of at once and in half a second.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    listening, told = socket.socketpair()
    told.setblocking(False)
    before = signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)
    listener = threading.Thread(target=_interrupt_when_told, args=(listening,), daemon=True)
    listener.start()
    try:
        yield
    except (duckdb.InterruptException, RuntimeError) as error:
        if not is_interruption(error):
            raise
        raise KeyboardInterrupt from error
    finally:
        signal.set_wakeup_fd(before)
        told.close()
        listener.join()
        listening.close()


def beside(work: Callable[[], Result]) -> Result:
    """Do work that is deaf to Ctrl-C in a thread, which ends with the process when we are interrupted."""
    outcome: Future[Result] = Future()

    def run() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:  # whatever it is, it is raised by ``result`` below
            outcome.set_exception(error)

    threading.Thread(target=run, daemon=True, name=BESIDE).start()
    return outcome.result()


def is_working_beside() -> bool:
    """Whether work from ``beside`` is still under way."""
    return any(thread.name == BESIDE for thread in threading.enumerate())


def is_interruption(error: Exception) -> bool:
    """Whether Ctrl-C is behind an error of DuckDB."""
    told = str(error)  # DuckDB repeats what Python said while it handed rows over
    return isinstance(error, duckdb.InterruptException) or told == "Query interrupted" or "KeyboardInterrupt" in told


def _interrupt_when_told(listening: socket.socket) -> None:
    while received := listening.recv(16):
        if signal.SIGINT in received:
            with contextlib.suppress(duckdb.Error, RuntimeError):  # one that was opened or closed this very moment
                for connection in list(_OPEN):
                    connection.interrupt()
