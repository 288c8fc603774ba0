"""Texts that were accepted once, by pattern, so that customers who look alike share one call."""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

from pydantic import TypeAdapter, ValidationError

from app.insights.base import Draft

log = logging.getLogger(__name__)

DRAFT = TypeAdapter(Draft)
# Redis is a convenience: slower than this and it is not asked again for a while.
REDIS_TIMEOUT_SECONDS = 0.25
REDIS_REST_SECONDS = 10.0
REDIS_PREFIX = "insight:"


class DraftCache(Protocol):
    """Where accepted drafts are kept; losing one costs a call, nothing else."""

    async def get(self, key: str) -> Draft | None:
        """The draft of a pattern, if it is there and fresh."""

    async def put(self, key: str, draft: Draft) -> None:
        """Keep a draft."""

    async def aclose(self) -> None:
        """Close what holds connections."""


class MemoryCache:
    """Bounded and with expiry; the least recently used draft goes first."""

    def __init__(self, *, max_drafts: int, ttl_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._max_drafts, self._ttl_seconds, self._clock = max_drafts, ttl_seconds, clock
        self._drafts: OrderedDict[str, tuple[float, Draft]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._drafts)

    async def get(self, key: str) -> Draft | None:
        """The draft of a pattern, if it is there and fresh."""
        expires_at, draft = self._drafts.get(key, (0.0, None))
        if draft is None:
            return None
        if expires_at <= self._clock():
            del self._drafts[key]
            return None
        self._drafts.move_to_end(key)
        return draft

    async def put(self, key: str, draft: Draft) -> None:
        """Keep a draft."""
        if self._max_drafts == 0 or self._ttl_seconds == 0:
            return
        self._drafts[key] = (self._clock() + self._ttl_seconds, draft)
        self._drafts.move_to_end(key)
        while len(self._drafts) > self._max_drafts:
            self._drafts.popitem(last=False)

    async def aclose(self) -> None:
        """Nothing is held."""


class RedisCache:
    """Redis or Valkey behind a memory of our own: shared by processes, and never waited for when it is away."""

    def __init__(
        self, url: str, memory: MemoryCache, *, ttl_seconds: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        # only who sets REDIS_URL needs these
        from redis.asyncio import Redis  # noqa: PLC0415
        from redis.asyncio.retry import Retry  # noqa: PLC0415
        from redis.backoff import NoBackoff  # noqa: PLC0415

        self.redis = Redis.from_url(
            url,
            socket_timeout=REDIS_TIMEOUT_SECONDS,
            socket_connect_timeout=REDIS_TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 0),
            decode_responses=True,
        )
        self._memory, self._ttl_seconds, self._clock = memory, ttl_seconds, clock
        self._resting_until = 0.0

    async def get(self, key: str) -> Draft | None:
        """The draft of a pattern from memory, else from Redis."""
        draft = await self._memory.get(key)
        if draft is not None or self.is_resting:
            return draft
        try:
            stored = await self.redis.get(REDIS_PREFIX + key)
            draft = None if stored is None else DRAFT.validate_json(stored)
        except ValidationError:
            return None
        except Exception as error:  # whatever Redis does, an insight does not need it
            self._rest(error)
            return None
        if draft is not None:
            await self._memory.put(key, draft)
        return draft

    async def put(self, key: str, draft: Draft) -> None:
        """Keep a draft in memory, and in Redis if it is there."""
        await self._memory.put(key, draft)
        if self.is_resting or self._ttl_seconds == 0:
            return
        try:
            await self.redis.set(REDIS_PREFIX + key, DRAFT.dump_json(draft), ex=self._ttl_seconds)
        except Exception as error:  # whatever Redis does, an insight does not need it
            self._rest(error)

    async def aclose(self) -> None:
        """Close all connections."""
        await self.redis.aclose()

    @property
    def is_resting(self) -> bool:
        """Whether Redis was lost a moment ago and is not asked."""
        return self._clock() < self._resting_until

    def _rest(self, error: Exception) -> None:
        """Leave Redis alone for a while; its messages may hold the address, so only their type is told."""
        self._resting_until = self._clock() + REDIS_REST_SECONDS
        log.warning("insight.redis_lost", extra={"error": type(error).__name__, "rest_seconds": REDIS_REST_SECONDS})
