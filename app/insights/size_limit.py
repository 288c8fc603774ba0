"""Reads no more of an answer than an insight can need."""

from collections.abc import AsyncIterator

import httpx

# A good answer has about 2 kB.
MAX_ANSWER_BYTES = 65_536
# Nothing packed is asked for or read, so no small answer can unfold into a large one.
UNPACKED = "identity"


class AnswerTooLarge(httpx.TransportError):
    """The server sent more than any good answer has, or packed it."""


async def limit_answer(response: httpx.Response) -> None:
    """Event hook of an httpx client: the body raises ``AnswerTooLarge`` beyond the limit."""
    is_packed = response.headers.get("Content-Encoding", UNPACKED).lower() != UNPACKED
    if is_packed or _announced_bytes(response) > MAX_ANSWER_BYTES:
        raise AnswerTooLarge("the answer is too large or packed")
    assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101 - an async client has no other
    response.stream = _BoundedStream(response.stream)


class _BoundedStream(httpx.AsyncByteStream):
    def __init__(self, inner: httpx.AsyncByteStream) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read_bytes = 0
        async for chunk in self._inner:
            read_bytes += len(chunk)
            if read_bytes > MAX_ANSWER_BYTES:
                raise AnswerTooLarge("the answer is too large")
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()


def _announced_bytes(response: httpx.Response) -> int:
    announced = response.headers.get("Content-Length", "")
    return int(announced) if announced.isascii() and announced.isdigit() else 0
