"""What is counted, and that a new day starts from nothing."""

from datetime import date

from app.insights.usage import UsageMeter
from app.metrics import Metrics
from tests.app.insights.clock import Clock


def test_a_new_day_starts_from_nothing():
    clock = Clock()
    meter = UsageMeter(Metrics(), clock.today)
    meter.call_ended("openai/gpt-oss-120b", "answered")
    meter.tokens_used("openai/gpt-oss-120b", 1_000_000, 1_000_000)
    meter.served("cache")
    meter.fell_back("busy")
    report = meter.report(calls_left_today=5)

    assert (report.calls, report.cache_hits, report.fallbacks_by_reason) == (1, 1, {"busy": 1})
    assert report.estimated_cost_usd == 0.75

    clock.day = date(2026, 11, 23)
    report = meter.report(calls_left_today=900)

    assert report.day == date(2026, 11, 23)
    assert (report.calls, report.cache_hits, report.fallbacks_by_reason, report.estimated_cost_usd) == (0, 0, {}, 0)
