"""Where keys are set, nobody asks about customers without one."""

import pytest

from scripts.cases import EXAMPLES

URL = "/predict_customer_value"


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
