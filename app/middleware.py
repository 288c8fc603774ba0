"""What happens around every request: its id, its log line, its counters, and the bounds of its body. Pure ASGI."""

import asyncio
import logging
import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.concurrency import QUIET_PATHS
from app.error_handlers import problem_response
from app.errors import BodyIncomplete, BodyTooLarge, BodyTooSlow, EncodedBody, InternalError
from app.logs import REQUEST_ID
from app.metrics import Metrics
from app.security_headers import with_security_headers

log = logging.getLogger(__name__)

SAFE_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
# How long a body may take to come: so many seconds, and what the longest takes on so slow a line; never longer than
# 100 MB take at 2.8 Mbit/s.
BODY_PATIENCE_SECONDS, SLOWEST_BYTES_PER_SECOND, MOST_BODY_SECONDS = 20, 100_000, 300
# Who is answered before the whole body has come, as without a key, has so long to send the rest: before the answer,
# lest the connection be closed for nothing, and after it, lest a caller who is still sending sees a broken one.
MOMENT_SECONDS, REST_SECONDS = 0.05, 5


class RequestLogMiddleware:
    """Gives each request an id, and each answer a log line, a place in the counters, and what keeps browsers safe.

    It also answers the unforeseen 500.

    Parameters
    ----------
    paths : set of str
        What a request is counted under that is refused before it is routed; any other path is ``other``.
    """

    def __init__(self, app: ASGIApp, *, metrics: Metrics, paths: frozenset[str]) -> None:
        self._app, self._metrics, self._paths = app, metrics, paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, in a context that knows its id."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = request_id_from(dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1"))
        context = REQUEST_ID.set(request_id)
        started, status = perf_counter(), 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = with_security_headers(message["headers"])
                message["headers"].append((b"x-request-id", request_id.encode()))
            await send(message)

        self._metrics.in_flight.inc()
        try:
            await self._app(scope, receive, send_with_id)
        except Exception:  # whatever it is, the caller gets an answer and the operator a log line
            log.exception("request.failed")
            if status:
                raise  # half an answer is out: the server can only hang up
            await problem_response(InternalError())(scope, receive, send_with_id)
        finally:
            self._metrics.in_flight.dec()
            self._record(scope, status, perf_counter() - started)
            REQUEST_ID.reset(context)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        method, path = scope["method"], scope["path"]
        refused = path if path in self._paths else "other"
        route = str(getattr(scope.get("route"), "path", refused))
        self._metrics.request_finished(method, route, status, seconds)
        level = logging.DEBUG if route in QUIET_PATHS else logging.INFO
        fields = {"method": method, "route": route, "status": status, "ms": round(seconds * 1000, 1)}
        if caller := scope.get("state", {}).get("caller"):  # the name of a key
            fields["caller"] = caller
        log.log(level, "request.finished", extra=fields)


def request_id_from(header: str) -> str:
    """The caller's id where it is short and plain, a new one otherwise: it goes into logs and headers."""
    if SAFE_REQUEST_ID.fullmatch(header):
        return header
    return os.urandom(16).hex()


class BodyLimitMiddleware:
    """Counts a body while it is read, and waits for it no longer than its bound allows.

    What breaks a bound is raised where the endpoint reads, so that who is refused for another reason is told that.

    Parameters
    ----------
    most_bytes : callable
        The bound of a request (bytes), by its path and its content type.
    """

    def __init__(self, app: ASGIApp, *, most_bytes: Callable[[str, str], int]) -> None:
        self._app, self._most_bytes = app, most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with a counted body."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers: dict[bytes, bytes] = dict(scope["headers"])  # of one that came twice the last
        if headers.get(b"content-length", b"0") == b"0" and b"transfer-encoding" not in headers:
            await self._app(scope, receive, send)
            return
        limit = self._most_bytes(scope["path"], headers.get(b"content-type", b"").decode("latin-1"))
        body = _Body(headers, receive, limit)
        await self._app(scope, body.receive, _closing(body, send))


class _Body:
    """A body as it comes; ``is_whole`` tells that nothing more will."""

    def __init__(self, headers: Mapping[bytes, bytes], receive: Receive, limit: int) -> None:
        self._headers, self._receive, self._limit = headers, receive, limit
        self._seconds = seconds_to_come(limit)
        self._deadline: float | None = None
        self._seen, self.is_whole = 0, False

    async def receive(self) -> Message:
        """What the server has next: a piece of the body, and after the last that the caller hung up.

        Raises
        ------
        EncodedBody, BodyTooLarge, BodyTooSlow, BodyIncomplete
            If it is packed, longer or slower than its bound, or never whole; announced lengths are believed at once.
        """
        if self.is_whole:
            return await self._receive()
        if self._deadline is None:
            self._require_readable()
            self._deadline = asyncio.get_running_loop().time() + self._seconds
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._next()
        except TimeoutError:
            raise BodyTooSlow(self._seconds) from None
        if message["type"] == "http.disconnect":
            raise BodyIncomplete()
        self._seen += len(message.get("body", b""))
        if self._seen > self._limit:
            raise BodyTooLarge(self._limit)
        return message

    async def read_rest(self, seconds: float) -> None:
        """Give the caller so long to send what nobody wants; who waits to be asked for a body is not asked."""
        if self.is_whole or b"expect" in self._headers:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not self.is_whole:
                    await self._next()

    async def _next(self) -> Message:
        message = await self._receive()
        self.is_whole = not message.get("more_body", False)
        return message

    def _require_readable(self) -> None:
        encoding = self._headers.get(b"content-encoding", b"").decode("latin-1").strip().lower()
        if encoding not in ("", "identity"):
            raise EncodedBody(encoding[:80])
        announced = self._headers.get(b"content-length", b"")[:20]
        if announced.isdigit() and int(announced) > self._limit:
            raise BodyTooLarge(self._limit)


def _closing(body: _Body, send: Send) -> Send:
    """Sends on; an answer to a body that has not come closes its connection, once the body had time to come.

    A server that keeps such a connection waits for a next request without end, where a late piece comes last.
    """

    async def send_and_close(message: Message) -> None:
        if body.is_whole:
            await send(message)
        elif message["type"] == "http.response.start":
            await body.read_rest(MOMENT_SECONDS)
            if not body.is_whole:
                message["headers"] = [*message["headers"], (b"connection", b"close")]
            await send(message)
        elif message.get("more_body", False):
            await send(message)
        else:
            await send({**message, "more_body": True})
            await body.read_rest(REST_SECONDS)
            await send({"type": "http.response.body", "body": b""})

    return send_and_close


def seconds_to_come(limit: int) -> int:
    """How long a body of at most so many bytes is waited for."""
    return min(BODY_PATIENCE_SECONDS + limit // SLOWEST_BYTES_PER_SECOND, MOST_BODY_SECONDS)
