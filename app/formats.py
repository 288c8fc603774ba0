"""How many answers are written: as one JSON list, as one object per line, or as CSV."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import orjson

from app.errors import NotAcceptable
from model.features import FEATURE_NAMES
from model.spreadsheets import csv_lines

Row = dict[str, Any]  # Any: JSON

WARNING_SEPARATOR = " | "
# Fields that take more than a column.
COLUMNS_OF: dict[str, tuple[str, ...]] = {
    "features": FEATURE_NAMES,
    "prediction_interval_80": ("prediction_interval_80_low", "prediction_interval_80_high"),
}


class Format(ABC):
    """Writes rows piece by piece."""

    content_type: ClassVar[bytes]
    tail: ClassVar[bytes] = b""

    def head(self, fields: tuple[str, ...]) -> bytes:  # noqa: ARG002 - for those that need it
        """What stands before the first row."""
        return b""

    @abstractmethod
    def rows(self, rows: Sequence[object], *, is_first: bool) -> bytes:
        """Some rows."""


class JsonList(Format):
    """All rows in one list."""

    content_type = b"application/json"
    tail = b"]"

    def rows(self, rows: Sequence[object], *, is_first: bool) -> bytes:
        """Rows as members of the list."""
        return (b"[" if is_first else b",") + orjson.dumps(rows)[1:-1]


class JsonLines(Format):
    """One row per line (NDJSON)."""

    content_type = b"application/x-ndjson"

    def rows(self, rows: Sequence[object], *, is_first: bool) -> bytes:  # noqa: ARG002 - see ``Format``
        """Rows as lines."""
        return b"".join([orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows])


class Csv(Format):
    """A table for spreadsheets: ``features`` as six columns, the interval as two, warnings and reasons in one cell."""

    content_type = b"text/csv; charset=utf-8"

    def head(self, fields: tuple[str, ...]) -> bytes:
        """The names of the columns."""
        return csv_lines([[name for field in fields for name in COLUMNS_OF.get(field, (field,))]])

    def rows(self, rows: Sequence[object], *, is_first: bool) -> bytes:  # noqa: ARG002 - see ``Format``
        """Rows as lines."""
        return csv_lines(
            [[cell for field, value in vars(row).items() for cell in _cells(field, value)] for row in rows]
        )


def accepted_format(accept: str | None) -> Format:
    """The format that a caller likes best, of those we have.

    Raises
    ------
    NotAcceptable
        If none is acceptable.
    """
    for media_type in _by_preference(accept or "*/*"):
        if media_type in FORMATS:
            return FORMATS[media_type]
    raise NotAcceptable([name for name in FORMATS if "*" not in name])


FORMATS: dict[str, Format] = {
    "application/json": JsonList(),
    "application/x-ndjson": JsonLines(),
    "text/csv": Csv(),
    "application/*": JsonList(),
    "text/*": Csv(),
    "*/*": JsonList(),
}


def _by_preference(accept: str) -> list[str]:
    weighed = []
    for part in accept.split(","):
        media_type, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = next((piece[2:] for piece in parameters if piece.startswith("q=")), "1")
        weighed.append((float(weight) if weight.replace(".", "", 1).isdecimal() else 0.0, media_type))
    return [media_type for weight, media_type in sorted(weighed, key=lambda pair: -pair[0]) if weight > 0]


def _cells(field: str, value: Any) -> list[Any]:  # Any: JSON
    match field:
        case "features":
            return list(vars(value).values())
        case "prediction_interval_80":
            return ["", ""] if value is None else [value.low, value.high]
        case "reasons":
            return ["" if value is None else orjson.dumps(value).decode()]
        case "warnings":
            return [WARNING_SEPARATOR.join(value)]
        case _:
            return [value]
