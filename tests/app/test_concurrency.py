"""Under load, at the end, and after the first answer: bounded, orderly, and without what nobody asked for."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.types import ASGIApp

from scripts.cases import EXAMPLES
from tests.app.in_process import Caller, in_service
from tests.support import ROOT, begun_post, free_port

ONE, MANY = "/predict_customer_value", "/predict_customer_values"
CUSTOMERS = list(EXAMPLES.values())


async def body_that_comes(when: asyncio.Event) -> AsyncIterator[bytes]:
    await when.wait()
    yield json.dumps(CUSTOMERS[0]).encode()


def begun(client: httpx.AsyncClient, path: str, when: asyncio.Event) -> "asyncio.Task[httpx.Response]":
    """A request whose body comes later."""
    return asyncio.create_task(client.post(path, content=body_that_comes(when)))


def test_beyond_the_bound_the_answer_is_503_at_once(model_dir):
    """A queue that grows makes everybody wait, and ends in no memory."""

    async def scenario(_, client: httpx.AsyncClient) -> None:
        body_comes = asyncio.Event()
        under_way = [begun(client, ONE, body_comes) for _ in range(3)]
        await asyncio.sleep(0.01)

        started_at = time.perf_counter()
        answer = await client.post(ONE, json=CUSTOMERS[0])

        assert time.perf_counter() - started_at < 0.1
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "1"
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"] == "Too much is under way; ask again in a second."
        assert f'method="POST",route="{ONE}",status="503"' in (await client.get("/metrics")).text
        assert (await client.get("/health")).status_code == 200
        assert (await client.get("/ready")).status_code == 200
        body_comes.set()
        assert [answer.status_code for answer in await asyncio.gather(*under_way)] == [200, 200, 200]
        assert (await client.post(ONE, json=CUSTOMERS[0])).status_code == 200

    in_service(scenario, model_dir, max_concurrent_requests=3)


@pytest.mark.parametrize(
    ("path", "bound"), [(MANY, "max_concurrent_batches"), ("/predict_from_orders", "max_concurrent_orders")]
)
def test_what_takes_much_has_a_bound_of_its_own(path, bound):
    """And leaves room for others."""

    async def scenario(_, client: httpx.AsyncClient) -> None:
        under_way = begun(client, path, asyncio.Event())
        await asyncio.sleep(0.01)

        answer = await client.post(path, json=CUSTOMERS)

        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert (await client.post(ONE, json=CUSTOMERS[0])).status_code == 200
        under_way.cancel()
        await asyncio.gather(under_way, return_exceptions=True)
        assert (await client.post(path, content=b"")).status_code != answer.status_code
        assert (await client.post(MANY, json=CUSTOMERS)).status_code == 200

    in_service(scenario, ROOT / "model", **{bound: 1})


def test_others_are_answered_while_a_batch_is_under_way(model_dir):
    """Ten thousand customers take a tenth of a second, and nobody shall wait that long for one."""

    async def scenario(_, client: httpx.AsyncClient) -> None:
        many = [{**CUSTOMERS[0], "customer_id": str(number)} for number in range(10_000)]
        batch = asyncio.create_task(client.post(MANY, json=many))
        answered = 0
        while not batch.done():
            assert (await client.post(ONE, json=CUSTOMERS[0])).status_code == 200
            answered += 1
            await asyncio.sleep(0)

        assert (await batch).status_code == 200
        assert answered >= 10

    in_service(scenario, model_dir)


def test_a_caller_who_hangs_up_leaves_nothing_behind(model_dir):
    async def scenario(app: ASGIApp, client: httpx.AsyncClient) -> None:
        for _ in range(3):
            caller = Caller(ONE, hangs_up=True)
            caller.may_go_on.set()
            await caller.call(app)
            assert caller.sent[0]["status"] == 400

        assert (await client.post(ONE, json=CUSTOMERS[0])).status_code == 200

    in_service(scenario, model_dir, max_concurrent_requests=1)


def test_sigterm_finishes_what_is_under_way(model_dir, tmp_path):
    """A host that replaces a service must lose no answer."""
    port = free_port()
    body = json.dumps([{**CUSTOMERS[0], "customer_id": str(number)} for number in range(2000)]).encode()
    command = [sys.executable, "-m", "uvicorn", "app:app", "--app-dir", str(ROOT), "--port", str(port)]
    env = {"PATH": os.environ["PATH"], "MODEL_DIR": str(model_dir)}
    process = subprocess.Popen(command, env=env, cwd=tmp_path, stderr=subprocess.DEVNULL)
    try:
        _wait_until_ready(port)
        with begun_post(f"http://127.0.0.1:{port}", MANY, len(body)) as connection:
            connection.sendall(body[: len(body) // 2])
            time.sleep(0.2)
            process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            with pytest.raises(httpx.TransportError):
                httpx.get(f"http://127.0.0.1:{port}/health")
            connection.sendall(body[len(body) // 2 :])
            answer = b"".join(iter(lambda: connection.recv(1 << 16), b""))
        assert answer.startswith(b"HTTP/1.1 200")
        assert b'"customer_id":"1999"' in answer
        assert process.wait(20) in {0, -signal.SIGTERM}
    finally:
        process.kill()
        process.wait()


def _wait_until_ready(port: int) -> None:
    for _ in range(200):
        try:
            httpx.get(f"http://127.0.0.1:{port}/ready")
            return
        except httpx.TransportError:
            time.sleep(0.05)


FIRST_ANSWER = """
import asyncio, json, sys
from app import app

async def main():
    async with app.router.lifespan_context(app) as state:
        for path, body in (("/predict_customer_value", CUSTOMER), ("/predict_customer_values", [CUSTOMER])):
            pieces = [{"type": "http.request", "body": json.dumps(body).encode()}]

            async def receive():
                return pieces.pop() if pieces else await asyncio.Event().wait()

            async def send(message):
                if message["type"] == "http.response.start":
                    print(message["status"])

            headers = [(b"content-type", b"application/json"), (b"transfer-encoding", b"chunked")]
            scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": headers}
            await app({**scope, "state": state}, receive, send)

asyncio.run(main())
print(sorted(set(HEAVY) & set(sys.modules)))
"""
HEAVY = ("sklearn", "scipy", "pandas", "joblib", "duckdb", "httpx", "redis")


def test_a_first_prediction_imports_nothing_that_it_does_not_need(tmp_path):
    """On a tenth of a core scikit-learn alone takes half a minute to import."""
    code = FIRST_ANSWER.replace("CUSTOMER", repr(CUSTOMERS[0])).replace("HEAVY", repr(HEAVY))
    env = {"PYTHONPATH": str(ROOT), "MODEL_DIR": str(ROOT / "model")}

    finished = subprocess.run(
        [sys.executable, "-c", code], env=env, cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert finished.stdout.splitlines() == ["200", "200", "[]"], finished.stderr
