"""What a prediction's words come from, and what is counted, against a fake Groq on a real socket."""

import asyncio
import json
import os
import subprocess
import sys
import time

import pytest

from app.insights import InsightMode, InsightService
from app.insights.prompts import VERSION
from app.metrics import Metrics
from app.settings import Settings, SettingsError, read_settings
from model.artifact.card import ModelCard, feature_entries
from tests.app.insights.customers import THRESHOLDS, prediction
from tests.app.insights.redis_server import redis_server
from tests.groq_server import fake_groq
from tests.support import ROOT, free_port

MODELS = ("openai/gpt-oss-20b", "openai/gpt-oss-120b")


@pytest.fixture(scope="module")
def groq():
    with fake_groq() as server:
        yield server


@pytest.fixture(autouse=True)
def good_again(groq):
    groq.behave("good")


def card():
    return ModelCard(
        model_version="1",
        model_sha256="0",
        trained_at="2026-01-01T00:00:00Z",
        estimator="none",
        features=feature_entries(),
        segments=THRESHOLDS,
        libraries={},
    )


def service(groq, **settings):
    values = {"groq_api_key": "gsk_x", "groq_base_url": groq.url, "groq_timeout_seconds": 2, **settings}
    return InsightService(Settings(_env_file=None, **values), Metrics())


def tell(one, story):
    """Run a story with a service and close it."""

    async def told():
        try:
            return await story(one)
        finally:
            await one.aclose()

    return asyncio.run(told())


def customer(spend=345.70, orders=7, days=4, **outlook):
    return prediction((spend, spend / orders, float(orders), 12.0, 5.0, float(days)), **outlook)


def calls_made(groq, one, story):
    before = groq.calls
    result = tell(one, story)
    return groq.calls - before, result


def test_without_a_language_model_nothing_of_it_is_loaded(tmp_path):
    """Neither by importing the application nor by wording a customer."""
    program = """
import asyncio, sys
import app
loaded = set(sys.modules)
from app.insights import InsightMode, InsightService
from app.metrics import Metrics
from app.settings import Settings
from tests.app.insights.customers import prediction
from tests.app.insights.test_service import card
service = InsightService(Settings(_env_file=None), Metrics())
asyncio.run(service.write(prediction(), mode=InsightMode.GROQ))
print({"app.insights.llm", "limits", "async_lru", "redis"} & set(sys.modules), {"pandas", "duckdb", "sklearn"} & loaded)
"""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )

    assert result.stdout == "set() set()\n"


def test_without_a_key_no_call_is_made(groq):
    without_key = service(groq, groq_api_key=None)
    calls, insight = calls_made(groq, without_key, lambda one: one.write(customer(), mode=InsightMode.GROQ))

    assert calls == 0
    assert insight.source == "rules"
    assert without_key.usage().fallbacks_by_reason == {"no_key": 1}


def test_customers_who_look_alike_share_a_call_and_keep_their_own_numbers(groq):
    async def story(one):
        return [await one.write(customer(spend=spend)) for spend in (345.70, 380.00, 390.44)]

    calls, insights = calls_made(groq, service(groq), story)

    assert calls == 1
    assert [insight.source for insight in insights] == ["groq", "cache", "cache"]
    assert "£345.70" in insights[0].insight
    assert "£390.44" in insights[2].insight
    assert insights[2].prompt_version == VERSION


def test_numbers_that_the_model_wrote_out_are_refused_though_they_are_true(groq):
    groq.behave("numbers_in_digits")
    one = service(groq)

    assert tell(one, lambda one: one.write(customer())).source == "rules"
    assert one.usage().fallbacks_by_reason == {"number": 1}
    assert one.usage().calls_by_outcome == {"refused_number": 2}


def test_a_hundred_equal_requests_at_once_make_one_call(groq):
    groq.behave("slow")

    async def story(one):
        return await asyncio.gather(*(one.write(customer(), mode=InsightMode.GROQ) for _ in range(100)))

    calls, insights = calls_made(groq, service(groq, groq_timeout_seconds=4), story)

    assert calls == 1
    assert {insight.source for insight in insights} == {"groq", "cache"}


def test_what_goes_out_is_numbers_and_closed_lists(groq):
    tell(service(groq), lambda one: one.write(customer()))
    question = groq.questions[-1]
    sent = json.loads(question["messages"][1]["content"])

    assert set(sent) == {
        "currency",
        "total_spend",
        "avg_spend",
        "num_transactions",
        "total_units",
        "unique_products",
        "recency_days",
        "predicted_future_spend_30d",
        "purchase_probability_30d",
        "horizon_days",
        "permitted_segments",
        "suitable_actions",
    }
    schema = question["response_format"]["json_schema"]
    assert schema["strict"] is True
    assert schema["schema"]["additionalProperties"] is False
    assert schema["schema"]["properties"]["segment"]["enum"] == ["Habitual Buyer"]
    assert (question["reasoning_effort"], question["temperature"]) == ("low", 0)
    assert question["model"] == MODELS[0]


