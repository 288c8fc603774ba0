"""What headers say about how long to wait."""

from datetime import UTC, datetime

import pytest

from app.insights.limits import LONGEST_PAUSE_SECONDS, pause_seconds

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


def pause(*, was_limited=False, **headers):
    return pause_seconds({name.replace("_", "-"): text for name, text in headers.items()}, NOW, was_limited=was_limited)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7),
        ("2.5", 2.5),
        (" 0 ", 0),
        ("Sun, 22 Nov 2026 12:01:30 GMT", 90),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 0),
        ("99999999999", LONGEST_PAUSE_SECONDS),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_PAUSE_SECONDS),
    ],
)
def test_retry_after_is_seconds_or_a_date(value, seconds):
    assert pause(retry_after=value) == seconds


@pytest.mark.parametrize("value", ["", "soon", "-5", "NaN", "inf", "٧", "1e9", "Sun, 99 Nov 2026", "\0"])
def test_an_odd_header_says_nothing(value):
    assert pause(retry_after=value) is None
    assert pause(x_ratelimit_remaining_requests=value, x_ratelimit_reset_requests=value) is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("7.66s", 7.66), ("2m59.56s", 179.56), ("120ms", 0.12), ("1h2m", 3720), ("1d", 86400), ("5", 5)],
)
def test_an_exhausted_limit_is_waited_out(value, seconds):
    headers = {"x_ratelimit_remaining_requests": "0", "x_ratelimit_reset_requests": value}

    assert pause(**headers) == pytest.approx(seconds)


def test_too_few_tokens_for_a_call_are_as_good_as_none():
    assert pause(x_ratelimit_remaining_tokens="90", x_ratelimit_reset_tokens="8s") == 8
    assert pause(x_ratelimit_remaining_tokens="5000", x_ratelimit_reset_tokens="8s") is None


def test_a_refusal_without_retry_after_waits_for_the_next_window():
    headers = {"x_ratelimit_reset_requests": "1h", "x_ratelimit_reset_tokens": "7s"}

    assert pause(was_limited=True, **headers) == 7
    assert pause(**headers) is None


def test_retry_after_outranks_the_windows():
    assert pause(retry_after="3", x_ratelimit_remaining_requests="0", x_ratelimit_reset_requests="1h") == 3
