"""How many answers are written: as one JSON list, as one object per line, or as CSV, by content negotiation."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, NamedTuple

from fastapi import Depends, Request
from pydantic_core import to_json

from app.errors import NotAcceptable
from model.csv_injection import csv_lines
from model.estimators.intervals import IF_PURCHASE
from model.features.definitions import FEATURE_NAMES

Slices = Iterable[Sequence[Mapping[str, Any]]]  # Any: JSON
Columns = dict[str, list[Any]]  # Any: JSON

WARNING_SEPARATOR = " | "
# Fields that take more than a column.
COLUMNS_OF: dict[str, tuple[str, ...]] = {
    "features": FEATURE_NAMES,
    "spend_if_purchase": (*IF_PURCHASE, "spend_if_purchase_coverage"),
}


def rows(columns: Columns) -> list[dict[str, Any]]:  # Any: JSON
    """Columns as objects, one for each customer."""
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


class Format(NamedTuple):
    """Writes rows piece by piece, from some rows at a time and the names of their fields."""

    media_type: str
    pieces: Callable[[Slices, Sequence[str]], Iterator[bytes]]


def _json_list(slices: Slices, _: Sequence[str]) -> Iterator[bytes]:
    before = b"["
    for rows in map(to_json, slices):
        yield before + rows[1:-1]
        before = b","
    yield b"]" if before == b"," else b"[]"


def _json_lines(slices: Slices, _: Sequence[str]) -> Iterator[bytes]:
    for rows in slices:
        yield b"".join([to_json(row) + b"\n" for row in rows])


def _table(slices: Slices, fields: Sequence[str]) -> Iterator[bytes]:
    yield csv_lines([[name for field in fields for name in COLUMNS_OF.get(field, (field,))]])
    for rows in slices:
        yield csv_lines([[cell for field, value in row.items() for cell in _cells(field, value)] for row in rows])


JSON = Format("application/json", _json_list)
NDJSON = Format("application/x-ndjson", _json_lines)
# For spreadsheets: ``features`` as six columns, a purchase's spend as five, warnings in one cell.
CSV = Format("text/csv", _table)
FORMATS = {each.media_type: each for each in (JSON, NDJSON, CSV)} | {"application/*": JSON, "text/*": CSV, "*/*": JSON}


async def accepted_format(request: Request) -> Format:
    """The format that a caller likes best, of those we have; raises NotAcceptable where it likes none."""
    weighed = []
    for part in request.headers.get("accept", "*/*").split(","):
        media_type, *parameters = (piece.strip().lower() for piece in part.split(";"))
        given = next((piece[2:] for piece in parameters if piece.startswith("q=")), "1")
        weighed.append((float(given) if given.replace(".", "", 1).isdecimal() else 0.0, media_type))
    for weight, media_type in sorted(weighed, key=lambda pair: -pair[0]):
        if weight > 0 and media_type in FORMATS:
            return FORMATS[media_type]
    raise NotAcceptable(", ".join(name for name in FORMATS if "*" not in name))


AcceptedFormat = Annotated[Format, Depends(accepted_format)]


def _cells(field: str, value: Any) -> list[Any]:  # Any: JSON
    if field in COLUMNS_OF:
        return [""] * len(COLUMNS_OF[field]) if value is None else list(value.values())
    if field == "reasons":
        return ["" if value is None else to_json(value).decode()]
    return [WARNING_SEPARATOR.join(value)] if field == "warnings" else [value]