def test_over_the_minute_budget_rules_answer_at_once(groq):
    async def story(one):
        started = time.perf_counter()
        insights = [await one.write(customer(spend=300.0 * number, days=number)) for number in range(1, 40)]
        return insights, time.perf_counter() - started

    one = service(groq, groq_calls_per_minute=3)
    calls, (insights, seconds) = calls_made(groq, one, story)

    assert calls == 3
    assert {insight.source for insight in insights} <= {"groq", "cache", "rules"}
    assert one.usage().fallbacks_by_reason["minute_budget"] > 0
    assert seconds < 2


def test_over_the_day_budget_rules_answer_and_usage_says_so(groq):
    async def story(one):
        return [await one.write(customer(days=days)) for days in (1, 40)]

    one = service(groq, groq_calls_per_day=1)
    calls, insights = calls_made(groq, one, story)
    usage = one.usage()

    assert calls == 1
    assert [insight.source for insight in insights] == ["groq", "rules"]
    assert (usage.calls, usage.calls_left_today, usage.fallbacks_by_reason) == (1, 0, {"day_budget": 1})


def test_tokens_and_their_price_are_counted(groq):
    """700 tokens in at 0.075 and 100 out at 0.30 dollars per million."""
    one = service(groq)
    tell(one, lambda one: one.write(customer()))
    usage = one.usage()

    assert (usage.prompt_tokens, usage.completion_tokens) == (700, 100)
    assert usage.estimated_cost_usd == pytest.approx(700 * 0.075e-6 + 100 * 0.30e-6, abs=1e-6)
    assert usage.models_without_price == ()


def test_a_model_without_a_known_price_counts_without_cost(groq):
    one = service(groq, groq_models=("somebody/new",))
    tell(one, lambda one: one.write(customer()))

    assert one.usage().estimated_cost_usd == 0
    assert one.usage().models_without_price == ("somebody/new",)


@pytest.mark.parametrize(
    ("behaviour", "calls"),
    [
        ("unauthorized", 1),  # the key is wrong for every model
        ("model_unknown", 2),  # the other model may be there
        ("rate_limited", 2),  # limits are per model
        ("rate_limited_seconds", 2),
        ("rate_limited_date", 2),
        ("rate_limited_window", 2),
        ("no_capacity", 2),
        ("server_error", 6),  # three failures open a breaker
    ],
)
def test_a_model_that_refuses_is_left_alone(behaviour, calls, groq):
    groq.behave(behaviour)

    async def story(one):
        return [await one.write(customer(days=days, orders=orders)) for days in (1, 20, 40) for orders in (2, 5, 20)]

    made, insights = calls_made(groq, service(groq), story)

    assert made == calls
    assert {insight.source for insight in insights} == {"rules"}


def test_a_text_that_was_refused_is_not_asked_for_again_at_once(groq):
    groq.behave("link")

    async def story(one):
        return [await one.write(customer()) for _ in range(5)]

    calls, _ = calls_made(groq, service(groq), story)

    assert calls == 2


def test_auto_answers_within_its_budget_and_the_cache_fills_behind(groq):
    async def story(one):
        await one.write(customer(orders=30), mode=InsightMode.GROQ)  # everything is loaded
        groq.behave("slow")
        started = time.perf_counter()
        first = await one.write(customer())
        seconds = time.perf_counter() - started
        await asyncio.sleep(1)
        return first, seconds, await one.write(customer())

    first, seconds, second = tell(service(groq, insight_budget_ms=100, groq_timeout_seconds=4), story)

    assert first.source == "rules"
    assert seconds < 0.7
    assert second.source == "cache"


def test_a_caller_who_leaves_does_not_end_the_call_for_the_others(groq):
    groq.behave("slow")

    async def story(one):
        impatient = asyncio.create_task(one.write(customer(), mode=InsightMode.GROQ))
        patient = asyncio.create_task(one.write(customer(), mode=InsightMode.GROQ))
        await asyncio.sleep(0.2)
        impatient.cancel()
        return await patient

    assert tell(service(groq, groq_timeout_seconds=4), story).source == "cache"


def test_closing_ends_calls_under_way(groq):
    groq.behave("hang")

    async def story(one):
        await one.write(customer())
        started = time.perf_counter()
        await one.aclose()
        return time.perf_counter() - started, await one.write(customer())

    seconds, afterwards = tell(service(groq, insight_budget_ms=0, groq_timeout_seconds=60), story)

    assert seconds < 1
    assert afterwards.source == "rules"


