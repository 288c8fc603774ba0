"""How many requests may be under way at once; one more is refused, for a queue that grows helps nobody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.error_handlers import problem_response
from app.errors import Overloaded

# Asked every few seconds by machines, of interest to nobody, and never turned away.
QUIET_PATHS = frozenset({"/health", "/ready", "/metrics"})


@dataclass
class ConcurrencyLimit:
    """So many may be under way, and so many are."""

    most: int
    under_way: int = 0


class ConcurrencyLimitMiddleware:
    """Counts requests from their first byte to the last of their answer.

    Parameters
    ----------
    most : int
        Of all requests together.
    most_of : mapping of path to int
        Of those that take much, besides.
    """

    def __init__(self, app: ASGIApp, *, most: int, most_of: Mapping[str, int]) -> None:
        self._app = app
        self._everything = ConcurrencyLimit(most)
        self._of_path = {path: ConcurrencyLimit(bound) for path, bound in most_of.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request in, or answer 503."""
        if scope["type"] != "http" or scope["path"] in QUIET_PATHS:
            await self._app(scope, receive, send)
            return
        own = self._of_path.get(scope["path"])
        limits = [self._everything] if own is None else [self._everything, own]
        if any(limit.under_way >= limit.most for limit in limits):
            await problem_response(Overloaded())(scope, receive, send)
            return
        place = _Place(limits)

        async def send_and_leave(message: Message) -> None:
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                place.leave()  # before the caller has it all, who may ask again at once
            await send(message)

        try:
            await self._app(scope, receive, send_and_leave)
        finally:
            place.leave()


class _Place:
    """Counts one request until it is left, once."""

    def __init__(self, limits: Sequence[ConcurrencyLimit]) -> None:
        self._limits = limits
        for limit in limits:
            limit.under_way += 1

    def leave(self) -> None:
        for limit in self._limits:
            limit.under_way -= 1
        self._limits = ()
