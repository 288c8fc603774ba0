"""A list of customers who are all written alike, told from its bytes without making an object of each."""

import struct

import numpy as np
import numpy.typing as npt

from app.customer_columns import MOST_CUSTOMERS, packed
from app.plain_ids import QUOTE, PlainIds, plain_ids
from model.features import FEATURE_NAMES

FRAME, ID, FEATURES = range(3)
COMMA, OPENING, CLOSING = b",[]"
# What is left of a customer without id and features, and what stands between two, as usual programs write it.
FORMS = (
    (b'{"customer_id":  "features": [}', b", "),
    (b'{"customer_id":"features":[}', b","),
)
QUOTES_EACH = 6

Bytes = npt.NDArray[np.uint8]
FloatArray = npt.NDArray[np.float64]


def plain_rows(body: bytes) -> tuple[PlainIds, FloatArray] | None:
    """Ids, and features of shape (n_customers, 6), where each customer has them in a list; None where anything is odd.

    Ids end at every sixth quote, features at brackets. They are cut out, each with the character behind it; where
    what is left is the frame of so many customers, the body is a list of customers, the ids together are a list of
    texts, and the features a list of numbers.
    """
    characters = np.frombuffer(body, np.uint8)
    opening, closing, quotes = (int(np.count_nonzero(characters == mark)) for mark in (OPENING, CLOSING, QUOTE))
    count = opening - 1
    if not 1 < count <= MOST_CUSTOMERS or closing != opening or quotes != QUOTES_EACH * count:
        return None
    kinds = _kinds(characters)
    if kinds is None or characters[kinds == FRAME].tobytes() not in _frames(count):
        return None
    ids = plain_ids(b"[" + characters[kinds == ID].tobytes()[:-1] + b"]")
    features = _numbers(characters[kinds == FEATURES], count)
    return None if ids is None or features is None else (ids, features)


def _kinds(characters: Bytes) -> Bytes | None:
    """What each character belongs to; None where ids and features do not take turns."""
    quotes = np.flatnonzero(characters == QUOTE)
    opened, closed = (np.flatnonzero(characters == bracket) for bracket in (OPENING, CLOSING))
    ids, after_ids = quotes[2::QUOTES_EACH], quotes[3::QUOTES_EACH] + 2
    edges = np.stack([ids, after_ids, opened[1:] + 1, closed[:-1] + 1], axis=1).ravel()
    lengths = np.diff(edges, prepend=0, append=len(characters))
    if lengths.min() < 0:
        return None
    in_turn = np.tile(np.array([FRAME, ID, FRAME, FEATURES], np.uint8), len(ids) + 1)
    return np.repeat(in_turn[: len(lengths)], lengths)


def _frames(count: int) -> list[bytes]:
    return [b"[" + separator.join([customer] * count) + b"]" for customer, separator in FORMS]


def _numbers(characters: Bytes, count: int) -> FloatArray | None:
    """The features, of shape (n_customers, 6), of what stands between brackets; closing ones are still there."""
    is_end = characters == CLOSING
    separators = np.flatnonzero(is_end | (characters == COMMA))
    if not np.array_equal(separators[len(FEATURE_NAMES) - 1 :: len(FEATURE_NAMES)], np.flatnonzero(is_end)):
        return None
    try:
        numbers = packed(b"[" + characters.tobytes().replace(b"]", b",")[:-1] + b"]")
    except (ValueError, TypeError, struct.error):
        return None
    features = np.frombuffer(numbers).reshape(count, len(FEATURE_NAMES))
    return features if features.min() >= 0 and features.max() < np.inf else None
