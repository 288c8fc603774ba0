"""The real service behind a door that can answer in its place: too many requests, asleep, slow, broken."""

import asyncio
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

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


# A shop whose past months came near what had been forecast.
RECORD: Mapping[str, Any] = {
    "windows": [
        {"as_of": "2025-06-13", "customers": 412, "forecast": 41200, "low": 30100, "high": 56300, "realised": 44900},
        {"as_of": "2025-07-13", "customers": 425, "forecast": 43800, "low": 32000, "high": 59900, "realised": 39100},
        {"as_of": "2025-08-12", "customers": 441, "forecast": 42100, "low": 30800, "high": 57600, "realised": 61400},
        {"as_of": "2025-09-11", "customers": 459, "forecast": 51900, "low": 38000, "high": 70900, "realised": 60000},
        {"as_of": "2025-10-11", "customers": 470, "forecast": 58300, "low": 42600, "high": 79700, "realised": 61800},
        {"as_of": "2025-11-10", "customers": 487, "forecast": 63700, "low": 46600, "high": 87100, "realised": 70100},
    ],
    "share_inside": 5 / 6,
    "median_miss": 0.11,
    "is_poor": False,
    "told": "Of the last six months, five came out inside their range.",
    "last_30_days": 70100,
    "same_days_last_year": 58900,
}
FITTED: Mapping[str, Any] = {
    "how": "fit",
    "model": "history_model",
    "reason": "the file has 1,204 past buyers over 21 windows, which is enough for a model of its own",
    "example": False,
    "learned_from": {"windows": 21, "customer_windows": 7310, "drawn": 7310, "past_buyers": 1204},
    "first_day": "2023-12-11",
    "last_day": "2025-12-09",
}


def events(*parts: tuple[str, object]) -> Canned:
    """A stream of events of these kinds and contents."""
    body = "".join(f"event: {kind}\ndata: {json.dumps(content)}\n\n" for kind, content in parts)
    return Canned(HTTPStatus.OK, body.encode(), {"content-type": "text/event-stream"})


def without_total(ranked: dict[str, Any]) -> dict[str, Any]:  # Any: JSON
    """What the list of a shop says that is too young for a track record: no sum of money anywhere."""
    totals = {
        name: {**value, "expected_revenue_30d": None} if isinstance(value, dict) else value
        for name, value in ranked["totals"].items()
    }
    return {
        "track_record": None,
        "totals": {**totals, "expected_revenue_30d": None, "expected_revenue_30d_interval_80": None},
        "segments": [{**segment, "expected_revenue_30d": None} for segment in ranked["segments"]],
    }


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
