"""Where a request breaks the contract: place, rule and value, in words that a shop's developer understands."""

import json
import math
from collections.abc import Sequence
from typing import Any, Self

from pydantic import Field

from model.documents import Described
from model.features.definitions import FEATURE_NAMES

MOST_ERRORS = 20
LONGEST_TEXT = 80

BY_ORDER, BY_NAME = "by_order", "by_name"  # pydantic puts the chosen form of ``features`` into the place

SIX_NUMBERS = f"six numbers are needed ({', '.join(FEATURE_NAMES)}), as a list in this order or by name"
REQUIRED, NO_JSON = "it is required", "the body must be JSON in UTF-8"
RULES = {
    "missing": REQUIRED,
    "extra_forbidden": "there is no such field",
    "union_tag_not_found": SIX_NUMBERS,
    "float_type": "a number is needed (no text, no boolean)",
    "finite_number": "a number must be finite",
    "string_type": "a text is needed",
    "string_unicode": "a text must be valid Unicode",
    "string_too_short": "a text cannot be empty",
    "string_pattern_mismatch": "a text needs a visible character and can have no control characters",
    "list_type": "a list is needed",
    "too_short": "there must be at least {min_length:,}",
    "too_long": "there can be at most {max_length:,}",
    "model_type": "an object is needed",
    "model_attributes_type": "an object is needed",
}

MISSING = object()  # in place of a value that was not sent

Place = tuple[str | int, ...]
Scalar = str | int | float | bool | None


class FieldError(Described):
    """One rule of the contract that a request breaks."""

    loc: Place = Field(examples=[("body", "features", 5)])
    """Where: names, and in lists the place (position, from 0)."""
    msg: str = Field(examples=["features[5] (recency_days) is -3, but a number cannot be negative"])
    """Place, value and rule in one sentence."""
    rule: str = Field(description="What would be right.", examples=["a number cannot be negative"])
    value: Scalar = Field(examples=[-3])
    """What was sent, in the unit of the field, shortened; null for what has no short form."""

    @classmethod
    def of(cls, loc: Place, rule: str, value: object) -> Self:
        """The breach of ``rule`` by ``value`` at ``loc``, which is ``MISSING`` where there is none."""
        shown, quoted = _shown(value)
        return cls(loc=loc, msg=f"{_spoken(loc)} is {quoted}, but {rule}", rule=rule, value=shown)

    @classmethod
    def unreadable(cls, reason: str) -> Self:
        """The breach by a body that cannot be parsed."""
        return cls(loc=("body",), msg=f"the body is no JSON: {reason}", rule=NO_JSON, value=None)


def field_errors(errors: Sequence[Any], within: Place = ()) -> list[FieldError]:  # Any: pydantic's error details
    """Pydantic's error details in our words; the first twenty, for nobody reads more."""
    return [_field_error(error, within) for error in errors[:MOST_ERRORS]]


def _field_error(error: Any, within: Place) -> FieldError:  # Any: see ``field_errors``
    if error["type"] == "json_invalid":
        return FieldError.unreadable(error["ctx"]["error"])
    place = [part for part in (*within, *error["loc"]) if part not in {BY_ORDER, BY_NAME}]
    loc = tuple(shortened(part) if isinstance(part, str) else part for part in place)
    value = MISSING if error["type"] == "missing" else error["input"]
    if error["type"] == "float_type" and type(value) is int:  # beyond the largest float
        error, value = {**error, "type": "finite_number"}, math.inf
    return FieldError.of(loc, _rule(error, loc), value)


def _rule(error: Any, loc: Place) -> str:  # Any: see ``field_errors``
    if loc[-1:] == ("features",) and error["type"] in {"too_short", "too_long"}:
        return SIX_NUMBERS
    if loc[-1:] == ("order_lines",) and error["type"] == "too_short":
        return "at least one order line is needed"
    if loc[:1] == ("query",) and error["type"] == "extra_forbidden":
        return "there is no such option; /docs has those that there are"
    if error["type"] == "greater_than_equal" and error["ctx"]["ge"] == 0:
        return "a number cannot be negative"
    if (rule := RULES.get(error["type"])) is not None:
        return rule.format(**error.get("ctx", {}))
    return str(error["msg"]).removeprefix("Value error, ")


def _spoken(loc: Place) -> str:
    """``("body", "features", 5)`` as ``features[5] (recency_days)``."""
    match loc:
        case (start, int(row), *inner) if inner:
            return f"[{row}].{_spoken((start, *inner))}"
        case (_, "features", int(position)) if position < len(FEATURE_NAMES):
            return f"features[{position}] ({FEATURE_NAMES[position]})"
        case (_, str(column), int(row)):
            return f"{column}[{row}]"
        case (_, *inner) if inner:
            return ".".join(str(part) for part in inner)
        case _:
            return "the body"


def _shown(value: object) -> tuple[Scalar, str]:
    """The value where it is short and JSON has a form for it, and how a sentence tells it."""
    match value:
        case str():
            return (text := shortened(value)), repr(text)
        case dict():
            return None, f"an object of {len(value)} fields"
        case list():
            return None, f"a list of {len(value)} values"
        case float() if not math.isfinite(value):
            return (text := json.dumps(value)), text
        case None | bool() | int() | float():
            return value, json.dumps(value)
        case _:
            return None, "missing" if value is MISSING else str(None)


def shortened(text: str) -> str:
    """The beginning of a caller's text, with lone surrogates spelled out: they have no form in UTF-8."""
    text = text.encode(errors="backslashreplace").decode()
    return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + "…"
