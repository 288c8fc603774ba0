"""Whatever is sent, the answer says what was wrong and what would be right, and is never a 500."""

import gzip
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.predictions.service import PredictionService
from scripts.cases import EXAMPLES

URL = "/predict_customer_value"
GOOD = json.dumps(EXAMPLES["at_risk"])
SIX = "[1, 1, 1, 1, 1, 1]"


def post(client, body, content_type="application/json", **options):
    headers = {"Content-Type": content_type} if content_type else {}
    return client.post(URL, content=body, headers=headers, **options)


def with_features(features: str) -> str:
    return f'{{"customer_id": "1", "features": {features}}}'


def with_id(customer_id: str) -> str:
    return f'{{"customer_id": {customer_id}, "features": {SIX}}}'


@pytest.mark.parametrize(
    ("body", "msg"),
    [
        (with_features("[1, 1, 1, 1, 1, NaN]"), "features[5] (recency_days) is NaN, but a number must be finite"),
        (
            with_features("[Infinity, 1, 1, 1, 1, 1]"),
            "features[0] (total_spend) is Infinity, but a number must be finite",
        ),
        (with_features("[1e999, 1, 1, 1, 1, 1]"), "features[0] (total_spend) is Infinity, but a number must be finite"),
        (
            with_features(f"[1{'0' * 400}, 1, 1, 1, 1, 1]"),
            "features[0] (total_spend) is Infinity, but a number must be finite",
        ),
        (
            with_features(f"[1{'0' * 5000}, 1, 1, 1, 1, 1]"),
            "the body is no JSON: nested too deeply, in no UTF-8, or with endless digits",
        ),
        (
            with_features("[1, true, 1, 1, 1, 1]"),
            "features[1] (avg_spend) is true, but a number is needed (no text, no boolean)",
        ),
        (
            with_features('[1, 1, "5", 1, 1, 1]'),
            "features[2] (num_transactions) is '5', but a number is needed (no text, no boolean)",
        ),
        (
            with_features("[1, 1, 1, null, 1, 1]"),
            "features[3] (total_units) is null, but a number is needed (no text, no boolean)",
        ),
        (with_features("[1, 1, 1, 1, -1, 1]"), "features[4] (unique_products) is -1, but a number cannot be negative"),
        (with_features("[1, 1, 1, 1, 1]"), "features is a list of 5 values, but six numbers are needed"),
        (with_features("[1, 1, 1, 1, 1, 1, 1]"), "features is a list of 7 values, but six numbers are needed"),
        (with_features("5"), "features is 5, but six numbers are needed"),
        (with_features("{}"), "features.total_spend is missing, but it is required"),
        ('{"customer_id": "1"}', "features is missing, but it is required"),
        (f'{{"features": {SIX}}}', "customer_id is missing, but it is required"),
        (with_id('""'), "customer_id is '', but a text cannot be empty"),
        (
            with_id('"  "'),
            "customer_id is '  ', but a text needs a visible character and can have no control characters",
        ),
        (with_id('"a\\u0000b"'), "customer_id is 'a\\x00b', but a text needs a visible character"),
        (with_id('"\\ud800"'), "customer_id is '\\\\ud800', but a text must be valid Unicode"),
        (with_id("13085"), "customer_id is 13085, but a text is needed"),
        (with_id(f'"{"x" * 10_000}"'), f"customer_id is '{'x' * 80}…', but String should have at most 128 characters"),
        (with_features(SIX)[:-1] + ', "segment": "High Value"}', "segment is 'High Value', but there is no such field"),
        ("{}", "customer_id is missing, but it is required"),
        ("[]", "the body is a list of 0 values, but an object is needed"),
        ("", "the body is missing, but it is required"),
        ('{"customer_id": ', "the body is no JSON: Expecting value"),
        (b'{"customer_id": "\xff"}', "the body is no JSON: nested too deeply, in no UTF-8, or with endless digits"),
        ("[" * 30_000, "the body is no JSON: nested too deeply"),
    ],
    ids=lambda value: repr(value)[:50],
)
def test_a_body_that_breaks_the_contract_is_told_where_and_why(client, body, msg):
    answer = post(client, body)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert list(problem) == ["type", "title", "status", "detail", "request_id", "errors"]
    assert problem["errors"][0]["msg"].startswith(msg)
    assert problem["detail"].startswith(msg)
    assert list(problem["errors"][0]) == ["loc", "msg", "rule", "value"]
    assert len(answer.content) < 5000


