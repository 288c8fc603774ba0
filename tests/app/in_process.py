"""A started service in one event loop, to ask it many things at the same time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.main import create_app
from app.settings import Settings

JSON = {"Content-Type": "application/json"}
Scenario = Callable[[ASGIApp, httpx.AsyncClient], Awaitable[None]]


def in_service(scenario: Scenario, model_dir: Path, **settings: Any) -> None:
    """Run a scenario with a started app, and with a client of it."""

    async def run() -> None:
        async with started(
            Settings(_env_file=None, **{"model_dir": model_dir, "groq_api_key": None, **settings})
        ) as app:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://shop", headers=JSON) as client:
                await scenario(app, client)

    asyncio.run(run())


@asynccontextmanager
async def started(settings: Settings) -> AsyncIterator[ASGIApp]:
    """The app between start and stop; every request has the state of the lifespan, as a server gives it."""
    app = create_app(settings)
    async with app.router.lifespan_context(app) as state:

        async def with_state(scope: Scope, receive: Receive, send: Send) -> None:
            await app({**scope, "state": dict(state or {})}, receive, send)

        yield with_state


class Caller:
    """Sends a POST in pieces, and hangs up after the last when ``may_go_on``, unless that one is the end."""

    def __init__(self, path: str, *pieces: bytes, content_type: str = "application/json", hangs_up: bool) -> None:
        self.pieces, self.hangs_up = list(pieces), hangs_up
        self.sent: list[Message] = []
        self.may_go_on = asyncio.Event()
        headers = [(b"content-type", content_type.encode()), (b"transfer-encoding", b"chunked")]
        self.scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": headers}

    async def receive(self) -> Message:
        if not self.pieces:
            await self.may_go_on.wait()
            return {"type": "http.disconnect"}
        piece = self.pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(self.pieces) or self.hangs_up}

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    async def call(self, app: ASGIApp) -> None:
        await app(self.scope, self.receive, self.send)
