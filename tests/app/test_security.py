"""Where keys are set, nobody asks about customers without one; what is left open is said."""

import json
from hashlib import sha256

import pytest

from app.security_headers import SECURITY_HEADERS
from scripts.cases import EXAMPLES

URL = "/predict_customer_value"
CUSTOMER = EXAMPLES["at_risk"]


def hashed(name: str, key: str) -> str:
    """One of ``API_KEYS``, as an operator writes it."""
    return f"{name}:{sha256(key.encode()).hexdigest()}"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"X-API-Key": "wrong"}, 401),
        ({"X-API-Key": ""}, 401),
        ({"X-API-Key": "clé".encode("latin-1")}, 401),
        ({"Authorization": "Basic second"}, 401),
        ({"Authorization": "Bearer"}, 401),
        ({"X-API-Key": "first"}, 200),
        ({"X-API-Key": "second"}, 200),
        ({"X-API-Key": "second "}, 200),
        ({"Authorization": "Bearer second"}, 200),
        ({"Authorization": "bearer first"}, 200),
    ],
)
def test_a_known_key_is_needed(start, headers, status):
    client = start(api_keys="first,second")

    for answer in (client.post(URL, json=EXAMPLES["at_risk"], headers=headers), client.get("/usage", headers=headers)):
        assert answer.status_code == status
        assert ("www-authenticate" in answer.headers) == (status == 401)


@pytest.mark.parametrize("path", ["/predict_customer_values", "/predict_from_orders", "/rank_customers"])
@pytest.mark.parametrize("content_type", ["application/json", "multipart/form-data; boundary=xyz", "text/plain"])
def test_the_key_is_asked_for_before_a_large_body_is_read(start, path, content_type):
    """Strangers cost nothing."""
    client = start(api_keys="first", max_batch_body_bytes=10, max_orders_body_bytes=10, max_upload_bytes=10)

    assert client.post(path, content=b"{" * 100, headers={"Content-Type": content_type}).status_code == 401


@pytest.mark.parametrize("path", [URL, "/predict_customer_values", "/predict_from_orders", "/rank_customers"])
def test_strangers_learn_nothing_about_the_contract(start, path):
    assert start(api_keys="first").post(path, params={"insight": "poem"}, json={"colour": 1}).status_code == 401


def test_without_keys_everybody_may_ask(client):
    assert client.post(URL, json=EXAMPLES["at_risk"]).status_code == 200


@pytest.mark.parametrize("path", ["/", "/health", "/ready", "/docs", "/openapi.json", "/metrics"])
def test_what_says_nothing_about_customers_is_open(start, path):
    assert start(api_keys="first").get(path).status_code == 200


def test_every_post_and_what_tells_of_the_shop_want_a_key(start):
    """By the document, so that a new path operation cannot be forgotten."""
    client = start(api_keys=hashed("shop", "first"), admin_key="the-admin-key")
    operations = [
        (method, path)
        for path, methods in client.get("/openapi.json").json()["paths"].items()
        for method in methods
        if method == "post" or path in {"/usage", "/model"}
    ]

    statuses = {client.request(method, path).status_code for method, path in operations}

    assert len(operations) >= 6
    assert statuses == {401}


@pytest.mark.parametrize("key", ["first", "second", "third"])
def test_a_key_is_known_by_its_digest(start, key):
    """Two keys of one name are a key and its successor; a plain key works beside them."""
    client = start(
        api_keys=f"{hashed('shop', 'first')}, {hashed('shop', 'second').upper().replace('SHOP', 'shop')},third"
    )

    assert client.get("/usage", headers={"X-API-Key": key}).status_code == 200


def test_a_digest_is_no_key(start):
    """Who reads the settings has nothing to ask with."""
    named = hashed("shop", "first")
    client = start(api_keys=named)

    for given in (named, named.partition(":")[2]):
        assert client.get("/usage", headers={"X-API-Key": given}).status_code == 401


def test_the_log_names_the_caller_and_never_the_key(start, capsys):
    client = start(api_keys=hashed("shop", "secret-1"))
    capsys.readouterr()

    client.post(URL, json=CUSTOMER, headers={"X-API-Key": "secret-1"})
    client.post(URL, json=CUSTOMER, headers={"X-API-Key": "secret-2"})
    client.get("/health")  # the line is written when the event loop next turns

    written = capsys.readouterr().err
    known, unknown = (json.loads(line) for line in written.splitlines())
    assert (known["caller"], known["status"]) == ("shop", 200)
    assert ("caller" in unknown, unknown["status"]) == (False, 401)
    assert "secret" not in written


def test_metrics_want_a_token_where_one_is_set(start):
    client = start(metrics_token="the-token", api_keys=hashed("shop", "first"))

    answers = [
        client.get("/metrics", headers={"Authorization": given}) for given in ("Bearer the-token", "Bearer first")
    ]

    assert [client.get("/metrics").status_code, *(answer.status_code for answer in answers)] == [401, 200, 401]


def test_what_is_left_open_is_said_at_the_start_and_when_asked(start, capsys):
    told = start().get("/ready").json()["warnings"]

    events = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [event["warning"] for event in events if event["event"] == "access.warning"] == told
    assert {event["level"] for event in events if event["event"] == "access.warning"} == {"warning"}
    assert told == [
        "API_KEYS is empty: anybody may ask.",
        "METRICS_TOKEN is empty: anybody may read /metrics.",
        "RATE_LIMIT_PER_MINUTE is 0: anybody may ask without end.",
    ]


def test_a_plain_key_is_said_by_its_place(start):
    client = start(api_keys=f"{hashed('shop', 'first')},plain-one", metrics_token="token", rate_limit_per_minute=9)

    (told,) = client.get("/ready").json()["warnings"]

    assert told.startswith("Key 2 of API_KEYS is plain")
    assert "plain-one" not in told


def test_a_closed_service_has_nothing_to_warn_of(start):
    client = start(api_keys=hashed("shop", "first"), metrics_token="token", rate_limit_per_minute=9)

    assert client.get("/ready").json()["warnings"] == []


@pytest.mark.parametrize("path", ["/", "/docs", "/health", "/ready", "/metrics", "/usage", "/nowhere", "/openapi.json"])
def test_every_answer_tells_browsers_to_be_careful(start, path):
    headers = start().get(path).headers

    assert {name.decode() for name, _ in SECURITY_HEADERS} <= set(headers)
    assert "default-src 'none'" in headers["content-security-policy"]  # of pages, their own, and no second one
    assert headers["content-security-policy"].count("default-src") == 1
    assert "server" not in headers


def test_no_cache_keeps_an_answer_about_a_shop(start):
    client = start()

    assert client.get("/model").headers["cache-control"] == "no-store"
    assert client.post(URL, json=CUSTOMER).headers["cache-control"] == "no-store"
