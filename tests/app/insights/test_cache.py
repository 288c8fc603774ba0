"""Drafts are kept as long and as many as allowed, and Redis may come and go."""

import asyncio
import logging
import time

import pytest

from app.insights.cache import REDIS_PREFIX, REDIS_REST_SECONDS, MemoryCache, RedisCache
from tests.app.insights.clock import Clock
from tests.app.insights.redis_server import PASSWORD, address, redis_server
from tests.app.insights.situations import draft
from tests.support import free_port

ONE, TWO, THREE = (draft(insight=f"Text of pattern {name}.") for name in "abc")


@pytest.fixture
def clock():
    return Clock()


def memory(clock, *, max_drafts=2, ttl_seconds=60):
    return MemoryCache(max_drafts=max_drafts, ttl_seconds=ttl_seconds, clock=clock)


async def put(cache, **drafts):
    for key, kept in drafts.items():
        await cache.put(key, kept)


async def keys(cache, names="abc"):
    return [name for name in names if await cache.get(name) is not None]


async def _least_recently_used_goes_first(clock):
    cache = memory(clock)
    await put(cache, a=ONE, b=TWO)
    assert await cache.get("a") == ONE
    await put(cache, c=THREE)
    return await keys(cache)


def test_the_least_recently_used_draft_goes_first(clock):
    assert asyncio.run(_least_recently_used_goes_first(clock)) == ["a", "c"]


def test_a_draft_expires(clock):
    cache = memory(clock)
    asyncio.run(put(cache, a=ONE))
    clock.sleep(59)
    assert asyncio.run(keys(cache)) == ["a"]
    clock.sleep(1)
    assert asyncio.run(keys(cache)) == []
    assert len(cache) == 0


@pytest.mark.parametrize("limits", [{"max_drafts": 0}, {"ttl_seconds": 0}])
def test_a_cache_of_nothing_keeps_nothing(limits, clock):
    cache = memory(clock, **limits)
    asyncio.run(put(cache, a=ONE))
    assert len(cache) == 0


@pytest.fixture
def port():
    return free_port()


def shared(port, clock):
    return RedisCache(address(port), memory(clock), ttl_seconds=60, clock=clock)


def test_processes_share_drafts(port, clock):
    async def story():
        one, other = shared(port, clock), shared(port, clock)
        await put(one, a=ONE)
        found = await other.get("a")
        await one.aclose()
        await other.aclose()
        return found

    with redis_server(port):
        assert asyncio.run(story()) == ONE


def test_a_lost_redis_is_survived_and_found_again(port, clock, caplog):
    """Memory goes on alone, nobody waits for long, and the address is not told."""

    async def story():
        cache = shared(port, clock)
        with redis_server(port):
            await put(cache, a=ONE)
        started = time.perf_counter()
        await put(cache, b=TWO)
        for _ in range(100):
            assert await keys(cache) == ["a", "b"]
        assert time.perf_counter() - started < 1
        assert cache.is_resting
        with redis_server(port):
            clock.sleep(REDIS_REST_SECONDS)
            await put(cache, a=ONE)
            other = shared(port, clock)
            assert await other.get("a") == ONE
            await other.aclose()
        await cache.aclose()

    with caplog.at_level(logging.DEBUG):
        asyncio.run(story())

    assert "insight.redis_lost" in caplog.text
    assert PASSWORD not in caplog.text


def test_a_redis_that_hangs_is_not_waited_for(clock):
    """A listener that accepts and never answers."""

    async def story():
        server = await asyncio.start_server(lambda *_: asyncio.sleep(60), "127.0.0.1", 0)
        cache = shared(server.sockets[0].getsockname()[1], clock)
        started = time.perf_counter()
        await put(cache, a=ONE)
        assert await keys(cache) == ["a"]
        seconds = time.perf_counter() - started
        await cache.aclose()
        server.close()
        return seconds

    assert asyncio.run(story()) < 1


@pytest.mark.parametrize("poison", ["", "{}", "not json", '{"segment": "Platinum"}', "\ud7ff" * 10])
def test_what_somebody_else_wrote_into_redis_is_not_believed(poison, port, clock):
    async def story():
        cache = shared(port, clock)
        await put(cache, a=ONE)
        await cache.redis.set(REDIS_PREFIX + "b", poison)
        found = await cache.get("b")
        await cache.aclose()
        return found

    with redis_server(port):
        assert asyncio.run(story()) is None
