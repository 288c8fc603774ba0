"""One line of JSON per event, with the request's id and nothing about the customer."""

import json
import logging

import pytest

from app.logs import JsonLines
from scripts.cases import EXAMPLES

URL = "/predict_customer_value"


@pytest.fixture
def lines(capsys, start):
    """Ask something, then read what the log has said since."""

    def logged(method: str, path: str, **options: object) -> list[dict[str, object]]:
        client = start()  # in the test itself, for a handler keeps the stream that it was made with
        capsys.readouterr()
        client.request(method, path, **options)
        client.get("/health")  # the line is written when the event loop next turns
        return [json.loads(line) for line in capsys.readouterr().err.splitlines()]

    return logged


def test_every_request_is_one_line_with_its_id(lines):
    (event,) = lines("POST", URL, json=EXAMPLES["at_risk"], headers={"X-Request-ID": "shop-42.a_B"})

    assert event["event"] == "request.finished"
    assert event["request_id"] == "shop-42.a_B"
    assert (event["method"], event["route"], event["status"]) == ("POST", URL, 200)
    assert event["ms"] >= 0


def test_no_customer_shows_in_the_log(lines):
    body = {"customer_id": "jane@shop.example", "features": [4711.5, 4711.5, 1, 1, 1, 1]}

    events = [*lines("POST", URL, json=body), *lines("POST", URL, json={**body, "more": "private"})]

    written = json.dumps(events)
    assert [event["status"] for event in events] == [200, 422]
    assert "jane" not in written
    assert "4711" not in written
    assert "private" not in written


def test_health_checks_do_not_fill_the_log(lines):
    assert lines("GET", "/health") == []
    assert lines("GET", "/metrics") == []


@pytest.mark.parametrize("unsafe", ["", "a" * 65, "a b", "a;b", 'a"b', "ä".encode("latin-1")])
def test_an_unsafe_request_id_is_replaced(client, unsafe):
    """What goes into logs and headers is never a caller's free text."""
    given = client.get("/health", headers={"X-Request-ID": unsafe}).headers["x-request-id"]

    assert len(given) == 32
    assert given.isalnum()


def test_every_answer_has_an_id_of_its_own(client):
    assert len({client.get("/nowhere").headers["x-request-id"] for _ in range(3)}) == 3


def test_an_exception_shows_its_place_and_not_its_message():
    """A message can repeat what a customer sent."""
    try:
        raise ValueError("total_spend 4711")
    except ValueError as error:
        record = logging.LogRecord(
            "app", logging.ERROR, __file__, 1, "request.failed", (), (type(error), error, error.__traceback__)
        )

    line = JsonLines().format(record)

    assert json.loads(line)["exception"] == "ValueError"
    assert json.loads(line)["stack"][0].endswith("test_an_exception_shows_its_place_and_not_its_message")
    assert "4711" not in line


def test_a_line_stays_one_line_whatever_it_says():
    record = logging.makeLogRecord({"msg": "two\nlines", "reason": "a\r\nb\u2028c", "path": object})

    line = JsonLines().format(record)

    assert len(line.splitlines()) == 1
    assert json.loads(line)["event"] == "two\nlines"
