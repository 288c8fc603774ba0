"""``python -m benchmarks.request``: what the parts of one prediction cost, each by what is saved without it.

Applications are asked in one process, without a server, in turn and again and again; the least processor time counts,
which a busy neighbour hardly moves. FastAPI alone is measured with its constant answer, and as its documentation
builds a service of several resources: an included router, two dependencies, an option of the address.
"""

import argparse
import asyncio
import json
import os
import sys
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Annotated, Any, NamedTuple
from unittest.mock import patch

from fastapi import APIRouter, Depends, FastAPI, Query, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.concurrency import ConcurrencyLimitMiddleware
from app.insights import InsightMode, InsightService
from app.main import create_app
from app.middleware import BodyLimitMiddleware, RequestLogMiddleware
from app.middleware import log as request_log
from app.predictions.schemas import PredictionRequest
from app.predictions.service import PredictionService
from app.settings import Settings
from benchmarks.servers import framework
from benchmarks.serving import CUSTOMER
from model import Predictor

PATH, BODY = "/predict_customer_value", json.dumps(CUSTOMER).encode()
HEADERS = [(b"host", b"localhost"), (b"content-type", b"application/json"), (b"content-length", b"%d" % len(BODY))]
MIDDLEWARE = RequestLogMiddleware, ConcurrencyLimitMiddleware, BodyLimitMiddleware


class Case(NamedTuple):
    """An application, the state of its lifespan, and patches that take parts of it away."""

    application: ASGIApp
    state: dict[str, Any]  # Any: see ``app.dependencies``
    without: Iterable[AbstractContextManager[Any]] = ()


def documented() -> FastAPI:
    """A constant answer of a service as FastAPI's documentation builds one."""

    async def method(request: Request) -> str:
        return request.method

    async def path(request: Request) -> str:
        return request.url.path

    router = APIRouter(dependencies=[Depends(path)])

    @router.post(PATH)
    async def predict(
        customer: framework.Request,
        asked: Annotated[str, Depends(method)],  # noqa: ARG001 - they cost what they cost
        insight: Annotated[InsightMode, Query()],  # noqa: ARG001
    ) -> framework.Answer:
        return await framework.predict(customer)

    application = FastAPI()
    application.include_router(router)
    return application


async def passed_on(self: Any, scope: Scope, receive: Receive, send: Send) -> None:
    """A middleware that does nothing."""
    await self._app(scope, receive, send)


async def asked(case: Case, times: int) -> float:
    """Processor time of one request (us)."""
    statuses = set()

    async def receive() -> Message:
        return {"type": "http.request", "body": BODY, "more_body": False}

    async def send(message: Message) -> None:
        statuses.add(message.get("status", 200))

    started = time.process_time()
    for _ in range(times):
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
            "path": PATH, "raw_path": PATH.encode(), "query_string": b"insight=rules", "root_path": "",
            "headers": [*HEADERS], "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8000), "state": {**case.state},
        }  # fmt: skip
        await case.application(scope, receive, send)
    taken = time.process_time() - started
    if statuses != {200}:
        raise SystemExit(f"answered with {statuses}")
    return taken / times * 1e6


async def cases_of(ours: FastAPI, state: dict[str, Any]) -> dict[str, Case]:  # Any: see ``Case``
    """What is compared; where a part is taken away, its result of one customer stands in its place."""
    predictor, service = state["model_sets"].serving.models.predictor, state["model_sets"].serving.predictions
    customer = PredictionRequest.model_validate(CUSTOMER)
    prediction = predictor.predict(customer.features_in_order())
    insight = await state["insights"].write(prediction, mode=InsightMode.RULES)
    answer = await service.predict(customer, InsightMode.RULES)

    async def worded(*_: object, **__: object) -> object:
        return insight

    async def answered(*_: object) -> object:
        return answer

    parts: dict[str, list[AbstractContextManager[Any]]] = {
        "predictor": [patch.object(Predictor, "predict", lambda *_: prediction)],
        "words": [patch.object(InsightService, "write", worded)],
        "predictor, words and fields": [patch.object(PredictionService, "predict", answered)],
        "log line": [patch.object(request_log, "log", lambda *_, **__: None)],
        "log line and counters": [patch.object(RequestLogMiddleware, "_record", lambda *_: None)],
        "the three middlewares": [patch.object(each, "__call__", passed_on) for each in MIDDLEWARE],
    }
    return {
        "FastAPI, constant answer": Case(framework.app, {}),
        "FastAPI, router, dependencies, option": Case(documented(), {}),
        "ours": Case(ours, state),
        **{f"  without {part}": Case(ours, state, without) for part, without in parts.items()},
    }


async def measure(rounds: int, times: int) -> dict[str, float]:
    """The least time of each case (us)."""
    ours = create_app(Settings(_env_file=None))
    least: dict[str, float] = {}
    async with ours.router.lifespan_context(ours) as state:
        cases = await cases_of(ours, dict(state or {}))
        for _ in range(rounds):
            for name, case in cases.items():
                with ExitStack() as stack:
                    for part in case.without:
                        stack.enter_context(part)
                    await asked(case, times // 10)
                    least[name] = min(least.get(name, float("inf")), await asked(case, times))
    return least


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.request", description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--times", type=int, default=1000, help="requests of each case in a round (%(default)s)")
    chosen = parser.parse_args(arguments)
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, patch.object(sys, "stderr", nowhere):
        least = asyncio.run(measure(chosen.rounds, chosen.times))
    print(f"{'':<40}{'CPU us':>8}{'saved':>8}{'of FastAPI':>12}")
    for name, taken in least.items():
        saved = f"{least['ours'] - taken:.0f}" if name.startswith(" ") else ""
        print(f"{name:<40}{taken:>8.0f}{saved:>8}{taken / least['FastAPI, constant answer']:>12.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
