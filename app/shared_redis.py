"""Redis or Valkey, where ``REDIS_URL`` names one: a convenience that no answer depends on."""

import logging
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from limits.aio.storage import Storage

log = logging.getLogger(__name__)

Result = TypeVar("Result")

# Slower than this and it is not asked again for a while.
REDIS_TIMEOUT_SECONDS = 0.25
REDIS_REST_SECONDS = 10.0


class SharedRedis:
    """Redis or Valkey that processes share, and that nobody waits for when it is away."""

    def __init__(self, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        from redis.asyncio import Redis  # noqa: PLC0415 - only who sets REDIS_URL needs it

        seconds = REDIS_TIMEOUT_SECONDS
        self.client = Redis.from_url(url, socket_timeout=seconds, socket_connect_timeout=seconds, retry=None)
        self._clock, self._rests_until = clock, 0.0

    @property
    def is_resting(self) -> bool:
        """Whether Redis was lost a moment ago and is not asked."""
        return self._clock() < self._rests_until

    async def ask(self, call: Callable[[], Awaitable[Result]]) -> Result | None:
        """What Redis says; None while it is away."""
        if self.is_resting:
            return None
        try:
            return await call()
        except Exception as error:  # whatever Redis does, no answer needs it
            # its messages may hold the address, so only their type is told
            self._rests_until = self._clock() + REDIS_REST_SECONDS
            log.warning("redis.lost", extra={"error": type(error).__name__, "rest_seconds": REDIS_REST_SECONDS})
        return None

    def storage(self, prefix: str) -> "Storage":
        """The same connections, for the ``limits`` library."""
        from limits.aio.storage import RedisStorage  # noqa: PLC0415

        # the stubs know no pool, the library asks for one: limits.readthedocs.io, RedisStorage
        pool: Any = self.client.connection_pool
        return RedisStorage("async+redis://", implementation="redispy", key_prefix=prefix, connection_pool=pool)

    async def aclose(self) -> None:
        """Close all connections."""
        await self.client.aclose()
