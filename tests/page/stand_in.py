"""The real service behind a door that can answer in its place: too many requests, asleep, slow, broken."""

import asyncio
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.support import free_port


@dataclass(frozen=True)
class Canned:
    """An answer given instead of the service's own."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def problem(status: HTTPStatus, detail: str, request_id: str = "req-1", *, retry_after: str | None = None) -> Canned:
    """What the service itself would say, see ``app.errors``."""
    body = {"type": "about:blank", "title": status.phrase, "status": status, "detail": detail}
    headers = {"content-type": "application/problem+json", "x-request-id": request_id}
    if retry_after is not None:
        headers["retry-after"] = retry_after
    return Canned(status, json.dumps({**body, "request_id": request_id, "errors": []}).encode(), headers)


class Door:
    """Answers by path from ``canned``, each once; everything else is the service's, after the seconds of ``delays``."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.base_url = ""
        self.canned: dict[str, list[Canned]] = {}
        self.delays: dict[str, float] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        path = scope.get("path", "")
        if scope["type"] == "http" and self.canned.get(path):
            await _drain(receive)
            await _send(self.canned[path].pop(0), send)
            return
        if scope["type"] == "http":
            await asyncio.sleep(self.delays.get(path, 0))
        await self.app(scope, receive, send)


async def _drain(receive: Receive) -> None:
    """Read the body: a browser that is answered before it has sent everything calls that a broken connection."""
    while (await receive()).get("more_body"):
        pass


async def _send(canned: Canned, send: Send) -> None:
    headers = [(name.encode(), value.encode()) for name, value in canned.headers.items()]
    await send({"type": "http.response.start", "status": canned.status, "headers": headers})
    await send({"type": "http.response.body", "body": canned.body})


@contextmanager
def open_door(app: ASGIApp) -> Iterator[Door]:
    """A server in a thread of this process, from ready to stopped."""
    door, port = Door(app), free_port()
    server = uvicorn.Server(uvicorn.Config(door, port=port, log_config=None, timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise RuntimeError("the server did not start")
        thread.join(0.05)
    door.base_url = f"http://127.0.0.1:{port}"
    try:
        yield door
    finally:
        server.should_exit = True
        thread.join(20)
