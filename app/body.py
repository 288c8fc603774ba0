"""How a request body becomes Python values: JSON only, strictly."""

import json
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from app.errors import ContractBroken, UnreadableBody, UnsupportedMediaType
from app.violations import Violation, violations_of

Model = TypeVar("Model", bound=BaseModel)


def parse_json(body: bytes) -> Any:  # Any: JSON
    """Parse a body in which no object gives a name twice.

    Raises
    ------
    UnreadableBody
        If it is no JSON, nested beyond reason, or gives a name twice.
    """
    try:
        # As ``json.loads`` guesses: JSON may come in UTF-16 or UTF-32 too.
        return DECODER.decode(body.decode(json.detect_encoding(body)))
    except json.JSONDecodeError as error:
        raise UnreadableBody(f"the body is no JSON: {error.msg} at position {error.pos}") from error
    except RecursionError as error:
        raise UnreadableBody("the body is nested too deeply") from error
    except UnicodeDecodeError as error:
        raise UnreadableBody(f"the body is no UTF-8: byte {error.start} has no meaning") from error


def parse_model(model: type[Model], body: bytes) -> Model:
    """A body as a pydantic model.

    Raises
    ------
    UnreadableBody
        As ``parse_json``.
    ContractBroken
        With the first broken rules.
    """
    if not body:
        raise ContractBroken([Violation.missing(("body",))])
    try:
        return model.model_validate(parse_json(body))
    except ValidationError as error:
        raise ContractBroken(violations_of(error.errors(include_url=False), within=("body",))) from None


def require_json(content_type: str | None) -> None:
    """Refuse a body that does not claim to be JSON.

    Raises
    ------
    UnsupportedMediaType
        If the content type is another, or missing.
    """
    if content_type == "application/json":
        return
    media_type = (content_type or "").partition(";")[0].strip().lower()
    if media_type != "application/json" and not (
        media_type.startswith("application/") and media_type.endswith("+json")
    ):
        raise UnsupportedMediaType(content_type)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:  # Any: JSON
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise UnreadableBody("an object gives the same name twice")
    return fields


def _number(digits: str) -> float:
    """A whole number; beyond 15 digits as a float, for Python refuses integers of thousands of digits."""
    return int(digits) if len(digits) <= 15 else float(digits)


DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_number)
