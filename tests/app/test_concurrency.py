"""Under load, at the end, and after the first answer: bounded, orderly, and without what nobody asked for."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from app.main import create_app
from app.predictions.schemas import EXAMPLES
from app.settings import Settings
from tests.support import ROOT, begun_post, free_port

ONE, MANY = "/predict_customer_value", "/predict_customer_values"
CUSTOMERS = list(EXAMPLES.values())
JSON = {"Content-Type": "application/json"}


async def call(app, path: str, body: asyncio.Event | bytes, method: str = "POST") -> tuple[int, dict[str, str], bytes]:
    """One request to an ASGI app; a body that is an event comes when it is set."""
    sent: list[dict] = []

    async def receive() -> dict:
        if isinstance(body, asyncio.Event):
            await body.wait()
            return {"type": "http.request", "body": json.dumps(CUSTOMERS[0]).encode()}
        return {"type": "http.request", "body": body}

    async def send(message: dict) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json")]
    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": headers}
    await app(scope, receive, send)
    named = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], named, b"".join(message.get("body", b"") for message in sent[1:])


def in_service(scenario, model_dir: Path, **settings) -> None:
    """Run a scenario with a started app in one event loop."""

    async def run() -> None:
        app = create_app(Settings(_env_file=None, **{"model_dir": model_dir, "groq_api_key": None, **settings}))
        incoming: asyncio.Queue[dict] = asyncio.Queue()
        outgoing: asyncio.Queue[dict] = asyncio.Queue()
        life = asyncio.create_task(app({"type": "lifespan"}, incoming.get, outgoing.put))
        await incoming.put({"type": "lifespan.startup"})
        assert (await outgoing.get())["type"] == "lifespan.startup.complete"
        await scenario(app)
        await incoming.put({"type": "lifespan.shutdown"})
        await life

    asyncio.run(run())


def test_beyond_the_bound_the_answer_is_503_at_once(model_dir):
    """A queue that grows makes everybody wait, and ends in no memory."""

    async def scenario(app) -> None:
        body_comes = asyncio.Event()
        under_way = [asyncio.create_task(call(app, ONE, body_comes)) for _ in range(3)]
        await asyncio.sleep(0.01)

        started = time.perf_counter()
        status, headers, body = await call(app, ONE, json.dumps(CUSTOMERS[0]).encode())

        assert time.perf_counter() - started < 0.1
        assert status == 503
        assert headers["retry-after"] == "1"
        assert headers["content-type"] == "application/problem+json"
        assert json.loads(body)["detail"] == "Too much is under way; ask again in a second."
        assert (await call(app, "/health", b"", "GET"))[0] == 200
        assert (await call(app, "/ready", b"", "GET"))[0] == 200
        body_comes.set()
        assert [answer[0] for answer in await asyncio.gather(*under_way)] == [200, 200, 200]
        assert (await call(app, ONE, json.dumps(CUSTOMERS[0]).encode()))[0] == 200

    in_service(scenario, model_dir, max_concurrent_requests=3)


def test_batches_have_a_bound_of_their_own(model_dir):
    async def scenario(app) -> None:
        never = asyncio.Event()
        under_way = asyncio.create_task(call(app, MANY, never))
        await asyncio.sleep(0.01)

        status, headers, _ = await call(app, MANY, json.dumps(CUSTOMERS).encode())

        assert (status, headers["retry-after"]) == (503, "1")
        assert (await call(app, ONE, json.dumps(CUSTOMERS[0]).encode()))[0] == 200
        under_way.cancel()
        await asyncio.gather(under_way, return_exceptions=True)
        assert (await call(app, MANY, json.dumps(CUSTOMERS).encode()))[0] == 200

    in_service(scenario, model_dir, max_concurrent_batches=1)


def test_others_are_answered_while_a_batch_is_under_way(model_dir):
    """Ten thousand customers take a tenth of a second, and nobody shall wait that long for one."""

    async def scenario(app) -> None:
        body = json.dumps([{**CUSTOMERS[0], "customer_id": str(number)} for number in range(10_000)]).encode()
        batch = asyncio.create_task(call(app, MANY, body))
        answered = 0
        while not batch.done():
            assert (await call(app, ONE, json.dumps(CUSTOMERS[0]).encode()))[0] == 200
            answered += 1
            await asyncio.sleep(0)

        assert (await batch)[0] == 200
        assert answered >= 10

    in_service(scenario, model_dir)


def test_a_caller_who_hangs_up_leaves_nothing_behind(model_dir):
    async def scenario(app) -> None:
        sent = []

        async def receive() -> dict:
            return {"type": "http.disconnect"}

        async def send(message: dict) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": "POST",
            "path": ONE,
            "query_string": b"",
            "headers": [(b"content-type", b"application/json")],
        }
        for _ in range(3):
            await app(scope, receive, send)

        assert sent == []
        assert (await call(app, ONE, json.dumps(CUSTOMERS[0]).encode()))[0] == 200

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
    async def receive(messages):
        return messages.pop(0)
    incoming, outgoing = asyncio.Queue(), asyncio.Queue()
    asyncio.create_task(app({"type": "lifespan"}, incoming.get, outgoing.put))
    await incoming.put({"type": "lifespan.startup"})
    await outgoing.get()
    for path, body in (("/predict_customer_value", CUSTOMER), ("/predict_customer_values", [CUSTOMER])):
        async def receive():
            return {"type": "http.request", "body": json.dumps(body).encode()}
        await app({"type": "http", "method": "POST", "path": path, "query_string": b"",
                   "headers": [(b"content-type", b"application/json")]}, receive, outgoing.put)
        print((await outgoing.get())["status"])
        while (await outgoing.get()).get("more_body"):
            pass

asyncio.run(main())
print(sorted(set(HEAVY) & set(sys.modules)))
"""
HEAVY = ("sklearn", "scipy", "pandas", "joblib", "duckdb", "groq", "httpx", "redis", "fastapi", "prometheus_client")


def test_a_first_prediction_imports_nothing_that_it_does_not_need(tmp_path):
    """On a tenth of a core scikit-learn alone takes half a minute to import."""
    code = FIRST_ANSWER.replace("CUSTOMER", repr(CUSTOMERS[0])).replace("HEAVY", repr(HEAVY))
    env = {"PYTHONPATH": str(ROOT), "MODEL_DIR": str(ROOT / "model")}

    finished = subprocess.run(
        [sys.executable, "-c", code], env=env, cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert finished.stdout.splitlines() == ["200", "200", "[]"], finished.stderr


AFTER_THE_START = """
import asyncio, sys
from app import app

async def main():
    incoming, outgoing = asyncio.Queue(), asyncio.Queue()
    asyncio.create_task(app({"type": "lifespan"}, incoming.get, outgoing.put))
    await incoming.put({"type": "lifespan.startup"})
    print((await outgoing.get())["type"], "groq" in sys.modules)
    while "groq" not in sys.modules:
        await asyncio.sleep(0.05)

asyncio.run(main())
"""


def test_groq_is_loaded_in_the_background_where_there_is_a_key(tmp_path):
    env = {"PYTHONPATH": str(ROOT), "MODEL_DIR": str(ROOT / "model"), "GROQ_API_KEY": "key"}

    finished = subprocess.run(
        [sys.executable, "-c", AFTER_THE_START],
        env=env,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert finished.stdout.strip() == "lifespan.startup.complete False", finished.stderr
