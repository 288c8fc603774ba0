"""Pages of listed origins can read every answer; pages of others none."""

import pytest

from app.predictions.service import PredictionService
from scripts.cases import EXAMPLES

SHOP = "https://shop.example"
URL = "/predict_customer_value"


def test_a_listed_origin_reads_answers_and_errors(start, monkeypatch):
    """A page that cannot read an error shows its users nothing but "failed to fetch"."""
    client = start(cors_origins=SHOP, api_keys="key", max_body_bytes=200)
    headers = {"Origin": SHOP, "X-API-Key": "key"}

    answers = [
        client.post(URL, json=EXAMPLES["at_risk"], headers=headers),
        client.post(URL, json={}, headers=headers),
        client.post(URL, json=EXAMPLES["at_risk"], headers={"Origin": SHOP}),
        client.post(URL, content=b" " * 300, headers={**headers, "Content-Type": "application/json"}),
        client.post(URL, content=b"{}", headers=headers),
        client.get(URL, headers=headers),
        client.get("/nowhere", headers=headers),
    ]
    monkeypatch.setattr(PredictionService, "predict", None)
    answers.append(client.post(URL, json=EXAMPLES["at_risk"], headers=headers))

    assert [answer.status_code for answer in answers] == [200, 422, 401, 413, 415, 405, 404, 500]
    for answer in answers:
        assert answer.headers["access-control-allow-origin"] == SHOP
        assert "access-control-allow-credentials" not in answer.headers
        assert "X-Request-ID" in answer.headers["access-control-expose-headers"]


def test_a_browser_may_ask_first(start):
    ask = {
        "Origin": SHOP,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,x-api-key",
    }

    answer = start(cors_origins=SHOP, api_keys="key").options(URL, headers=ask)

    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == SHOP


@pytest.mark.parametrize("origins", ["", SHOP])
def test_other_origins_are_told_nothing(start, origins):
    answer = start(cors_origins=origins).get("/health", headers={"Origin": "https://elsewhere.example"})

    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers


def test_all_origins_means_no_credentials(start):
    answer = start(cors_origins="*").get("/health", headers={"Origin": SHOP, "Cookie": "a=b"})

    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers
