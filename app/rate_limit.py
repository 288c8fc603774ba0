"""How often one caller may ask: a fixed window of a minute, counted here, and in Redis where processes share one."""

import math
import time

from limits import RateLimitItemPerMinute
from limits.aio.strategies import FixedWindowRateLimiter as SharedRateLimiter
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from app.errors import RateLimited
from app.settings import Settings
from app.shared_redis import SharedRedis

REDIS_PREFIX = "access:"


class RateLimit:
    """Counts requests by caller; says no rather than wait.

    The window of a caller begins with its first request. A process counts its own requests first, so that a refusal
    asks no Redis, and a process that loses Redis still has a limit. In memory the storage of the event loop is no
    use: it looks through all callers at every request, this one a hundred times a second, in a thread.
    """

    def __init__(self, settings: Settings) -> None:
        self._item = RateLimitItemPerMinute(settings.rate_limit_per_minute, namespace="requests")
        self._own = FixedWindowRateLimiter(MemoryStorage())
        self._redis = None if settings.redis_url is None else SharedRedis(settings.redis_url.get_secret_value())
        self._shared = None if self._redis is None else SharedRateLimiter(self._redis.storage(REDIS_PREFIX))

    async def take(self, caller: str) -> None:
        """Count one request of a caller; raises RateLimited."""
        if not self._own.hit(self._item, caller):
            raise RateLimited(_seconds_until(self._own.get_window_stats(self._item, caller).reset_time))
        if self._redis is None or (shared := self._shared) is None:
            return
        if await self._redis.ask(lambda: shared.hit(self._item, caller)) is False:
            stats = await self._redis.ask(lambda: shared.get_window_stats(self._item, caller))
            raise RateLimited(60 if stats is None else _seconds_until(stats.reset_time))

    async def aclose(self) -> None:
        """Close all connections."""
        if self._redis is not None:
            await self._redis.aclose()


def _seconds_until(moment: float) -> int:
    return max(math.ceil(moment - time.time()), 1)
