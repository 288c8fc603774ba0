"""Many customers as columns: an object with a list of ids and a list for each feature, all of one length."""

import struct
from collections.abc import Iterator, Mapping
from itertools import islice
from operator import itemgetter
from typing import Any, TypeGuard

import numpy as np
import numpy.typing as npt
import orjson

from app.errors import ContractBroken
from app.plain_ids import PlainIds, plain_ids
from app.schemas import LONGEST_ID, UNPRINTABLE
from app.violations import MOST_VIOLATIONS, RULES, Violation, shortened
from model.features import FEATURE_NAMES

MOST_CUSTOMERS = 10_000
BYTES_AT_ONCE = 1 << 14
NUMBER_BYTES = 8
COLUMN_NAMES = ("customer_id", *FEATURE_NAMES)

Columns = Mapping[str, Any]  # Any: JSON
FloatArray = npt.NDArray[np.float64]

in_order = itemgetter(*COLUMN_NAMES)


def usual_columns(body: bytes) -> tuple[list[str] | PlainIds, FloatArray] | None:
    """Ids, and features of shape (n_customers, 6), of a body without an oddity; None where ``rows_of`` must look.

    The lists are cut out, and each is parsed by itself, which takes less time and memory. What is left must be an
    object with as many texts and as many empty lists as names: so no name stands there twice, and no list elsewhere.
    """
    skeleton, lists = _cut(body)
    try:
        names = orjson.loads(skeleton)
        texts = dict(zip(names, lists, strict=True))
        ids = plain_ids(texts["customer_id"]) or orjson.loads(texts["customer_id"])
        count = ids.count if isinstance(ids, PlainIds) else len(ids)
        if not 0 < count <= MOST_CUSTOMERS:
            return None
        columns = [packed(texts[name]) for name in FEATURE_NAMES]
    except (ValueError, TypeError, LookupError, struct.error):
        return None
    if len(names) != len(COLUMN_NAMES) or skeleton.count(b'"') != 2 * len(COLUMN_NAMES):
        return None
    if set(map(len, columns)) != {count * NUMBER_BYTES} or not (isinstance(ids, PlainIds) or are_ids(ids)):
        return None
    features = np.frombuffer(b"".join(columns)).reshape(-1, count).T
    return (ids, features) if features.min() >= 0 and features.max() < np.inf else None


def _cut(body: bytes) -> tuple[bytes, list[bytes]]:
    """The body with its lists made empty, and its lists; a bracket in a text leaves parts that are no JSON."""
    skeleton, lists, end = b"", [], 0
    for _ in COLUMN_NAMES:
        start = body.find(b"[", end)
        last = body.find(b"]", start)
        if start < 0 or last < 0:
            break
        skeleton += body[end:start] + b"[]"
        end = last + 1
        lists.append(body[start:end])
    return skeleton + body[end:], lists


def packed(text: bytes) -> bytes:
    """The numbers of a list in JSON as numpy has them in memory.

    Raises
    ------
    ValueError, TypeError, struct.error
        If the list holds anything else.
    """
    if b"t" in text or b"f" in text:
        raise ValueError("true and false would be taken for numbers")
    return b"".join([struct.pack(f"{len(part)}d", *part) for part in _parts(text)])


def _parts(text: bytes) -> Iterator[list[Any]]:  # Any: JSON
    """The members of a list without texts, some at a time: each part takes the memory that the last one gave back."""
    start, opening = 0, b""
    while (end := text.find(b",", start + BYTES_AT_ONCE)) >= 0:
        yield _members(opening + text[start:end] + b"]")
        start, opening = end + 1, b"["
    yield _members(opening + text[start:])


def _members(part: bytes) -> list[Any]:  # Any: JSON
    members: list[Any] = orjson.loads(part)
    if not members:
        raise ValueError("nothing stands between two commas")
    return members


def are_ids(ids: list[Any]) -> bool:  # Any: JSON
    """Whether each of them can be a customer's id; there must be one."""
    return (
        set(map(type, ids)) == {str}
        and max(map(len, ids)) <= LONGEST_ID
        and all(map(str.strip, ids))
        and UNPRINTABLE.search("".join(ids)) is None
    )


def are_columns(given: object) -> TypeGuard[Columns]:
    """Whether columns are meant: an object that names a feature, as one customer in a list does not."""
    return isinstance(given, dict) and not given.keys().isdisjoint(FEATURE_NAMES)


def rows_of(given: Columns) -> list[dict[str, Any]]:  # Any: JSON
    """The customers as the list form has them.

    Raises
    ------
    ContractBroken
        If a column is missing, unknown, no list, or not as long as the ids.
    """
    violations = list(islice(_broken_columns(given), MOST_VIOLATIONS))
    if violations:
        raise ContractBroken(violations)
    return [
        {"customer_id": customer_id, "features": dict(zip(FEATURE_NAMES, numbers, strict=True))}
        for customer_id, *numbers in zip(*in_order(given), strict=True)
    ]


def _broken_columns(given: Columns) -> Iterator[Violation]:
    ids = given.get("customer_id")
    for name in COLUMN_NAMES:
        if name not in given:
            yield Violation.missing(("body", name))
        elif not isinstance(given[name], list):
            yield Violation.of(("body", name), "a list is needed, with a value for each customer", given[name])
        elif name == "customer_id" and not 0 < len(given[name]) <= MOST_CUSTOMERS:
            yield Violation.of(("body", name), f"1 to {MOST_CUSTOMERS:,} customers are needed", given[name])
        elif isinstance(ids, list) and len(given[name]) != len(ids):
            yield Violation.of(("body", name), f"there are {len(ids)} ids, and all columns are as long", given[name])
    for name, column in given.items():
        if name not in COLUMN_NAMES:
            yield Violation.of(("body", shortened(name)), RULES["extra_forbidden"], column)
