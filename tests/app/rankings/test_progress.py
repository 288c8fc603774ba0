"""Progress of a ranking as events, and what becomes of one that nobody waits for."""

import asyncio
import time
from threading import Event

import httpx
import pytest

from app.rankings.progress import HungUp, Progress, events
from app.web.router import STATIC
from tests.support import running_service

EVENTS = {"Accept": "text/event-stream"}
SAMPLE = STATIC / "sample_orders.csv"


def test_work_that_nobody_waits_for_ends_at_its_next_step():
    ended = Event()

    def work(progress: Progress):
        try:
            while True:
                progress("fitting", 0.5)
                time.sleep(0.001)
        except HungUp:
            ended.set()
            raise

    async def hang_up_after_the_first_event() -> bytes:
        told = events(work)
        first = await anext(told)
        await told.aclose()
        return first

    first = asyncio.run(hang_up_after_the_first_event())

    assert first.startswith(b"event: progress")
    assert ended.wait(5)


def test_an_error_is_told_as_a_problem():
    def work(_: Progress):
        raise RuntimeError("with a customer's numbers in it")

    async def all_of_it() -> bytes:
        return b"".join([event async for event in events(work)])

    told = asyncio.run(all_of_it()).decode()

    assert told.startswith("event: problem")
    assert '"status":500' in told
    assert "customer's numbers" not in told


def test_who_hangs_up_frees_the_place_at_once():
    """There is one place for shops, and a fit takes seconds."""
    with running_service({"MAX_CONCURRENT_RANKINGS": "1"}) as base_url:
        url = f"{base_url}/rank_customers"
        file = {"file": SAMPLE.open("rb")}
        with httpx.stream("POST", url, files=file, headers=EVENTS, timeout=60) as answer:
            assert next(answer.iter_lines()) == "event: progress"
        statuses = []
        for _ in range(20):
            statuses.append(httpx.post(url, files={"file": ("orders.csv", b"a,b\n1,2\n")}, timeout=60).status_code)
            if statuses[-1] != 503:
                break
            time.sleep(0.1)

    if statuses[-1] != 422:
        pytest.fail(f"the place was not free within two seconds: {statuses}")
