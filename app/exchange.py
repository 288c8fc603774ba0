"""One request and its answer as an endpoint sees them, with no framework between it and the server."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl

from starlette.types import Message, Receive, Scope, Send

from app.errors import BodyTooLarge, BodyTooSlow, EncodedBody, NotReady

if TYPE_CHECKING:
    from app.service import Service

JSON = b"application/json"
# How long a body may take to come: so many seconds, and what the longest takes on so slow a line.
PATIENCE_SECONDS, SLOWEST_BYTES_PER_SECOND = 20, 100_000

HeaderPairs = tuple[tuple[bytes, bytes], ...]


class ClientGone(Exception):
    """The caller hung up, so nobody waits for the answer."""


class Exchange:
    """A request: its headers at once, its body when asked for; ``is_read`` tells that nothing more will come."""

    def __init__(self, scope: Scope, receive: Receive, service: "Service | None") -> None:
        self._scope, self._receive, self._service = scope, receive, service
        self._headers: dict[bytes, bytes] = dict(scope["headers"])
        self.is_read = self._headers.get(b"content-length", b"0") == b"0" and b"transfer-encoding" not in self._headers

    @property
    def service(self) -> "Service":
        """The running service; raises NotReady before the start is complete."""
        if self._service is None:
            raise NotReady
        return self._service

    def header(self, name: bytes) -> str | None:
        """A header by its name in small letters."""
        value = self._headers.get(name)
        return None if value is None else value.decode("latin-1")

    def query(self) -> Mapping[str, str]:
        """The parameters of the address; the last of each name."""
        return _parameters(self._scope["query_string"])

    async def receive(self) -> Message:
        """What the server has next: a piece of the body, or that the caller hung up."""
        message = await self._receive()
        self.is_read = not message.get("more_body", False)
        return message

    async def read_rest(self, seconds: float) -> None:
        """Give the caller so long to send what nobody wants; who waits to be asked for a body is not asked."""
        if self.is_read or b"expect" in self._headers:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not self.is_read:
                    await self.receive()

    async def body(self, limit: int) -> bytes:
        """The whole body; raises as ``pieces`` does, and BodyTooSlow where it keeps others from being answered."""
        seconds = seconds_to_come(limit)
        try:
            async with asyncio.timeout(seconds):
                return b"".join([piece async for piece in self.pieces(limit)])
        except TimeoutError:
            raise BodyTooSlow(seconds) from None

    async def pieces(self, limit: int) -> AsyncIterator[bytes]:
        """The body as it comes, counted meanwhile: a declared length proves nothing.

        Raises
        ------
        EncodedBody
            If it is packed.
        BodyTooLarge
            As soon as more than ``limit`` bytes are announced or have come.
        ClientGone
            If the caller hangs up before the end.
        """
        if b"content-encoding" in self._headers:
            _require_unpacked(self._headers[b"content-encoding"].decode("latin-1"))
        if _announced_bytes(self._headers.get(b"content-length", b"")) > limit:
            raise BodyTooLarge(limit)
        seen = 0
        while True:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            piece: bytes = message.get("body", b"")
            seen += len(piece)
            if seen > limit:
                raise BodyTooLarge(limit)
            yield piece
            if self.is_read:
                return


def seconds_to_come(limit: int) -> int:
    """How long a body of at most so many bytes is waited for."""
    return PATIENCE_SECONDS + limit // SLOWEST_BYTES_PER_SECOND


def _require_unpacked(encoding: str) -> None:
    if encoding.strip().lower() not in ("", "identity"):
        raise EncodedBody(encoding)


@lru_cache(maxsize=256)
def _parameters(query_string: bytes) -> Mapping[str, str]:
    """Parsed once for each of the few addresses that callers ask."""
    return dict(parse_qsl(query_string.decode("latin-1"), keep_blank_values=True))


def _announced_bytes(content_length: bytes) -> int:
    return int(content_length[:20]) if content_length.isdigit() else 0


class Answer(NamedTuple):
    """What goes back: a body that is there, or pieces of it as they are made."""

    body: bytes | AsyncIterator[bytes]
    status: int = 200
    content_type: bytes = JSON
    headers: HeaderPairs = ()

    async def send(self, send: Send, *more_headers: tuple[bytes, bytes]) -> None:
        """Write the answer to the server."""
        headers = [(b"content-type", self.content_type), *self.headers, *more_headers]
        start = {"type": "http.response.start", "status": self.status, "headers": headers}
        if isinstance(self.body, bytes):
            headers.append((b"content-length", b"%d" % len(self.body)))
            await send(start)
            await send({"type": "http.response.body", "body": self.body})
            return
        await send(start)
        async for piece in self.body:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


Endpoint = Callable[[Exchange], Awaitable[Answer]]
