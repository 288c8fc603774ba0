"""Structured logs: one line of JSON per event, with the request it belongs to.

Never in a log: a key, a feature, a customer id, a text of an LLM.
"""

import asyncio
import json
import logging
import os
import re
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime

import orjson

REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)
REQUESTS = logging.getLogger("app.requests")
LEVEL_NAMES = {level: name.lower() for name, level in logging.getLevelNamesMapping().items()}
SAFE_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
OWN_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


def request_id_from(header: str | None) -> str:
    """The caller's id where it is short and plain, a new one otherwise: it goes into logs and headers."""
    if header is not None and SAFE_REQUEST_ID.fullmatch(header):
        return header
    return os.urandom(16).hex()


class RequestLines:
    """One line per answer, as ``JsonLines`` would write it, in a tenth of the time.

    Lines of requests that are answered in the same turn of the event loop are written at once, with one time:
    writing, and telling the time, cost more than a line itself.
    """

    def __init__(self) -> None:
        self._waiting: list[dict[str, object]] = []

    def add(self, level: int, **fields: object) -> None:
        """Write the line when the loop next turns, if the level is wanted."""
        if not REQUESTS.isEnabledFor(level):
            return
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._write)
        head = {"time": "", "level": LEVEL_NAMES[level], "logger": REQUESTS.name, "event": "request.finished"}
        self._waiting.append({**head, "request_id": REQUEST_ID.get(), **fields})

    def _write(self) -> None:
        waiting, self._waiting = self._waiting, []
        time = datetime.now(UTC).isoformat(timespec="milliseconds")
        lines = [orjson.dumps({**fields, "time": time}, option=orjson.OPT_APPEND_NEWLINE) for fields in waiting]
        sys.stderr.write(b"".join(lines).decode())


class JsonLines(logging.Formatter):
    """One event as one line: time, level, event, request, then the fields given as ``extra``."""

    def format(self, record: logging.LogRecord) -> str:
        """Write the event as JSON."""
        fields: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        if (request_id := REQUEST_ID.get()) is not None:
            fields["request_id"] = request_id
        fields |= {name: value for name, value in vars(record).items() if name not in OWN_FIELDS}
        if record.exc_info and record.exc_info[0] is not None:
            fields["exception"] = record.exc_info[0].__name__
            # The places only: a message can repeat a customer's features.
            fields["stack"] = [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(record.exc_info[2])]
        return json.dumps(fields, default=str)


class StderrLines(logging.Handler):
    """Writes to whatever stderr is at the moment; recognisable among the handlers of others."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonLines())

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line at once, so that lines of two threads never mix."""
        try:
            sys.stderr.write(self.format(record) + "\n")
        except Exception:  # a log line must never break an answer
            self.handleError(record)


def configure_logging(level: str = "INFO") -> None:
    """Send every log line of the process to stderr as JSON; ``level`` is that of our own events.

    Libraries speak from warning on: at debug level an HTTP client would write whole prompts.
    """
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, StderrLines)]:
        root.removeHandler(handler)
    root.addHandler(StderrLines())
    logging.captureWarnings(True)
    for name in ("app", "model"):
        logging.getLogger(name).setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.setLevel("INFO")
        logger.propagate = name != "uvicorn.access"  # ``request.finished`` says more


def silence_server() -> None:
    """Keep uvicorn from repeating a refused start as a traceback: the reason already stands in one line."""
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL + 1)
