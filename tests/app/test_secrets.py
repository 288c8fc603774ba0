"""What callers and operators keep to themselves is found nowhere else: the log, the counters, the errors."""

import re
import sys
from collections.abc import Iterator

import httpx
import pytest

from app.settings import Settings
from scripts.cases import EXAMPLES
from tests.app.insights.redis_server import PASSWORD, redis_server
from tests.app.test_security import hashed
from tests.support import ROOT, free_port, running

KEY, PLAIN_KEY, WRONG_KEY, ADMIN_KEY = "key_4f1c", "plain_77ab", "wrong_9d02", "admin_aa10"
TOKEN, GROQ_KEY = "token_e31b", "gsk_5500c1"
ID, EMAIL = "id_13085_zz", "jane.doe@shop.example"
POSTS = ("/predict_customer_value", "/predict_customer_values", "/predict_from_orders", "/rank_customers")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, str]]:
    """Log, counters and answers of errors, after a service has been asked in every way, well and badly."""
    log, port = tmp_path_factory.mktemp("service") / "log", free_port()
    base_url = f"http://127.0.0.1:{port}"
    command = ["sh", "-c", f"exec {sys.executable} -m uvicorn app:app --app-dir {ROOT} --port {port} 2> {log}"]
    with redis_server(free_port()) as redis_url:
        env = {
            "MODEL_DIR": str(ROOT / "model"),
            "LOG_LEVEL": "DEBUG",
            "API_KEYS": f"{hashed('shop', KEY)},{PLAIN_KEY}",
            "METRICS_TOKEN": TOKEN,
            "ADMIN_KEY": ADMIN_KEY,
            "RATE_LIMIT_PER_MINUTE": "1000",
            "REDIS_URL": redis_url,
            "GROQ_API_KEY": GROQ_KEY,
            "GROQ_BASE_URL": f"http://127.0.0.1:{free_port()}",  # nobody answers there
        }
        with running(command, env, base_url), httpx.Client(base_url=base_url, timeout=60) as client:
            errors = [answer.text for answer in asked(client) if answer.is_error]
            counters = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
            yield log.read_text(), counters, "\n".join(errors)


def asked(client: httpx.Client) -> Iterator[httpx.Response]:
    """Every answer that we can think of."""
    line = {"customer_id": ID, "line_total": 12.5, "ordered_at": "2011-10-14", "email": EMAIL}
    customer = {**EXAMPLES["at_risk"], "customer_id": EMAIL}
    bodies = [
        customer,
        {**customer, "customer_id": ID, "note": "more"},
        [customer, {"customer_id": ID}],
        {"customer_id": EMAIL, "order_lines": [line]},
        {"order_lines": [line, {**line, "customer_id": EMAIL, "ordered_at": "never"}]},
        {"order_lines": [line]},
    ]
    for key in (KEY, PLAIN_KEY, WRONG_KEY, ADMIN_KEY):
        for headers in ({"X-API-Key": key}, {"Authorization": f"Bearer {key}"}):
            for path in POSTS:
                yield from (client.post(path, json=body, headers=headers) for body in bodies)
                yield client.post(path, content=f'{{"{EMAIL}', headers=headers)
            file = f"customer_id,ordered_at,line_total\n{EMAIL},2011-10-14,12.5\n{ID},tomorrow,1\n"
            yield client.post(POSTS[-1], files={"file": (f"{EMAIL}.csv", file)}, headers=headers)
            yield client.get("/usage", headers=headers)
            yield client.post("/admin/reload", headers=headers)
            yield client.get("/metrics", headers=headers)
            yield client.get(f"/customers/{ID}", params={"key": key, "email": EMAIL}, headers=headers)


def test_the_run_reached_every_kind_of_answer(written):
    log, counters, errors = written

    for status in (200, 401, 404, 422):
        assert f'status="{status}"' in counters
        assert f'"status": {status}' in log
    assert log.count("request.finished") > 100
    assert "insight.call_unused" in log
    assert errors


@pytest.mark.parametrize("secret", [KEY, PLAIN_KEY, WRONG_KEY, ADMIN_KEY, TOKEN, GROQ_KEY, PASSWORD])
def test_no_key_and_no_token_is_found(written, secret):
    assert [name for name, text in zip(("log", "counters", "errors"), written, strict=True) if secret in text] == []


@pytest.mark.parametrize("about_somebody", [ID, EMAIL, "jane", "13085"])
def test_no_customer_is_found_in_log_and_counters(written, about_somebody):
    """An error tells the caller what the caller sent; nobody else is told."""
    log, counters, _ = written

    assert about_somebody not in log
    assert about_somebody not in counters


def test_every_variable_that_is_named_like_a_secret_is_one():
    named = {name for name in Settings.model_fields if re.search("key|token|password|secret|redis_url", name)}

    assert named == {name for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)}
