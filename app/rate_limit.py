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
# Requests that a process counts before it tells Redis of them.
MOST_AT_ONCE = 20


class RateLimit:
    """Counts requests by caller; says no rather than wait.

    The window of a caller begins with its first request. A process counts its own requests first, so that a refusal
    asks no Redis, and a process that loses Redis still has a limit. To Redis it tells them in portions of a hundredth
    of the limit, which is what each process may let through beyond it. In memory the storage of the event loop is no
    use: it looks through all callers at every request, this one a hundred times a second, in a thread.
    """

    def __init__(self, settings: Settings) -> None:
        self._item = RateLimitItemPerMinute(settings.rate_limit_per_minute, namespace="requests")
        self._portion = min(max(self._item.amount // 100, 1), MOST_AT_ONCE)
        self._own = FixedWindowRateLimiter(MemoryStorage())
        self._redis = None if settings.redis_url is None else SharedRedis(settings.redis_url.get_secret_value())
        self._shared = None if self._redis is None else SharedRateLimiter(self._redis.storage(REDIS_PREFIX))

    async def take(self, caller: str) -> None:
        """Count one request of a caller; raises RateLimited, which tells when to come again (``Retry-After``)."""
        is_within = self._own.hit(self._item, caller)
        if is_within and self._redis is not None and (shared := self._shared) is not None:
            counted = self._own.storage.get(self._item.key_for(caller))
            told = counted % self._portion == 0
            if told and await self._redis.ask(lambda: shared.hit(self._item, caller, cost=self._portion)) is False:
                is_within = self._own.hit(self._item, caller, cost=self._item.amount)  # used up elsewhere, and so here
        if not is_within:
            reset_time = self._own.get_window_stats(self._item, caller).reset_time
            raise RateLimited(max(math.ceil(reset_time - time.time()), 1))

    async def aclose(self) -> None:
        """Close all connections."""
        if self._redis is not None:
            await self._redis.aclose()
