"""Bodies that nobody would send by accident: each is answered by the contract, and none with 500.

``make contract`` sends 5,000 of them.
"""

import json
import os
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx

from scripts.cases import COLUMNS, EXAMPLES, ORDERS_EXAMPLES, SHOP
from tests.support import running_service

COUNT = int(os.environ.get("HOSTILE_BODIES", "400"))
GOOD: list[tuple[str, Any]] = [
    ("/predict_customer_value?insight=rules", EXAMPLES["habitual_buyer"]),
    ("/predict_customer_values", [*EXAMPLES.values()]),
    ("/predict_customer_values", COLUMNS),
    ("/predict_from_orders?insight=rules", ORDERS_EXAMPLES["regular"]),
    ("/rank_customers?model=loaded", SHOP),
]
STATUSES = {200, 400, 406, 408, 413, 415, 422, 503}
VALUES = (
    None, True, -1, 0, -0.0, 1e308, 10**400, 2**53 + 1, 5e-324, "", " ", "\x00", "\ud800", "\u202e", "=1+1", "1",
    "NaN", "x" * 300, "9999-12-31T23:59:59", "0001-01-01", "2011-13-45", "2011-02-30T25:61:61Z",
    [], {}, [[]], {"": None}, "🙂" * 70,
)  # fmt: skip
RAW = (
    b"NaN",
    b"-Infinity",
    b"1e999",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\x00",
    b"[" * 20_000,
    b'{"a":' * 9_000,
    b"0" * 9_000,
)
TYPES = (
    "application/json",
    "application/json; charset=utf-16",
    "application/problem+json",
    "text/plain",
    "",
    "a/b;" * 50,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every part of a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, part in inner for place in places(part, (*path, key)))]


def with_another_part(body: Any, dice: random.Random) -> bytes:
    """The document with one part in place of another, gone, or twice."""
    body = json.loads(json.dumps(body))
    *way, last = dice.choice(places(body)[1:])
    holder = body
    for key in way:
        holder = holder[key]
    match dice.randrange(4):
        case 0:
            del holder[last]
        case 1 if isinstance(holder, dict):
            holder[str(dice.choice(VALUES))[:400]] = holder[last]
        case _:
            holder[last] = dice.choice(VALUES)
    return json.dumps(body).encode()


def with_other_bytes(body: Any, dice: random.Random) -> bytes:
    """The text cut off, doubled, or with bytes that no JSON has."""
    text = json.dumps(body).encode()
    place = dice.randrange(len(text))
    return dice.choice((text[:place], text + text, text[:place] + dice.choice(RAW) + text[place + dice.randrange(5) :]))


def noise(_: Any, dice: random.Random) -> bytes:
    """Anything."""
    return dice.choice(
        (dice.randbytes(dice.randrange(2_000)), dice.choice(RAW), json.dumps(dice.choice(VALUES)).encode())
    )


HOSTILE: tuple[Callable[[Any, random.Random], bytes], ...] = (with_another_part, with_other_bytes, noise)


def test_no_body_brings_a_500_or_breaks_the_contract():
    """The same bodies in every run: the dice are seeded."""
    dice, statuses = random.Random(21), Counter[int]()
    with running_service() as base_url, httpx.Client(base_url=base_url, timeout=60) as client:
        for _ in range(COUNT):
            path, good = dice.choice(GOOD)
            body = dice.choices(HOSTILE, (6, 3, 1))[0](good, dice)
            content_type = dice.choices(TYPES, (20, 1, 1, 1, 1, 1))[0]
            answer = client.post(path, content=body, headers={"Content-Type": content_type})
            told = f"{path} {content_type} {body[:300]!r}: {answer.status_code} {answer.text[:300]}"
            assert answer.status_code in STATUSES, told
            assert "X-Request-ID" in answer.headers, told
            if answer.status_code != 200:
                assert answer.headers["content-type"] == "application/problem+json", told
                assert answer.json()["status"] == answer.status_code, told
                assert answer.status_code != 503 or "Retry-After" in answer.headers, told
            statuses[answer.status_code] += 1
        assert client.get("/ready").json()["status"] == "ready"
    print(dict(statuses))  # with pytest -s
    assert statuses[422] > COUNT / 2
