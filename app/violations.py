"""Where a request breaks the contract: place, rule and value, in words that a shop's developer understands."""

import json
import math
from collections.abc import Sequence
from typing import Any, Self

from pydantic import BaseModel, Field

from model.features import FEATURE_NAMES

MOST_VIOLATIONS = 20
LONGEST_TEXT = 80

BY_ORDER, BY_NAME = "by_order", "by_name"  # pydantic puts the chosen form of ``features`` into the place

SIX_NUMBERS = f"six numbers are needed ({', '.join(FEATURE_NAMES)}), as a list in this order or by name"
RULES = {
    "missing": "it is required",
    "extra_forbidden": "there is no such field",
    "too_short": SIX_NUMBERS,
    "too_long": SIX_NUMBERS,
    "union_tag_not_found": SIX_NUMBERS,
    "float_type": "a number is needed (no text, no boolean)",
    "finite_number": "a number must be finite",
    "greater_than_equal": "a number cannot be negative",
    "string_type": "a text is needed",
    "string_unicode": "a text must be valid Unicode",
    "string_too_short": "a text cannot be empty",
    "model_type": "an object is needed",
    "model_attributes_type": "an object is needed",
}

Place = tuple[str | int, ...]
Scalar = str | int | float | bool | None


class Violation(BaseModel):
    """One rule of the contract that a request breaks."""

    loc: Place = Field(
        description="Where: names, and in lists the place (position, from 0).", examples=[("body", "features", 5)]
    )
    msg: str = Field(
        description="Place, value and rule in one sentence.",
        examples=["features[5] (recency_days) is -3, but a number cannot be negative"],
    )
    rule: str = Field(description="What would be right.", examples=["a number cannot be negative"])
    value: Scalar = Field(
        description="What was sent, in the unit of the field, shortened; null for what has no short form.",
        examples=[-3],
    )

    @classmethod
    def of(cls, loc: Place, rule: str, value: object) -> Self:
        """The violation of ``rule`` by ``value`` at ``loc``."""
        shown = _shown(value)
        return cls(loc=loc, msg=f"{_spoken(loc)} is {_quoted(shown, value)}, but {rule}", rule=rule, value=shown)

    @classmethod
    def missing(cls, loc: Place) -> Self:
        """The violation by leaving out what belongs at ``loc``."""
        rule = RULES["missing"]
        return cls(loc=loc, msg=f"{_spoken(loc)} is missing, but {rule}", rule=rule, value=None)


def violations_of(errors: Sequence[Any], within: Place = ()) -> list[Violation]:  # Any: pydantic's error details
    """Pydantic's error details in our words; the first twenty, for nobody reads more."""
    return [_violation(error, within) for error in errors[:MOST_VIOLATIONS]]


def _violation(error: Any, within: Place) -> Violation:  # Any: see ``violations_of``
    place = [part for part in (*within, *error["loc"]) if part not in {BY_ORDER, BY_NAME}]
    loc = tuple(shortened(part) if isinstance(part, str) else part for part in place)
    rule = RULES.get(error["type"], error["msg"].removeprefix("Value error, "))
    if error["type"] == "missing":
        return Violation.missing(loc)
    return Violation.of(loc, rule, error["input"])


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


def _shown(value: object) -> Scalar:
    """The value where it is short and JSON has a form for it."""
    match value:
        case None | bool():
            return value
        case float():
            return value if math.isfinite(value) else json.dumps(value)
        case int():
            return value
        case str():
            return shortened(value)
        case _:
            return None


def _quoted(shown: Scalar, value: object) -> str:
    match value:
        case dict():
            return f"an object of {len(value)} fields"
        case list():
            return f"a list of {len(value)} values"
        case str():
            return repr(shown)
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case _:
            return str(shown)


def shortened(text: str) -> str:
    """The beginning of a caller's text, with lone surrogates spelled out: they have no form in UTF-8."""
    text = text.encode(errors="backslashreplace").decode()
    return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + "…"
