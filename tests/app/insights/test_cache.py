"""Customers who look alike share a template, one call brings it, and Redis may come and go."""

import asyncio
import logging
import time

import pytest

from app.insights.cache import TEMPLATE, TemplateCache, cache_key
from app.insights.quota import REDIS_PREFIX
from app.insights.schemas import Fallback, Rejection
from app.insights.validation import Validator
from app.settings import Settings
from app.shared_redis import REDIS_REST_SECONDS, SharedRedis
from model.ranking.actions import Catalogue
from model.segments import Segment
from tests.app.insights.clock import Clock
from tests.app.insights.customers import CATALOGUE, situation, template
from tests.app.insights.redis_server import PASSWORD, address, redis_server
from tests.support import free_port

HABITUAL = frozenset({Segment.HABITUAL_BUYER})


def key(*, catalogue=CATALOGUE, models=("a", "b"), forbidden=(), **about):
    settings = Settings(_env_file=None, groq_models=models, insight_forbidden_words=forbidden)
    return cache_key(settings, catalogue, situation(**about))


def test_customers_who_look_alike_share_a_key():
    assert key() == key(total_spend=360.0, avg_spend=51.43, recency_days=5.0, total_units=40.0)


def test_whatever_shapes_a_text_tells_keys_apart():
    keys = [
        key(),
        key(permitted=HABITUAL | {Segment.HIGH_VALUE}),
        key(catalogue=Catalogue(list(CATALOGUE)[1:])),
        key(models=("b", "a")),
        key(forbidden=("cheap",)),
        key(purchase_probability_30d=0.49),  # another action suits
        key(currency="EUR"),
        key(total_spend=5000.0),
        key(num_transactions=1.0),
        key(unique_products=0.0),
        key(recency_days=0.0),
        key(recency_days=50.0),
        key(purchase_probability_30d=0.95),
    ]

    assert len(set(keys)) == len(keys)


class Writer:
    """Language models that write the same for everybody, in their own time, and count."""

    validator, is_resting = Validator(CATALOGUE), False

    def __init__(self, result=None, seconds=0.0):
        self.result, self.seconds, self.calls = result or template(), seconds, 0

    async def write(self, _):
        self.calls += 1
        await asyncio.sleep(self.seconds)
        return self.result

    async def aclose(self):
        pass


def cache(writer, *, size=2, ttl_seconds=60, max_concurrency=4, redis=None):
    settings = Settings(
        _env_file=None,
        insight_cache_size=size,
        insight_cache_ttl_seconds=ttl_seconds,
        groq_max_concurrency=max_concurrency,
    )
    return TemplateCache(settings, CATALOGUE, writer, redis)


def alike(name):
    """A customer of the pattern that this letter stands for here."""
    return situation(recency_days={"a": 0.0, "b": 4.0, "c": 20.0, "d": 50.0, "e": 200.0}[name])


async def find(kept, name, wait_seconds=5.0):
    return await kept.find(alike(name), wait_seconds)


async def found(kept, names):
    """Which of these are found without a call."""
    results = [await find(kept, name) for name in names]
    return [name for name, (_, is_new) in zip(names, results, strict=True) if not is_new]


def told(story, **settings):
    """What a story with a cache comes to."""

    async def closed():
        kept = cache(**settings)
        try:
            return await story(kept)
        finally:
            await kept.aclose()

    return asyncio.run(closed())


def test_the_least_recently_used_template_goes_first():
    async def story(kept):
        return await found(kept, "aba"), await found(kept, "ca")

    assert told(story, writer=Writer()) == (["a"], ["a"])


def test_a_template_expires():
    async def story(kept):
        await found(kept, "a")
        await asyncio.sleep(0.3)
        early = await found(kept, "a")
        await asyncio.sleep(1)
        return early, await found(kept, "a")

    assert told(story, writer=Writer(), ttl_seconds=1) == (["a"], [])


@pytest.mark.parametrize("limits", [{"size": 0}, {"ttl_seconds": 0}])
def test_a_cache_of_nothing_keeps_nothing(limits):
    async def story(kept):
        await found(kept, "a")
        await asyncio.sleep(0.05)
        return await found(kept, "a")

    assert told(story, writer=Writer(), **limits) == []


def test_a_hundred_who_look_alike_make_one_call_and_one_of_them_owns_it():
    writer = Writer(seconds=0.1)

    async def story(kept):
        return await asyncio.gather(*(find(kept, "a") for _ in range(100)))

    results = told(story, writer=writer)

    assert writer.calls == 1
    assert sum(is_new for _, is_new in results) == 1


