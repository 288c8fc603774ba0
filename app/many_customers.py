"""The body of a batch, a list of customers or their columns.

It is checked column by column where all is well, and row by row where anything is not.
"""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import orjson
from pydantic import ValidationError

from app.body import parse_json
from app.customer_columns import MOST_CUSTOMERS, are_columns, are_ids, rows_of, usual_columns
from app.customers import values_by_name
from app.errors import BadRows, ContractBroken
from app.plain_ids import PlainIds
from app.plain_rows import plain_rows
from app.schemas import PredictionRequest
from app.turns import Turns
from app.violations import MOST_VIOLATIONS, Violation, violations_of
from model.features import FEATURE_NAMES

ROWS_AT_ONCE = 500
BYTES_AT_ONCE = 1 << 16
OBJECT_END = re.compile(rb"\}[ \t\r\n]*,")


@dataclass(frozen=True)
class Customers:
    """Ids, and features of shape (n_customers, 6) in the order of ``FEATURES``; and whether they came as columns."""

    given_ids: list[str] | PlainIds
    features: npt.NDArray[np.float64]
    came_as_columns: bool = False

    def __len__(self) -> int:
        return len(self.features)

    @cached_property
    def ids(self) -> list[str]:
        """The ids; read where they are still bytes."""
        return self.given_ids.listed() if isinstance(self.given_ids, PlainIds) else self.given_ids

    def part(self, start: int, end: int) -> Self:
        """Some of them."""
        if start == 0 and end >= len(self):
            return self
        return type(self)(self.ids[start:end], self.features[start:end], self.came_as_columns)


async def read_customers(body: bytes, turns: Turns) -> Customers:
    """The customers of a body, all of them right; a list is read in parts, each in its turn.

    Raises
    ------
    UnreadableBody
        If the body is no JSON, or gives a name twice.
    ContractBroken
        If it is neither a list of 1 to 10,000 customers nor an object of their columns.
    BadRows
        If any customer breaks a rule; names every such row by its index.
    """
    customers = await (_read_object if body.startswith(b"{") else _read_list)(body, turns)
    return await _read_rows(body) if customers is None else customers


async def _read_object(body: bytes, turns: Turns) -> Customers | None:
    """The customers of columns, or None where anything is unusual and ``_read_rows`` must look."""
    async with turns:
        columns = usual_columns(body)
    return None if columns is None else Customers(*columns, came_as_columns=True)


async def _read_list(body: bytes, turns: Turns) -> Customers | None:
    """The customers, or None where anything is unusual and ``_read_rows`` must look."""
    async with turns:
        plain = plain_rows(body)
    if plain is not None:
        return Customers(*plain)
    ids: list[str] = []
    features = []
    for part in _parts(body):
        async with turns:
            customers = _columns(part)
        if customers is None or len(ids) + len(customers) > MOST_CUSTOMERS:
            return None
        ids += customers.ids
        features.append(customers.features)
    return Customers(ids, np.concatenate(features))


def _parts(body: bytes) -> Iterator[bytes]:
    """A list of objects cut after some of them, into lists that take little memory each.

    A cut that falls into a text or into an inner object leaves a part that is no JSON; so where all parts are
    lists with a member, one after another they are the list that the body is.
    """
    start = 0
    opening = b""
    while (end := OBJECT_END.search(body, start + BYTES_AT_ONCE)) is not None:
        yield opening + body[start : end.start() + 1] + b"]"
        start, opening = end.end(), b"["
    yield opening + body[start:]


def _columns(part: bytes) -> Customers | None:
    """The customers of a list, or None where anything is unusual."""
    try:
        rows = orjson.loads(part)
    except orjson.JSONDecodeError:
        return None
    if not _is_list_of_pairs(rows):
        return None
    try:
        ids, forms = [row["customer_id"] for row in rows], [row["features"] for row in rows]
    except KeyError:
        return None
    features = _numbers(part, forms)
    if features is None or not are_ids(ids) or not _has_each_name_once(part, rows):
        return None
    return Customers(ids, features)


def _is_list_of_pairs(rows: Any) -> bool:  # Any: JSON
    return isinstance(rows, list) and len(rows) > 0 and set(map(type, rows)) == {dict} and set(map(len, rows)) == {2}


def _has_each_name_once(part: bytes, rows: list[dict[str, Any]]) -> bool:  # Any: JSON
    """Whether no object gives a name twice, which a fast parser passes over: then there would be more quotes."""
    texts = 3 if type(rows[0]["features"]) is list else 3 + len(FEATURE_NAMES)
    return part.count(b'"') == 2 * texts * len(rows)


def _numbers(part: bytes, features: list[Any]) -> npt.NDArray[np.float64] | None:  # Any: JSON
    """Six numbers for each customer; None unless all give six, in the same form."""
    if set(map(type, features)) not in ({list}, {dict}) or set(map(len, features)) != {len(FEATURE_NAMES)}:
        return None
    if b"true" in part or b"false" in part:  # numpy would take them for numbers
        return None
    try:
        in_order = features if type(features[0]) is list else map(values_by_name, features)
        values = np.fromiter(chain.from_iterable(in_order), np.float64, len(features) * len(FEATURE_NAMES))
    except (TypeError, ValueError, KeyError):
        return None
    return values.reshape(-1, len(FEATURE_NAMES)) if values.min() >= 0 and values.max() < np.inf else None


async def _read_rows(body: bytes) -> Customers:
    """The customers, each validated as one alone would be."""
    if not body:
        raise ContractBroken([Violation.missing(("body",))])
    given = parse_json(body)
    came_as_columns = are_columns(given)
    rows = rows_of(given) if came_as_columns else given
    if not isinstance(rows, list) or not 0 < len(rows) <= MOST_CUSTOMERS:
        rule = f"a list of 1 to {MOST_CUSTOMERS:,} customers is needed, or an object of their columns"
        raise ContractBroken([Violation.of(("body",), rule, rows)])
    good: list[PredictionRequest] = []
    bad: list[int] = []
    violations: list[Violation] = []
    for index, row in enumerate(rows):
        if index % ROWS_AT_ONCE == 0:
            await asyncio.sleep(0)
        try:
            good.append(PredictionRequest.model_validate(row))
        except ValidationError as error:
            bad.append(index)
            if len(violations) < MOST_VIOLATIONS:
                violations += _violations(error, index, came_as_columns)
    if bad:
        raise BadRows(violations[:MOST_VIOLATIONS], bad)
    features = np.array([customer.features_in_order() for customer in good], dtype=np.float64)
    return Customers([customer.customer_id for customer in good], features, came_as_columns)


def _violations(error: ValidationError, index: int, came_as_columns: bool) -> list[Violation]:
    """What is wrong with one customer, at its place in the list or in a column."""
    if not came_as_columns:
        return violations_of(error.errors(), within=("body", index))
    return violations_of([{**broken, "loc": (broken["loc"][-1], index)} for broken in error.errors()], ("body",))
