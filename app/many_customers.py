"""The body of a batch: checked column by column where all is well, and row by row where anything is not."""

import asyncio
import re
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import orjson
from pydantic import ValidationError

from app.body import parse_json
from app.errors import BadRows, ContractBroken
from app.schemas import LONGEST_ID, UNPRINTABLE, PredictionRequest
from app.violations import MOST_VIOLATIONS, Violation, violations_of
from model.features import FEATURE_NAMES

MOST_CUSTOMERS = 10_000
ROWS_AT_ONCE = 500

# A name may be spelled with escapes, such as "\u0066eatures"; nobody does, and such a body is read row by row.
ESCAPED_ASCII = re.compile(rb"\\u00[2-7]")
in_order = itemgetter(*FEATURE_NAMES)


@dataclass(frozen=True)
class Customers:
    """Ids, and features of shape (n_customers, 6) in the order of ``FEATURES``."""

    ids: list[str]
    features: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.ids)

    def part(self, start: int, end: int) -> Self:
        """Some of them."""
        return type(self)(self.ids[start:end], self.features[start:end])


async def read_customers(body: bytes) -> Customers:
    """The customers of a body, all of them right.

    Raises
    ------
    UnreadableBody
        If the body is no JSON, or gives a name twice.
    ContractBroken
        If it is no list of 1 to 10,000 customers.
    BadRows
        If any customer breaks a rule; names every such row by its index.
    """
    customers = await _read_columns(body)
    return await _read_rows(body) if customers is None else customers


async def _read_columns(body: bytes) -> Customers | None:
    """The customers, or None where anything is unusual and ``_read_rows`` must look."""
    try:
        rows = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    await asyncio.sleep(0)
    if not _is_list_of_pairs(rows):
        return None
    try:
        ids, forms = [row["customer_id"] for row in rows], [row["features"] for row in rows]
    except KeyError:
        return None
    values = _values(forms)
    if values is None or not _are_ids(ids) or not _names_are_single(body, rows):
        return None
    features = np.fromiter(values, np.float64, len(values)).reshape(-1, len(FEATURE_NAMES))
    return Customers(ids, features) if bool(((features >= 0) & (features < np.inf)).all()) else None


def _is_list_of_pairs(rows: Any) -> bool:  # Any: JSON
    return (
        isinstance(rows, list)
        and 0 < len(rows) <= MOST_CUSTOMERS
        and set(map(type, rows)) == {dict}
        and set(map(len, rows)) == {2}
    )


def _names_are_single(body: bytes, rows: list[dict[str, Any]]) -> bool:  # Any: JSON
    """Whether no object gives a name twice, which a fast parser passes over: each name stands once per row."""
    names = ["customer_id", "features"]
    if type(rows[0]["features"]) is dict:
        names += FEATURE_NAMES
    counts = {body.count(b'"%s"' % name.encode()) for name in names}
    return counts == {len(rows)} and (b"\\u00" not in body or ESCAPED_ASCII.search(body) is None)


def _values(features: list[Any]) -> list[float] | None:  # Any: JSON
    """All numbers in one list; None unless all customers give six, in the same form."""
    if set(map(type, features)) not in ({list}, {dict}) or set(map(len, features)) != {len(FEATURE_NAMES)}:
        return None
    if type(features[0]) is dict:
        try:
            features = list(map(in_order, features))
        except KeyError:
            return None
    values = list(chain.from_iterable(features))
    return values if set(map(type, values)) <= {int, float} else None


def _are_ids(ids: list[Any]) -> bool:  # Any: JSON
    return (
        set(map(type, ids)) == {str}
        and max(map(len, ids)) <= LONGEST_ID
        and all(map(str.strip, ids))
        and UNPRINTABLE.search("".join(ids)) is None
    )


async def _read_rows(body: bytes) -> Customers:
    """The customers, each validated as one alone would be."""
    if not body:
        raise ContractBroken([Violation.missing(("body",))])
    rows = parse_json(body)
    if not isinstance(rows, list) or not 0 < len(rows) <= MOST_CUSTOMERS:
        raise ContractBroken([Violation.of(("body",), f"a list of 1 to {MOST_CUSTOMERS:,} customers is needed", rows)])
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
                violations += violations_of(error.errors(), within=("body", index))
    if bad:
        raise BadRows(violations[:MOST_VIOLATIONS], bad)
    features = np.array([customer.features_in_order() for customer in good], dtype=np.float64)
    return Customers([customer.customer_id for customer in good], features)
