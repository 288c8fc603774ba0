"""What a person is told when Spark fails, and an end to waiting for workers that do not come."""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from model.errors import TransactionsError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# Spark's own setting for how long it waits for machines; without it we wait as long as it waits for a master.
PATIENCE, PATIENCE_DEFAULT = "spark.scheduler.maxRegisteredResourcesWaitingTime", "60s"
_PYTHON_HINT = "Workers need the Python minor version of this machine with numpy, pydantic and pyarrow; PYSPARK_PYTHON"
_KNOWN = (
    (r"(no worker of spark://.*?!)", r"\1"),
    (r"(No module named '[\w.]+')", rf"\1 on a worker. {_PYTHON_HINT} names it"),
    (r"\[PYTHON_VERSION_MISMATCH\] ([^.]*\d\.\d+[^.]*\.\d+)", rf"\1. {_PYTHON_HINT} names it"),
    (r'(Cannot run program "[^"]*python[^"]*")', rf"\1 on a worker. {_PYTHON_HINT} names it"),
    (r"(?:StatusCode.UNAVAILABLE|RETRIES_EXCEEDED|maximum number of retries)", "the Connect server answers no longer"),
    (r"(?:stopped SparkContext|Master removed our application)", "the master gave up on this command; see its log"),
    (r"(?:Answer from Java side is empty|JAVA_GATEWAY_EXITED|Connection refused)", "its Java process ended; see above"),
)  # fmt: skip


@contextmanager
def failures_told() -> Iterator[None]:
    """Turn the errors of Spark, of its JVM and of a Connect server into ours, in a sentence.

    Raises
    ------
    TransactionsError
        If the block ends with one of them.
    """
    from py4j.protocol import Py4JError  # noqa: PLC0415 - Spark is optional
    from pyspark.errors import PySparkException  # noqa: PLC0415

    try:
        yield
    except (PySparkException, Py4JError) as error:
        raise TransactionsError(f"Spark failed: {_told(str(error))}; nothing was written") from error


def _told(text: str) -> str:
    for pattern, told in _KNOWN:
        if found := re.search(pattern, text):
            return found.expand(told)
    lines = [line.strip() for line in text.splitlines() if line.strip()] or ["it says nothing"]
    java = [line for line in lines if re.match(r"^: [\w.$]+(Exception|Error)", line)]
    return re.sub(r"^: [\w.$]+: ", "", java[0] if java else lines[0]).rstrip(".")


class WorkerWatch:
    """Ends what runs on a standalone cluster when it has had no worker for too long; Spark would wait for ever."""

    def __init__(self, session: "SparkSession") -> None:
        context = session.sparkContext
        self._java: Any = context._jsc.sc()  # Any: a Java object
        self._patience_seconds = int(self._java.conf().getTimeAsSeconds(PATIENCE, PATIENCE_DEFAULT))
        self._message = (
            f"no worker of {context.master} has served this command for {self._patience_seconds} s: "
            "none is running, or others hold their cores and memory!"
        )
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Watch no longer."""
        self._is_over.set()
        self._thread.join(timeout=5)

    def _watch(self) -> None:
        from py4j.protocol import Py4JError  # noqa: PLC0415 - Spark is optional

        served_at = time.monotonic()
        while not self._is_over.wait(1):
            try:
                if len(self._java.statusTracker().getExecutorInfos()) > 1:  # the driver is one
                    served_at = time.monotonic()
                elif time.monotonic() - served_at > self._patience_seconds:
                    self._cancel()
            except (Py4JError, OSError):  # the JVM has ended, which the query tells
                return

    def _cancel(self) -> None:
        for job in self._java.statusTracker().getActiveJobIds():
            self._java.cancelJob(job, self._message)