def test_every_broken_rule_is_told_at_once(client):
    problem = post(client, with_features('[-1, true, "5", 1, 1, 1]')).json()

    assert [(error["loc"], error["value"]) for error in problem["errors"]] == [
        (["body", "features", 0], -1),
        (["body", "features", 1], True),
        (["body", "features", 2], "5"),
    ]


def test_unknown_fields_without_end_give_a_short_answer(client):
    body = json.dumps({**EXAMPLES["at_risk"], **{f"field{number}": number for number in range(3000)}})

    assert len(post(client, body).json()["errors"]) == 20


def test_unknown_insight_mode_is_refused(client):
    problem = post(client, GOOD, params={"insight": "poem"}).json()

    assert problem["detail"] == "insight is 'poem', but Input should be 'auto', 'rules', 'groq' or 'none'"


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "", "nonsense"])
def test_a_body_that_does_not_claim_to_be_json_is_415(client, content_type):
    answer = post(client, GOOD, content_type)

    assert answer.status_code == 415
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_packed_body_is_415_and_not_misread(client):
    packed = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    answer = client.post(URL, content=gzip.compress(GOOD.encode()), headers=packed)

    assert answer.status_code == 415
    assert answer.json()["detail"].startswith("Content-Encoding is 'gzip', but a body must come as it is")
    assert client.post(URL, content=GOOD, headers=packed | {"Content-Encoding": "identity"}).status_code == 200


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JSON", "application/ld+json"])
def test_every_spelling_of_json_is_read(client, content_type):
    assert post(client, GOOD, content_type).status_code == 200


def test_a_body_beyond_the_limit_is_413(start):
    client = start(max_body_bytes=len(GOOD))

    assert post(client, GOOD).status_code == 200
    assert post(client, GOOD + " ").status_code == 413


def test_a_body_beyond_the_limit_is_413_without_a_declared_length(start):
    """A chunked body tells its length only while it is read."""
    client = start(max_body_bytes=1000)

    answer = post(client, (b" " * 100 for _ in range(100)))

    assert answer.status_code == 413
    assert answer.json()["detail"] == "A body may have at most 1000 bytes."


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("POST", f"{URL}/", 404), ("GET", URL, 405), ("POST", "/health", 405)],
)
def test_wrong_address_and_wrong_method_are_problems_too(client, method, path, status):
    answer = client.request(method, path)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status


def test_the_unforeseen_is_a_500_without_a_word_about_the_inside(client, monkeypatch, caplog):
    def fail(*_: object) -> None:
        raise RuntimeError("the password is swordfish")

    monkeypatch.setattr(PredictionService, "predict", fail)

    answer = post(client, GOOD)

    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "swordfish" not in answer.text
    assert "RuntimeError" not in answer.text
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert "request.failed" in caplog.messages


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.just(10**400),
    lambda inner: st.lists(inner, max_size=8) | st.dictionaries(st.text(st.characters()), inner, max_size=8),
    max_leaves=20,
)
nearly_right = st.fixed_dictionaries(
    {"customer_id": st.text(st.characters()) | json_values, "features": st.lists(json_values, min_size=6, max_size=6)}
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary() | (json_values | nearly_right).map(json.dumps))
def test_no_body_gives_a_500(client, body):
    answer = post(client, body)

    assert answer.status_code in {200, 422}
    json.loads(answer.content, parse_constant=pytest.fail)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(features=st.lists(st.floats(min_value=0, allow_infinity=False) | st.integers(0, 10**18), min_size=6, max_size=6))
def test_every_finite_customer_gets_finite_numbers(client, features):
    answer = post(client, json.dumps({"customer_id": "1", "features": features}))

    assert answer.status_code == 200
    numbers = json.loads(answer.content, parse_constant=pytest.fail)
    assert numbers["predicted_future_spend_30d"] >= 0
    assert 0 < numbers["purchase_probability_30d"] < 1
