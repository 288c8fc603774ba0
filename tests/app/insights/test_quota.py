"""No more calls than allowed, whatever the minute and the day, and however many processes share them."""

import asyncio
from datetime import date
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.insights.quota import Quota
from app.insights.schemas import Fallback
from app.settings import Settings
from app.shared_redis import REDIS_REST_SECONDS, SharedRedis
from tests.app.insights.clock import Clock
from tests.app.insights.redis_server import address, redis_server
from tests.support import free_port


@pytest.fixture
def clock():
    """The time that the limits library sees as well."""
    clock = Clock()
    with patch("time.time", clock):
        yield clock


def quota(clock, *, calls_per_minute=3, calls_per_day=5, redis=None):
    settings = Settings(_env_file=None, groq_calls_per_minute=calls_per_minute, groq_calls_per_day=calls_per_day)
    return Quota(settings, redis, clock.today)


async def take(calls, times):
    return [await calls.take() for _ in range(times)]


def test_the_minute_is_any_sixty_seconds(clock):
    async def story():
        calls = quota(clock)
        assert await take(calls, 4) == [None, None, None, Fallback.MINUTE_QUOTA]
        clock.sleep(59)
        assert await calls.take() is Fallback.MINUTE_QUOTA
        clock.sleep(2)
        assert await calls.take() is None

    asyncio.run(story())


def test_the_day_is_the_date_in_utc(clock):
    async def story():
        calls = quota(clock, calls_per_minute=100)
        assert calls.calls_left_today == 5
        assert await take(calls, 6) == [None] * 5 + [Fallback.DAY_QUOTA]
        assert calls.calls_left_today == 0

        clock.day = date(2026, 11, 23)
        assert calls.calls_left_today == 5
        assert await calls.take() is None
        assert calls.calls_left_today == 4

    asyncio.run(story())


def test_a_call_that_the_minute_refuses_uses_up_nothing_of_the_day(clock):
    async def story():
        calls = quota(clock)
        await take(calls, 10)
        assert calls.calls_left_today == 2

    asyncio.run(story())


def test_a_quota_of_nothing_allows_nothing(clock):
    assert asyncio.run(quota(clock, calls_per_minute=0).take()) is Fallback.MINUTE_QUOTA
    assert asyncio.run(quota(clock, calls_per_day=0).take()) is Fallback.DAY_QUOTA


@settings(deadline=None, max_examples=30)
@given(st.lists(st.floats(0, 30), max_size=60))
def test_no_sixty_seconds_hold_more_than_the_limit(pauses):
    async def story():
        clock = Clock()
        with patch("time.time", clock):
            calls = quota(clock, calls_per_day=10**6)
            taken = []
            for pause in pauses:
                clock.sleep(pause)
                if await calls.take() is None:
                    taken.append(clock())
        return taken

    taken = asyncio.run(story())
    for moment in taken:
        assert sum(moment <= other < moment + 60 for other in taken) <= 3


def test_processes_with_one_redis_share_a_quota():
    async def story(url):
        one, other = (quota(Clock(), redis=SharedRedis(url)) for _ in range(2))
        return await take(one, 2), await take(other, 2)

    with redis_server(free_port()) as url:
        assert asyncio.run(story(url)) == ([None, None], [None, Fallback.MINUTE_QUOTA])


def test_without_its_redis_a_process_keeps_within_the_limits_of_one():
    async def story(port):
        clock = Clock()
        calls = quota(clock, redis=SharedRedis(address(port), clock))
        with redis_server(port):
            assert await take(calls, 2) == [None, None]
        assert await take(calls, 2) == [None, Fallback.MINUTE_QUOTA]
        with redis_server(port):
            clock.sleep(REDIS_REST_SECONDS)
            assert await calls.take() is Fallback.MINUTE_QUOTA

    asyncio.run(story(free_port()))
