"""The evaluation runs offline, faithful to the last number, and against a server that speaks Groq's format."""

import pytest

from app.insights import Insight
from model.segments import Segment, decide_segment
from scripts.evaluate_insights import CURRENCIES, main, stray_numbers, trial_customers
from tests.app.insights.customers import CATALOGUE, THRESHOLDS, prediction
from tests.groq_server import fake_groq
from tests.support import small_model


@pytest.fixture(autouse=True)
def no_settings_but_these(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name in ("GROQ_API_KEY", "GROQ_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MODEL_DIR", str(small_model(tmp_path / "model")))


def test_the_trial_customers_cover_segments_and_currencies():
    customers = trial_customers(THRESHOLDS)

    assert len(customers) >= 60
    assert len({customer.name for customer in customers}) == len(customers)
    assert {customer.currency for customer in customers} == set(CURRENCIES)
    segments = {decide_segment(each.features, each.features[0] / 10, THRESHOLDS).segment for each in customers}
    assert segments == set(Segment)


def test_a_number_that_is_not_the_customers_own_is_found():
    text = "7 orders worth £345.70, 4 days ago; an 83% chance in the next 30 days, 99 more orders and £345.71 to come."
    insight = Insight(Segment.HABITUAL_BUYER, text, "Call within 24 hours.", "reorder_reminder", "groq", None)

    assert stray_numbers(insight, prediction(), "GBP", CATALOGUE) == ["99", "345.71", "24"]


def test_rules_are_wholly_faithful(capsys):
    assert main(["--provider", "rules"]) == 0

    assert "faithful as served        100.0%" in capsys.readouterr().out


def test_a_provider_is_measured(capsys, monkeypatch):
    with fake_groq("good") as groq:
        monkeypatch.setenv("GROQ_API_KEY", "gsk_x")
        monkeypatch.setenv("GROQ_BASE_URL", groq.url)
        monkeypatch.setenv("GROQ_CALLS_PER_MINUTE", "1000")
        assert main(["--calls-per-minute", "1000000"]) == 0
        calls = groq.calls

    printed = capsys.readouterr().out
    assert "accepted                  100.0%" in printed
    assert f"tokens in / out           {700 * calls} / {100 * calls}" in printed


def test_groq_without_a_key_is_an_error(capsys):
    assert main(["--provider", "groq"]) == 2
    assert "GROQ_API_KEY is not set" in capsys.readouterr().err
