"""Answers to bodies that have not come: the answer is there at once, and the connection goes with it.

A server that keeps such a connection waits for a next request without end, where a late piece of the body comes last.
"""

import socket
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from app.exchange import seconds_to_come
from app.front import REST_SECONDS
from tests.support import begun_post, running_service

BODY = b"x" * 300_000
PATH, LIMIT = "/predict_customer_value", 1000


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    """A service that asks for a key, which nobody here has."""
    with running_service({"API_KEYS": "key"}) as base_url:
        yield base_url


def told_to_the_end(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(1 << 16), b""))


@pytest.mark.parametrize("path", ["/rank_customers", "/predict_customer_value", "/nowhere"])
def test_a_late_body_is_read_to_its_end_and_the_connection_closed(service: str, path: str):
    with begun_post(service, path, len(BODY)) as connection:
        connection.sendall(BODY[:100])
        answer = connection.recv(1 << 16)  # its beginning
        connection.sendall(BODY[100:])
        began_at = time.monotonic()
        answer += told_to_the_end(connection)

    assert answer.startswith((b"HTTP/1.1 401", b"HTTP/1.1 404"))
    assert b"connection: close" in answer
    assert time.monotonic() - began_at < REST_SECONDS / 2


def test_a_body_that_never_comes_is_not_waited_for_long(service: str):
    with begun_post(service, "/rank_customers", len(BODY)) as connection:
        connection.sendall(BODY[:100])
        began_at = time.monotonic()
        answer = connection.recv(1 << 16)
        answered_after = time.monotonic() - began_at
        told_to_the_end(connection)

    assert answer.startswith(b"HTTP/1.1 401")
    assert answered_after < REST_SECONDS / 2
    assert time.monotonic() - began_at < 2 * REST_SECONDS


def test_a_body_that_comes_by_drops_makes_room_for_others():
    """Some hundred such callers would keep everybody else from being answered."""
    seconds = seconds_to_come(LIMIT)
    with running_service({"MAX_BODY_BYTES": str(LIMIT)}) as base_url, begun_post(base_url, PATH, 500) as connection:
        connection.settimeout(2 * seconds)
        connection.sendall(b"{")
        began_at = time.monotonic()
        answer = b"".join(iter(lambda: connection.recv(1 << 16), b""))

    assert answer.startswith(b"HTTP/1.1 408")
    assert seconds - 1 < time.monotonic() - began_at < seconds + REST_SECONDS
    assert f"within {seconds} seconds".encode() in answer


def test_who_asks_before_sending_is_not_invited(service: str):
    with begun_post(service, "/rank_customers", len(BODY), "Expect: 100-continue") as connection:
        answer = told_to_the_end(connection)

    assert answer.startswith(b"HTTP/1.1 401")
    assert b"100 Continue" not in answer


def test_a_body_that_has_come_keeps_the_connection(service: str):
    """As of a caller whose key has a slip in it, or who is turned away for a second."""
    connection = HTTPConnection(urlsplit(service).netloc, timeout=20)
    with closing(connection):
        connection.request("POST", "/predict_customer_value", b"{}", {"Content-Type": "application/json"})
        refused = connection.getresponse()
        refused.read()
        kept = connection.sock
        connection.request("GET", "/health")

        assert refused.status == 401
        assert refused.getheader("connection") is None
        assert connection.getresponse().status == 200
        assert connection.sock is kept
