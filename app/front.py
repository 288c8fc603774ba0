"""What happens around every request: id, origin, load, answer, problems, log and counters.

The endpoints that shops ask all day are answered here. Everything else goes to FastAPI, which is loaded when
first needed: it takes longer to import than the service takes to start.
"""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import nullcontext
from time import perf_counter
from typing import TYPE_CHECKING

import orjson
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import BodyTooLarge, problem_body, problem_of
from app.exchange import Answer, ClientGone, Endpoint, Exchange
from app.load import QUIET_ROUTES, Load
from app.logs import REQUEST_ID, RequestLines, request_id_from
from app.service import Service, start_service, stop_service
from app.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI

log = logging.getLogger(__name__)

PROBLEM_JSON = b"application/problem+json"
# Who is answered before the whole body has come, as without a key, has so long to send the rest: before the answer,
# lest the connection be closed for nothing, and after it, lest a caller who is still sending sees a broken one.
MOMENT_SECONDS, REST_SECONDS = 0.05, 5


class Front:
    """The ASGI application.

    Parameters
    ----------
    endpoints : mapping of (method, path) to endpoint
        What is answered without a framework.
    settings : Settings, optional
        Read from the environment, at the start, where left out.
    """

    def __init__(self, endpoints: Mapping[tuple[str, str], Endpoint], settings: Settings | None = None) -> None:
        self._endpoints, self._settings = endpoints, settings
        self._service: Service | None = None
        self._cors: ASGIApp | None = None
        self._framework: asyncio.Task[FastAPI] | None = None
        self._load: Load | None = None
        self._lines = RequestLines()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Start, answer one request, or stop."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif self._cors is not None and scope["type"] == "http":
            await self._cors(scope, receive, send)
        else:
            await self._answer(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        """Start the service, and stop it when the server says so."""
        await receive()
        try:
            self._service = start_service(self._settings)
        except Exception:
            await send({"type": "lifespan.startup.failed", "message": ""})
            raise
        self._load = Load(self._service.settings)
        self._cors = _cors(self._answer, self._service.settings.cors_origins)
        await send({"type": "lifespan.startup.complete"})
        self._service.insights.load()
        await receive()
        await stop_service(self._service)
        await send({"type": "lifespan.shutdown.complete"})

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, in a context that knows its id."""
        if scope["type"] != "http":
            await (await self._loaded_framework())(scope, receive, send)
            return
        exchange = Exchange(scope, receive, self._service)
        watched = _Watched(exchange, send, request_id_from(exchange.header(b"x-request-id")))
        context = REQUEST_ID.set(watched.request_id)
        started = perf_counter()
        try:
            await self._answer_or_explain(exchange, scope, watched)
        finally:
            self._record(scope, watched.status, perf_counter() - started)
            REQUEST_ID.reset(context)

    async def _answer_or_explain(self, exchange: Exchange, scope: Scope, send: "_Watched") -> None:
        try:
            with self._load.one_more(scope["path"]) if self._load is not None else nullcontext():
                endpoint = self._endpoints.get((scope["method"], scope["path"]))
                if endpoint is None:
                    await self._pass_on(scope, exchange.receive, send)
                else:
                    await send.answer(await endpoint(exchange))
        except ClientGone:
            log.info("client.gone")
        except Exception as error:  # whatever it is, the caller gets an answer and the operator a log line
            problem = problem_of(error)
            if problem.status_code == 500:
                log.exception("request.failed")
            if send.status:
                raise  # half an answer is out: the server can only hang up
            await send.answer(problem_answer(problem))

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let FastAPI answer, with a counted body."""
        framework = await self._loaded_framework()
        framework.state.service = self._service
        if self._service is not None:
            receive = _counted(receive, self._service.settings.max_body_bytes)
        await framework(scope, receive, send)

    async def _loaded_framework(self) -> "FastAPI":
        """FastAPI with all its endpoints; imported once, in a thread, so that predictions go on meanwhile."""
        if self._framework is None:
            self._framework = asyncio.create_task(asyncio.to_thread(_load_framework))
        return await asyncio.shield(self._framework)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        method, path = scope["method"], scope["path"]
        is_ours = (method, path) in self._endpoints
        route = path if is_ours else getattr(scope.get("route"), "path", "other")
        if self._service is not None:
            self._service.metrics.request_finished(method, route, status, seconds)
        level = logging.DEBUG if route in QUIET_ROUTES else logging.INFO
        self._lines.add(level, method=method, route=route, status=status, ms=round(seconds * 1000, 1))


def problem_answer(problem: HTTPException) -> Answer:
    """Any HTTP error as an answer."""
    headers = tuple((name.lower().encode(), value.encode()) for name, value in (problem.headers or {}).items())
    return Answer(orjson.dumps(problem_body(problem)), problem.status_code, PROBLEM_JSON, headers)


class _Watched:
    """Sends on, with the request's id in the headers, and remembers the status.

    An answer to a body that has not come closes its connection, and not before the body had time to come.
    """

    def __init__(self, exchange: Exchange, send: Send, request_id: str) -> None:
        self._exchange, self._send, self.request_id, self.status = exchange, send, request_id, 0

    async def answer(self, answer: Answer) -> None:
        """Send an answer of our own."""
        self.status = answer.status
        if self._exchange.is_read:
            await answer.send(self._send, (b"x-request-id", self.request_id.encode()))
        else:
            await answer.send(self)

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message["headers"], (b"x-request-id", self.request_id.encode())]
            await self._exchange.read_rest(MOMENT_SECONDS)
            if not self._exchange.is_read:
                message["headers"].append((b"connection", b"close"))
        elif not (self._exchange.is_read or message.get("more_body", False)):
            await self._send({**message, "more_body": True})
            await self._exchange.read_rest(REST_SECONDS)
            message = {"type": "http.response.body", "body": b""}
        await self._send(message)


def _counted(receive: Receive, limit: int) -> Receive:
    seen = 0

    async def receive_counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise BodyTooLarge(limit)
        return message

    return receive_counted


def _load_framework() -> "FastAPI":
    from app.framework import create_framework  # noqa: PLC0415 - see the head of this file

    return create_framework()


def _cors(app: ASGIApp, origins: tuple[str, ...]) -> ASGIApp | None:
    """Starlette's CORS around the application, where pages of other origins may read answers; never credentials."""
    if not origins:
        return None
    from starlette.middleware.cors import CORSMiddleware  # noqa: PLC0415 - not needed by most

    return CORSMiddleware(
        app,
        allow_origins=origins,
        allow_methods=("GET", "POST"),
        allow_headers=("Content-Type", "Authorization", "X-API-Key", "X-Request-ID"),
        expose_headers=("X-Request-ID", "Retry-After"),
    )
