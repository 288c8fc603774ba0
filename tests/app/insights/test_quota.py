"""No more calls than allowed, whatever the minute and the day."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.insights.base import Fallback
from app.insights.budget import CallBudget
from tests.app.insights.clock import Clock


@pytest.fixture
def clock():
    return Clock()


def budget(clock, *, calls_per_minute=3, calls_per_day=5):
    return CallBudget(calls_per_minute=calls_per_minute, calls_per_day=calls_per_day, clock=clock, today=clock.today)


def test_the_minute_is_any_sixty_seconds(clock):
    calls = budget(clock)
    assert [calls.take() for _ in range(4)] == [None, None, None, Fallback.MINUTE_BUDGET]

    clock.sleep(59)
    assert calls.take() is Fallback.MINUTE_BUDGET
    clock.sleep(1)
    assert calls.take() is None


def test_the_day_is_the_date_in_utc(clock):
    calls = budget(clock, calls_per_minute=100)
    assert [calls.take() for _ in range(6)] == [None] * 5 + [Fallback.DAY_BUDGET]
    assert calls.calls_left_today == 0

    clock.day = date(2026, 11, 23)
    assert calls.calls_left_today == 5
    assert calls.take() is None


def test_a_budget_of_nothing_allows_nothing(clock):
    assert budget(clock, calls_per_minute=0).take() is Fallback.MINUTE_BUDGET
    assert budget(clock, calls_per_day=0).take() is Fallback.DAY_BUDGET


@given(st.lists(st.floats(0, 30), max_size=200))
def test_no_sixty_seconds_hold_more_than_the_limit(pauses):
    clock = Clock()
    calls = budget(clock, calls_per_day=10**6)
    taken = []
    for pause in pauses:
        clock.sleep(pause)
        if calls.take() is None:
            taken.append(clock())

    for moment in taken:
        assert sum(moment <= other < moment + 60 for other in taken) <= 3
