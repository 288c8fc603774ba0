"""A model that fails is left alone, longer each time, and for as long as its server asks."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from app.insights.cool_down import LONGEST_PAUSE_SECONDS, REST_SECONDS, CoolDown, retry_after_seconds
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


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        ("2.5", 2.5),
        (" 0 ", 0),
        ("99999999999", LONGEST_PAUSE_SECONDS),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_PAUSE_SECONDS),
    ],
)
def test_retry_after_is_seconds_or_a_date(header, seconds):
    assert retry_after_seconds(header) == seconds


def test_a_date_is_seen_from_now():
    for seconds in (90, -3600):
        moment = datetime.now(UTC) + timedelta(seconds=seconds)
        assert retry_after_seconds(format_datetime(moment, usegmt=True)) == pytest.approx(max(seconds, 0), abs=2)


@pytest.mark.parametrize("header", ["", "soon", "-5", "NaN", "inf", "٧", "1e9", "Sun, 99 Nov 2026", "\0"])
def test_an_odd_header_says_nothing(header):
    assert retry_after_seconds(header) == 0
