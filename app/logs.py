"""Structured logs: one line of JSON per event, with the request it belongs to.

Never in a log: a key, a feature, a customer id, a text of an LLM.
"""

import logging
import logging.config
import traceback
from contextvars import ContextVar
from typing import Any

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)


class JsonLines(JsonFormatter):
    """One event as one line: time, level, event, request, then the fields given as ``extra``."""

    def __init__(self) -> None:
        super().__init__(
            ["levelname", "name", "message"],
            rename_fields={"levelname": "level", "name": "logger", "message": "event"},
            reserved_attrs=[*RESERVED_ATTRS, "color_message"],  # uvicorn's own
            timestamp="time",
            json_default=str,
        )

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:  # Any: JSON
        """Time first, then what happened, then the request's id."""
        time = log_data.pop("time").isoformat(timespec="milliseconds")
        head = {"time": time, "level": log_data.pop("level").lower()}
        head |= {name: log_data.pop(name) for name in ("logger", "event")}
        if (request_id := REQUEST_ID.get()) is not None:
            head["request_id"] = request_id
        return {**head, **log_data.pop("exc_info", {}), **log_data}

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


def silence_server() -> None:
    """Keep uvicorn from repeating a refused start as a traceback: the reason already stands in one line."""
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL + 1)
