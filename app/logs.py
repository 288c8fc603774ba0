"""Structured logs: one line of JSON per event, with the request it belongs to.

Never in a log: a key, a feature, a customer id, a text of an LLM.
"""

import json
import logging
import logging.config
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from pythonjsonlogger.core import RESERVED_ATTRS, merge_record_extra
from pythonjsonlogger.json import JsonFormatter

ENCODER = json.JSONEncoder(default=str)
REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)


class JsonLines(JsonFormatter):
    """One event as one line: time, level, event, request, then the fields given as ``extra``."""

    def __init__(self) -> None:
        of_uvicorn = "color_message"
        super().__init__(
            reserved_attrs=[*RESERVED_ATTRS, of_uvicorn], json_serializer=lambda fields, **_: ENCODER.encode(fields)
        )

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        """The moment in UTC to the millisecond, what is told of it, and an exception as fields; Any: JSON."""
        log_data["time"] = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        log_data |= {"level": record.levelname.lower(), "logger": record.name, "event": record.message}
        merge_record_extra(record, log_data, self.reserved_attrs)
        if (request_id := REQUEST_ID.get()) is not None:
            log_data["request_id"] = request_id
        log_data.update(message_dict.get("exc_info", ()))

    def formatException(self, ei: Any) -> Any:  # noqa: N802 - as ``logging`` has it; Any: fields in place of a text
        """The exception's name and places only: a message can repeat a customer's features."""
        kind, _, trace = ei
        places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]
        return {"exception": kind.__name__, "stack": places}


def configure_logging(level: str = "INFO") -> None:
    """Send every log line of the process to stderr as JSON; ``level`` is that of our own events.

    Libraries speak from warning on: at debug level an HTTP client would write whole prompts. Of uvicorn's lines
    those of requests are left out, for ``request.finished`` says more.
    """
    ours = {"level": level}
    server = {"handlers": [], "propagate": True}  # its level is that of its own option --log-level
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"json": {"()": JsonLines}},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
            "root": {"handlers": ["stderr"], "level": "WARNING"},
            "loggers": {
                "app": ours,
                "model": ours,
                "uvicorn": server,
                "uvicorn.error": server,
                "uvicorn.access": {**server, "propagate": False},
            },
        }
    )
    logging.captureWarnings(True)
    # Who runs the process is asked for each line, and told by none of them.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False


def silence_server() -> None:
    """Keep uvicorn from repeating a refused start as a traceback: the reason already stands in one line."""
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL + 1)