def test_whoever_does_not_wait_finds_the_template_later():
    async def story(kept):
        first = await find(kept, "a", wait_seconds=0.01)
        await asyncio.sleep(0.2)
        return first, await found(kept, "a")

    assert told(story, writer=Writer(seconds=0.1)) == (Fallback.STILL_WRITING, ["a"])


def test_a_refused_text_is_not_asked_for_again_at_once():
    writer = Writer(Rejection.LINK)

    async def story(kept):
        return [await find(kept, "a") for _ in range(3)]

    assert told(story, writer=writer) == [Rejection.LINK, Fallback.PATTERN_RESTS, Fallback.PATTERN_RESTS]
    assert writer.calls == 1


def test_a_failed_call_is_not_remembered():
    writer = Writer(Fallback.MINUTE_QUOTA)

    async def story(kept):
        return [await find(kept, "a") for _ in range(2)]

    assert told(story, writer=writer) == [Fallback.MINUTE_QUOTA] * 2
    assert writer.calls == 2


def test_more_calls_at_once_than_allowed_are_not_made():
    writer = Writer(seconds=0.2)

    async def story(kept):
        return await asyncio.gather(*(find(kept, name) for name in "abcde"))

    results = told(story, writer=writer, max_concurrency=2, size=10)

    assert writer.calls == 2
    assert results.count(Fallback.BUSY) == 3


def test_where_no_call_is_of_use_what_is_kept_is_found_all_the_same():
    writer = Writer()

    async def story(kept):
        await find(kept, "a")
        writer.is_resting = True
        return [await find(kept, name, wait_seconds=0.0) for name in "ab"]

    assert told(story, writer=writer) == [(template(), False), Fallback.COOLING_DOWN]


def test_closing_ends_calls_under_way():
    async def story(kept):
        asker = asyncio.create_task(find(kept, "a"))
        await asyncio.sleep(0.05)
        await kept.aclose()
        return await asker, await find(kept, "b")

    assert told(story, writer=Writer(seconds=60)) == (Fallback.CLOSING, Fallback.CLOSING)


@pytest.fixture
def port():
    return free_port()


def test_processes_share_templates(port):
    async def story():
        one, other = (cache(Writer(), redis=SharedRedis(address(port))) for _ in range(2))
        await find(one, "a")
        result = await find(other, "a")
        await one.aclose()
        await other.aclose()
        return result

    with redis_server(port):
        result = asyncio.run(story())

    assert result == (template(), False)


def test_a_lost_redis_is_survived_and_found_again(port, caplog):
    """Memory goes on alone, nobody waits for long, and the address is not told."""

    async def story():
        clock = Clock()
        redis = SharedRedis(address(port), clock)
        kept = cache(Writer(), redis=redis)
        with redis_server(port):
            await find(kept, "a")
        started = time.perf_counter()
        await find(kept, "b")
        for _ in range(100):
            assert await found(kept, "ab") == ["a", "b"]
        assert time.perf_counter() - started < 1
        assert redis.is_resting
        with redis_server(port):
            clock.sleep(REDIS_REST_SECONDS)
            await find(kept, "c")
            other = cache(Writer(), redis=SharedRedis(address(port)))
            assert await found(other, "c") == ["c"]
            await other.aclose()
        await kept.aclose()

    with caplog.at_level(logging.DEBUG):
        asyncio.run(story())

    assert "redis.lost" in caplog.text
    assert PASSWORD not in caplog.text


def test_a_redis_that_hangs_is_not_waited_for():
    """A listener that accepts and never answers."""

    async def story():
        server = await asyncio.start_server(lambda *_: asyncio.sleep(60), "127.0.0.1", 0)
        kept = cache(Writer(), redis=SharedRedis(address(server.sockets[0].getsockname()[1])))
        started = time.perf_counter()
        assert await found(kept, "aa") == ["a"]
        seconds = time.perf_counter() - started
        await kept.aclose()
        server.close()
        return seconds

    assert asyncio.run(story()) < 1


LIE = TEMPLATE.dump_json(template(insight="The customer has placed 99 orders with the shop so far."))


@pytest.mark.parametrize("poison", ["", "{}", "not json", '{"segment": "Platinum"}', "\ud7ff" * 10, LIE])
def test_what_somebody_else_wrote_into_redis_is_not_believed(poison, port):
    async def story():
        redis = SharedRedis(address(port))
        await redis.client.set(
            REDIS_PREFIX + key(models=Settings(_env_file=None).groq_models, recency_days=0.0), poison
        )
        kept = cache(Writer(), redis=redis)
        result = await find(kept, "a")
        await kept.aclose()
        return result

    with redis_server(port):
        result = asyncio.run(story())

    assert result == (template(), True)
