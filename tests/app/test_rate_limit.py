"""Nobody asks more often than the limit allows: by key, else by address, alone or together with other processes."""

import asyncio
from unittest.mock import patch

import pytest
from starlette.testclient import TestClient

from app.errors import Problem
from app.main import create_app
from app.rate_limit import RateLimit
from app.settings import Settings
from scripts.cases import EXAMPLES
from tests.app.insights.clock import Clock
from tests.app.insights.redis_server import address, redis_server
from tests.app.test_security import hashed
from tests.support import free_port

URL = "/predict_customer_value"
CUSTOMER = EXAMPLES["at_risk"]


@pytest.fixture(autouse=True)
def clock():
    """The time that the limits library sees as well."""
    clock = Clock()
    with patch("time.time", clock):
        yield clock


def asked(client, times=1, **headers):
    """The statuses of so many requests."""
    return [client.post(URL, json=CUSTOMER, headers=headers).status_code for _ in range(times)]


def test_one_more_is_refused_until_the_minute_is_over(start, clock):
    client = start(rate_limit_per_minute=3)
    assert asked(client, 3) == [200] * 3
    clock.sleep(20.5)

    refused = client.post(URL, json=CUSTOMER)

    assert refused.status_code == 429
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["retry-after"] == "40"
    assert refused.json()["detail"].endswith("ask again in 40 seconds.")
    clock.sleep(int(refused.headers["retry-after"]))
    assert asked(client) == [200]


def test_every_key_has_a_limit_of_its_own(start):
    client = start(rate_limit_per_minute=2, api_keys=f"{hashed('one', 'first')},{hashed('other', 'second')}")

    assert asked(client, 3, **{"X-API-Key": "first"}) == [200, 200, 429]
    assert asked(client, 3, **{"X-API-Key": "second"}) == [200, 200, 429]


def test_two_keys_of_one_name_share_a_limit(start):
    client = start(rate_limit_per_minute=2, api_keys=f"{hashed('shop', 'first')},{hashed('shop', 'second')}")

    assert asked(client, 2, **{"X-API-Key": "first"}) == [200, 200]
    assert asked(client, 1, **{"X-API-Key": "second"}) == [429]


def test_who_tries_keys_is_stopped_and_the_others_are_not(start):
    client = start(rate_limit_per_minute=2, api_keys=hashed("shop", "first"))

    assert asked(client, 3, **{"X-API-Key": "guess"}) == [401, 401, 429]
    assert asked(client, 2, **{"X-API-Key": "first"}) == [200, 200]


def test_whether_it_is_up_can_be_asked_without_end(start):
    client = start(rate_limit_per_minute=1)
    asked(client)

    for path in ("/health", "/ready", "/metrics", "/"):
        assert [client.get(path).status_code for _ in range(3)] == [200] * 3
    assert client.get("/usage").status_code == 429


def from_address(model_dir, peer, **settings):
    """A client of a started service whose requests come from an address."""
    chosen = Settings(_env_file=None, model_dir=model_dir, groq_api_key=None, rate_limit_per_minute=1, **settings)
    return TestClient(create_app(chosen), client=(peer, 50000))


def test_what_anybody_writes_into_x_forwarded_for_is_not_believed(model_dir):
    with from_address(model_dir, "203.0.113.9") as client:
        assert asked(client, **{"X-Forwarded-For": "198.51.100.1"}) == [200]
        assert asked(client, **{"X-Forwarded-For": "198.51.100.2"}) == [429]


def test_a_trusted_proxy_tells_who_asks(model_dir):
    """The last address that no trusted proxy has is the caller's; those before it are the caller's own words."""
    with from_address(model_dir, "10.1.2.3", trusted_proxies="10.0.0.0/8, 192.0.2.7") as client:
        assert asked(client, **{"X-Forwarded-For": "198.51.100.1"}) == [200]
        assert asked(client, **{"X-Forwarded-For": "198.51.100.2, 192.0.2.7"}) == [200]
        assert asked(client, **{"X-Forwarded-For": "203.0.113.5, 198.51.100.1"}) == [429]
        assert asked(client, **{"X-Forwarded-For": "a:b:c]" * 200}) == [200]


def test_addresses_of_one_ipv6_network_are_one_caller(model_dir):
    """Every household has 2^64 of them."""
    with from_address(model_dir, "10.1.2.3", trusted_proxies="10.1.2.3") as client:
        assert asked(client, **{"X-Forwarded-For": "2001:db8:1:2::1"}) == [200]
        assert asked(client, **{"X-Forwarded-For": "2001:db8:1:2:ffff::9"}) == [429]
        assert asked(client, **{"X-Forwarded-For": "2001:db8:1:3::1"}) == [200]
        assert asked(client, **{"X-Forwarded-For": "::ffff:198.51.100.1"}) == [200]
        assert asked(client, **{"X-Forwarded-For": "::ffff:198.51.100.2"}) == [200]
        assert asked(client, **{"X-Forwarded-For": "198.51.100.1"}) == [429]


def limited(url=None, per_minute=2):
    return RateLimit(Settings(_env_file=None, rate_limit_per_minute=per_minute, redis_url=url))


async def taken(limit, times=1, caller="key shop"):
    """How many of so many requests are let through."""
    refusals = []
    for _ in range(times):
        try:
            await limit.take(caller)
        except Problem as refusal:
            refusals.append(refusal)
    assert all(each.status_code == 429 and 1 <= int(each.headers["Retry-After"]) <= 60 for each in refusals)
    return times - len(refusals)


def test_processes_that_share_a_redis_share_the_limit():
    async def story(url):
        one, other = limited(url), limited(url)
        counts = [await taken(one, 1), await taken(other, 2), await taken(one, 1), await taken(other, 1, "key other")]
        await one.aclose()
        await other.aclose()
        return counts

    with redis_server(free_port()) as url:
        assert asyncio.run(story(url)) == [1, 1, 0, 1]


def test_processes_tell_redis_in_portions():
    """Each may let through one portion beyond the limit, and then knows that it is used up."""

    async def story(url):
        one, other = limited(url, per_minute=300), limited(url, per_minute=300)
        counts = [await taken(one, 200), await taken(other, 200), await taken(other, 50), await taken(one, 50)]
        await one.aclose()
        await other.aclose()
        return counts

    with redis_server(free_port()) as url:
        counts = asyncio.run(story(url))

    assert (counts[0], counts[2]) == (200, 0)
    assert 300 <= sum(counts) <= 300 + 2 * 3


def test_without_its_redis_a_process_has_its_own_limit():
    async def story():
        limit = limited(address(free_port()))
        count = await taken(limit, 5)
        await limit.aclose()
        return count

    assert asyncio.run(story()) == 2