def test_more_calls_at_once_than_allowed_are_not_waited_for(groq):
    async def story(one):
        await one.write(customer(orders=30), mode=InsightMode.GROQ)  # everything is loaded
        groq.behave("slow")
        started = time.perf_counter()
        await asyncio.gather(*(one.write(customer(days=days)) for days in (0, 3, 20, 70, 200)))
        seconds = time.perf_counter() - started
        await asyncio.sleep(1)
        return seconds

    one = service(groq, groq_max_concurrency=2, insight_budget_ms=100)
    calls, seconds = calls_made(groq, one, story)

    assert calls == 1 + 2
    assert one.usage().fallbacks_by_reason["busy"] == 3
    assert seconds < 1


def test_an_error_of_our_own_costs_the_words_and_not_the_answer(groq, monkeypatch, caplog):
    one = service(groq)
    monkeypatch.setattr("app.insights.service.permitted_segments", lambda *_: 1 / 0)

    assert tell(one, lambda one: one.write(customer())).source == "rules"
    assert one.usage().fallbacks_by_reason == {"internal": 1}
    assert "insight.failed" in caplog.text


def test_a_wrong_address_of_redis_stops_the_start_without_telling_it(monkeypatch):
    for address in ("http://user:secret@somewhere", "redis://user:secret@host:port/0"):
        monkeypatch.setenv("REDIS_URL", address)
        with pytest.raises(SettingsError) as caught:
            read_settings()

        assert "REDIS_URL=(not shown) is refused: it must look like redis://host:6379/0" in str(caught.value)
        assert "secret" not in str(caught.value)


def test_two_processes_share_templates_and_quota_in_redis(groq):
    """Two services with one Redis stand for two processes."""

    async def story(one):
        return await one.write(customer()), await one.write(customer(days=40))

    async def two_unseen(one):
        return await one.write(customer(orders=30)), await one.write(customer(orders=1))

    with redis_server(free_port()) as url:
        first_calls, first = calls_made(groq, service(groq, redis_url=url, groq_calls_per_day=3), story)
        second_calls, second = calls_made(groq, service(groq, redis_url=url, groq_calls_per_day=3), story)
        other = service(groq, redis_url=url, groq_calls_per_day=3)
        third_calls, third = calls_made(groq, other, two_unseen)

    assert (first_calls, [insight.source for insight in first]) == (2, ["groq", "groq"])
    assert (second_calls, [insight.source for insight in second]) == (0, ["cache", "cache"])
    assert [insight.insight for insight in second] == [insight.insight for insight in first]
    assert (third_calls, [insight.source for insight in third]) == (1, ["groq", "rules"])
    assert other.usage().fallbacks_by_reason == {"day_budget": 1}
    assert other.usage().calls_left_today == 0


def test_any_openai_compatible_server_takes_the_place_of_groq(groq):
    """One setting; no key is needed, and the source says that it is not Groq."""
    one = service(groq, groq_api_key=None, llm_base_url=f"{groq.url}/v1", groq_models=("somebody/new",))

    async def story(one):
        return [await one.write(customer(spend=spend)) for spend in (345.70, 380.00)]

    calls, insights = calls_made(groq, one, story)

    assert calls == 1
    assert "/v1/chat/completions" in groq.paths
    assert [insight.source for insight in insights] == ["llm", "cache"]
    assert "£380.00" in insights[1].insight
    question = groq.questions[-1]
    assert question["model"] == "somebody/new"
    assert question["response_format"]["json_schema"]["strict"] is True
    assert "reasoning_effort" not in question


@pytest.mark.parametrize("behaviour", ["hang", "huge_body", "reset", "html", "unauthorized", "rate_limited", "link"])
def test_an_openai_compatible_server_that_misbehaves_costs_the_words_alone(behaviour, groq):
    groq.behave(behaviour)
    one = service(groq, llm_base_url=f"{groq.url}/v1", groq_timeout_seconds=0.5)

    assert tell(one, lambda one: one.write(customer(), mode=InsightMode.GROQ)).source == "rules"


def test_forbidden_words_are_set_in_one_variable(monkeypatch):
    monkeypatch.setenv("INSIGHT_FORBIDDEN_WORDS", "luxury, what is new ,")

    assert read_settings().insight_forbidden_words == ("luxury", "what is new")


def test_a_shop_forbids_words_of_its_own(groq):
    """The text says "show what is new in the shop"."""
    one = service(groq, insight_forbidden_words=("luxury", "what is NEW"))

    assert tell(one, lambda one: one.write(customer())).source == "rules"
    assert one.usage().fallbacks_by_reason == {"forbidden_word": 1}
