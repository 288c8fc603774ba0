"""The real service against a Groq that misbehaves in every way we could think of."""

import json
import os
import subprocess
import sys
import time

import httpx
import pytest

from model import Predictor, load_artifact
from tests.app.insights.services import KEY, service_against
from tests.groq_server import BEHAVIOURS, RAW_TEXT_MARK, SLOW_SECONDS, fake_groq
from tests.support import ROOT, free_port

# 500 requests for each are the business of benchmarks/insights.py.
REQUESTS = 96
GOOD = {"good"}
CUSTOMERS = [
    (spend, spend / orders, orders, 10 * orders, 12, days)
    for spend, orders, days in ((400.0 + 97 * number, 1 + number % 15, number % 120) for number in range(REQUESTS))
]


@pytest.fixture(scope="module")
def groq():
    with fake_groq() as server:
        yield server


@pytest.fixture(scope="module")
def predictor(model_dir):
    return Predictor(load_artifact(model_dir))


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_every_request_is_answered_with_correct_numbers(behaviour, groq, model_dir, predictor, tmp_path):
    """Whatever Groq does: 200, the numbers of the model, words for every customer, and no raw text anywhere."""
    groq.behave(behaviour)
    calls_before = groq.calls

    with service_against(groq.url, model_dir, tmp_path) as service:
        answers = service.ask_for_all(CUSTOMERS)
        usage = service.usage()

    assert len(answers) == REQUESTS
    for features, answer in zip(CUSTOMERS, answers, strict=True):
        assert answer.status_code == 200
        body, expected = answer.json(), predictor.predict(features)
        assert body["predicted_future_spend_30d"] == expected.future_spend_30d
        assert body["purchase_probability_30d"] == expected.purchase_probability_30d
        assert len(body["insight"]) > 20
        assert len(body["recommended_action"]) > 10
        assert RAW_TEXT_MARK not in answer.text
        assert behaviour in GOOD or body["insight_source"] == "rules"
    assert (behaviour in GOOD) == ("groq" in usage["insights_by_source"])
    assert 0 < groq.calls - calls_before <= 25
    _assert_nothing_leaked(service.log.read_text(), groq.questions)


def test_a_groq_that_cannot_be_reached_costs_nothing_but_its_words(model_dir, tmp_path):
    with service_against("http://127.0.0.1:9", model_dir, tmp_path) as service:
        answers = service.ask_for_all(CUSTOMERS)
        usage = service.usage()

    assert {answer.status_code for answer in answers} == {200}
    assert usage["insights_by_source"] == {"rules": REQUESTS}
    assert "connection" in usage["calls_by_outcome"]


def test_a_slow_groq_fills_the_cache_behind_the_answer(groq, model_dir, tmp_path):
    """The first customer reads what rules write, the next one who looks alike reads Groq."""
    groq.behave("slow")
    with service_against(groq.url, model_dir, tmp_path, GROQ_TIMEOUT_SECONDS="3") as service:
        first = service.ask(CUSTOMERS[0])
        time.sleep(SLOW_SECONDS)
        second = service.ask(CUSTOMERS[0])

    assert first["insight_source"] == "rules"
    assert second["insight_source"] == "cache"


def test_groq_mode_waits_for_the_call(groq, model_dir, tmp_path):
    groq.behave("slow")
    with service_against(groq.url, model_dir, tmp_path, GROQ_TIMEOUT_SECONDS="3") as service:
        assert service.ask(CUSTOMERS[0], mode="groq")["insight_source"] == "groq"


def test_another_provider_is_one_setting(groq, model_dir, tmp_path):
    groq.behave("good")
    other = {"GROQ_API_KEY": "", "LLM_BASE_URL": f"{groq.url}/v1", "GROQ_TIMEOUT_SECONDS": "3"}
    with service_against("http://127.0.0.1:9", model_dir, tmp_path, **other) as service:
        first, second = (service.ask(CUSTOMERS[0], mode="groq") for _ in range(2))

    assert (first["insight_source"], second["insight_source"]) == ("llm", "cache")


def test_rules_and_none_never_call(groq, model_dir, tmp_path):
    groq.behave("good")
    calls_before = groq.calls
    with service_against(groq.url, model_dir, tmp_path) as service:
        by_rules, without_words = service.ask(CUSTOMERS[0], mode="rules"), service.ask(CUSTOMERS[0], mode="none")

    assert by_rules["insight_source"] == "rules"
    assert (without_words["insight"], without_words["recommended_action"]) == ("", "")
    assert groq.calls == calls_before


@pytest.mark.parametrize("behaviour", ["hang", "drip"])
def test_no_answer_takes_longer_than_the_deadline(behaviour, groq, model_dir, tmp_path):
    groq.behave(behaviour)
    with service_against(groq.url, model_dir, tmp_path) as service:
        service.ask_for_all(CUSTOMERS[:1], mode="rules")
        started = time.perf_counter()
        (answer,) = service.ask_for_all(CUSTOMERS[:1], mode="groq")
        seconds = time.perf_counter() - started

    assert answer.json()["insight_source"] == "rules"
    assert seconds <= 1.0 + 0.3


def test_a_stop_does_not_wait_for_a_hanging_call(groq, model_dir, tmp_path):
    groq.behave("hang")
    with service_against(groq.url, model_dir, tmp_path, GROQ_TIMEOUT_SECONDS="30", INSIGHT_BUDGET_MS="0") as service:
        service.ask(CUSTOMERS[0])
        started = time.perf_counter()

    assert time.perf_counter() - started < 5


def test_a_refused_text_is_counted_by_its_reason(groq, model_dir, tmp_path):
    groq.behave("link")
    with service_against(groq.url, model_dir, tmp_path) as service:
        service.ask(CUSTOMERS[0])
        metrics = httpx.get(f"{service.url}/metrics").text

    assert 'groq_calls_total{model="openai/gpt-oss-20b",outcome="refused_link"} 1.0' in metrics
    assert 'insight_fallbacks_total{reason="link"} 1.0' in metrics
    assert 'insights_total{source="rules"} 1.0' in metrics


def test_a_broken_catalogue_stops_the_start_with_line_and_reason(model_dir, tmp_path):
    catalogue = tmp_path / "actions.toml"
    catalogue.write_text(
        '[[action]]\nid = "call"\ntitle = "Call"\nsegments = ["Champions"]\nfits = "so"\ncost = "no"\n'
    )
    finished = subprocess.run(
        [sys.executable, "-m", "uvicorn", "app:app", "--app-dir", str(ROOT), "--port", str(free_port())],
        env={"PATH": os.environ["PATH"], "MODEL_DIR": str(model_dir), "INSIGHT_ACTIONS": str(catalogue)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert finished.returncode == 3
    assert "actions.toml, line 4: segments: Input should be 'High Value'" in finished.stderr


def _assert_nothing_leaked(log, questions):
    """Neither key nor prompt, customer or raw text is in a log, and Groq never learns who a customer is."""
    assert "insight" in log or "service.started" in log
    for secret in (KEY, RAW_TEXT_MARK, "secret-customer", "marketing team of a shop", "permitted_segments"):
        assert secret not in log
    assert "secret-customer" not in json.dumps(questions)
