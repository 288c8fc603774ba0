"""How many calls may still be made, in any sixty seconds and on this day, by all processes that share a Redis."""

from limits import RateLimitItemPerDay, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, Storage
from limits.aio.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter

from app.insights.schemas import Fallback
from app.insights.usage import Today, today_in_utc
from app.settings import Settings
from app.shared_redis import SharedRedis

REDIS_PREFIX, NAMESPACE = "insight:", "insight-calls"


class Quota:
    """Counts calls; says no rather than wait.

    The minute is any sixty seconds, the day is the UTC date. A process counts its own calls
    as well, so that one that loses Redis stays within the limits of one.
    """

    def __init__(self, settings: Settings, redis: SharedRedis | None = None, today: Today = today_in_utc) -> None:
        self._minute = RateLimitItemPerMinute(settings.groq_calls_per_minute, namespace=NAMESPACE)
        self._day = RateLimitItemPerDay(settings.groq_calls_per_day, namespace=NAMESPACE)
        self._redis, self._today = redis, today
        self._own, self._shared = MemoryStorage(), None if redis is None else redis.storage(REDIS_PREFIX)
        self._left, self._left_on = self._day.amount, today()

    @property
    def calls_left_today(self) -> int:
        """What remained of the day after the last call of this process."""
        return self._left if self._today() == self._left_on else self._day.amount

    async def take(self) -> Fallback | None:
        """Take one call, or say why not."""
        refusal = await self._take(self._own)
        if refusal is None and self._redis is not None and (shared := self._shared) is not None:
            return await self._redis.ask(lambda: self._take(shared))
        return refusal

    async def _take(self, storage: Storage) -> Fallback | None:
        minute, day, today = MovingWindowRateLimiter(storage), FixedWindowRateLimiter(storage), self._today()
        # Asked first: a refusal may use up nothing of the other limit.
        if not await day.test(self._day, str(today)):
            self._left, self._left_on = 0, today
            return Fallback.DAY_QUOTA
        if not await minute.hit(self._minute):
            return Fallback.MINUTE_QUOTA
        if not await day.hit(self._day, str(today)):
            return Fallback.DAY_QUOTA
        self._left, self._left_on = (await day.get_window_stats(self._day, str(today))).remaining, today
        return None
