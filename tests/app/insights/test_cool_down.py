"""A model that fails is left alone, longer each time, and for as long as its server asks."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from app.insights.cool_down import LONGEST_PAUSE_SECONDS, REST_SECONDS, CoolDown, pause_seconds
from tests.app.insights.clock import Clock


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def cool_down(clock):
    return CoolDown(clock)


def fail(cool_down, times):
    for _ in range(times):
        cool_down.begin()
        cool_down.failed()


def test_three_failures_in_a_row_begin_a_rest(cool_down):
    fail(cool_down, 2)
    assert cool_down.is_over
    fail(cool_down, 1)
    assert not cool_down.is_over


def test_a_success_in_between_begins_anew(cool_down):
    fail(cool_down, 2)
    cool_down.succeeded()
    fail(cool_down, 2)
    assert cool_down.is_over


def test_after_a_rest_one_call_at_a_time_finds_out(cool_down, clock):
    fail(cool_down, 3)
    clock.sleep(REST_SECONDS)

    assert cool_down.is_over
    assert cool_down.is_suspect
    cool_down.begin()
    assert not cool_down.is_over
    cool_down.succeeded()
    assert cool_down.is_over
    assert not cool_down.is_suspect


def test_a_suspect_that_fails_again_rests_twice_as_long(cool_down, clock):
    fail(cool_down, 3)
    clock.sleep(REST_SECONDS)
    fail(cool_down, 1)

    clock.sleep(REST_SECONDS)
    assert not cool_down.is_over
    clock.sleep(REST_SECONDS)
    assert cool_down.is_over


def test_a_call_to_a_suspect_that_never_ended_lets_the_next_one_try(cool_down, clock):
    fail(cool_down, 3)
    clock.sleep(REST_SECONDS)
    cool_down.begin()
    clock.sleep(REST_SECONDS)

    assert cool_down.is_over


def test_a_pause_that_the_server_asked_for_raises_no_suspicion(cool_down, clock):
    cool_down.begin()
    cool_down.pause(7)
    assert not cool_down.is_over

    clock.sleep(7)
    assert cool_down.is_over
    assert not cool_down.is_suspect


def test_neither_a_shorter_pause_nor_an_answer_ends_a_longer_one(cool_down, clock):
    cool_down.pause(60)
    cool_down.pause(5)
    cool_down.succeeded()
    clock.sleep(30)

    assert not cool_down.is_over


def pause(*, was_limited=False, **headers):
    return pause_seconds({name.replace("_", "-"): text for name, text in headers.items()}, was_limited=was_limited)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7),
        ("2.5", 2.5),
        (" 0 ", 0),
        ("99999999999", LONGEST_PAUSE_SECONDS),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_PAUSE_SECONDS),
    ],
)
def test_retry_after_is_seconds_or_a_date(value, seconds):
    assert pause(retry_after=value) == seconds


def test_a_date_is_seen_from_now():
    for seconds in (90, -3600):
        moment = datetime.now(UTC) + timedelta(seconds=seconds)
        assert pause(retry_after=format_datetime(moment, usegmt=True)) == pytest.approx(max(seconds, 0), abs=2)


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
