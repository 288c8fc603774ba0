"""What a person is told when Spark fails."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

from model.errors import TransactionsError

_PYTHON_HINT = "Workers need the Python minor version of this machine with numpy, pydantic and pyarrow; PYSPARK_PYTHON"
_KNOWN = (
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

    Raises TransactionsError if the block ends with one of them.
    """
    from py4j.protocol import Py4JError  # noqa: PLC0415 - Spark is optional
    from pyspark.errors import PySparkException  # noqa: PLC0415

    try:
        with _quiet_interruption():
            yield
    except (PySparkException, Py4JError) as error:
        if _was_interrupted(error):
            raise KeyboardInterrupt from error
        raise TransactionsError(f"Spark failed: {_told(str(error))}; nothing was written") from error


@contextmanager
def _quiet_interruption() -> Iterator[None]:
    """Py4J would log that Ctrl-C came, and where it was; whoever pressed it knows. Its failures reach us as errors."""
    root, py4j = logging.getLogger(), logging.getLogger("py4j")

    def is_news(record: logging.LogRecord) -> bool:
        return not record.getMessage().startswith("KeyboardInterrupt while")

    level = py4j.level
    root.addFilter(is_news)
    py4j.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        root.removeFilter(is_news)
        py4j.setLevel(level)


def _was_interrupted(error: BaseException | None) -> bool:
    """Whether Ctrl-C came first, and what was given up then failed."""
    return error is not None and (isinstance(error, KeyboardInterrupt) or _was_interrupted(error.__context__))


def _told(text: str) -> str:
    for pattern, told in _KNOWN:
        if found := re.search(pattern, text):
            return found.expand(told)
    lines = [line.strip() for line in text.splitlines() if line.strip()] or ["it says nothing"]
    java = [line for line in lines if re.match(r"^: [\w.$]+(Exception|Error)", line)]
    return re.sub(r"^: [\w.$]+: ", "", java[0] if java else lines[0]).rstrip(".")
