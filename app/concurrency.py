"""How many requests may be under way at once; one more is refused, for a queue that grows helps nobody."""

from asyncio import Semaphore
from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.error_handlers import problem_response
from app.errors import Overloaded

# Asked every few seconds by machines, of interest to nobody, and never turned away.
QUIET_PATHS = frozenset({"/health", "/ready", "/metrics"})


class ConcurrencyLimitMiddleware:
    """Counts requests from their first byte to the last of their answer.

    ``most`` is the bound of all together, ``most_of`` that of each path that takes much, besides.
    """

    def __init__(self, app: ASGIApp, *, most: int, most_of: Mapping[str, int]) -> None:
        self._app = app
        self._everything = Semaphore(most)
        self._of_path = {path: Semaphore(bound) for path, bound in most_of.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request in, or answer 503."""
        if scope["type"] != "http" or scope["path"] in QUIET_PATHS:
            await self._app(scope, receive, send)
            return
        own = self._of_path.get(scope["path"])
        limits = [self._everything] if own is None else [self._everything, own]
        if any(limit.locked() for limit in limits):
            await problem_response(Overloaded())(scope, receive, send)
            return
        for limit in limits:
            await limit.acquire()  # at once: it is not locked

        def leave() -> None:
            while limits:
                limits.pop().release()

        async def send_and_leave(message: Message) -> None:
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                leave()  # before the caller has it all, who may ask again at once
            await send(message)

        try:
            await self._app(scope, receive, send_and_leave)
        finally:
            leave()
