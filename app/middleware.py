"""What happens around every request, outermost first: CORS, request log, catch-all, body limit.

The stack is built before the lifespan has read any setting, so each looks the service up when a request comes.
"""

import logging
from time import perf_counter

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import BodyTooLarge, InternalError, problem_response
from app.logs import REQUEST_ID, request_id_from
from app.service import Service

log = logging.getLogger(__name__)

# Asked every few seconds by machines, and of interest to nobody.
QUIET_ROUTES = frozenset({"/health", "/ready", "/metrics"})


def _service(scope: Scope) -> Service | None:
    service: Service | None = scope["app"].state.service
    return service


class Cors:
    """Let the pages of listed origins read every answer, errors included; never with credentials."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on through Starlette's CORS, set up with the origins in force."""
        service = _service(scope) if scope["type"] == "http" else None
        if service is None or not service.settings.cors_origins:
            await self.app(scope, receive, send)
            return
        cors = CORSMiddleware(
            self.app,
            allow_origins=service.settings.cors_origins,
            allow_methods=("GET", "POST"),
            allow_headers=("Content-Type", "Authorization", "X-API-Key", "X-Request-ID"),
            expose_headers=("X-Request-ID", "Retry-After"),
        )
        await cors(scope, receive, send)


class RequestLog:
    """Give every request an id, and count and log its answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with the id in context and in the answer's headers."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = request_id_from(Headers(scope=scope).get("x-request-id"))
        started, status = perf_counter(), 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        context = REQUEST_ID.set(request_id)
        try:
            await self.app(scope, receive, send_with_id)
        finally:
            _record(scope, status, perf_counter() - started)
            REQUEST_ID.reset(context)


def _record(scope: Scope, status: int, seconds: float) -> None:
    route = getattr(scope.get("route"), "path", "other")
    if (service := _service(scope)) is not None:
        service.metrics.request_finished(scope["method"], route, status, seconds)
    log.log(
        logging.DEBUG if route in QUIET_ROUTES else logging.INFO,
        "request.finished",
        extra={"method": scope["method"], "route": route, "status": status, "ms": round(seconds * 1000, 1)},
    )


class CatchAll:
    """Answer 500 to what nobody foresaw, without a word about the inside."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and catch what comes back."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        has_started = False

        async def send_watched(message: Message) -> None:
            nonlocal has_started
            has_started = True
            await send(message)

        try:
            await self.app(scope, receive, send_watched)
        except Exception:  # whatever it is, the caller gets an answer and the operator a log line
            log.exception("request.failed")
            if has_started:
                raise
            await problem_response(InternalError())(scope, receive, send)


class BodyLimit:
    """Refuse a body that is too long as soon as that shows; a declared length proves nothing, so bytes are counted."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a counted body."""
        service = _service(scope) if scope["type"] == "http" else None
        if service is None:
            await self.app(scope, receive, send)
            return
        limit = service.settings.max_body_bytes
        seen = 0

        async def receive_counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise BodyTooLarge(limit)
            return message

        await self.app(scope, receive_counted, send)
