"""Templates by pattern, so that customers who look alike share one call: in memory, and in Redis behind it."""

import asyncio
import hashlib
import logging
from bisect import bisect_right
from dataclasses import dataclass

from async_lru import alru_cache
from pydantic import TypeAdapter, ValidationError

from app.insights.llm import ModelFallback
from app.insights.prompts import VERSION
from app.insights.quota import REDIS_PREFIX
from app.insights.schemas import Fallback, Reason, Rejection, Situation, Template
from app.settings import Settings
from app.shared_redis import SharedRedis
from model.ranking.actions import Catalogue

log = logging.getLogger(__name__)

# A template, and whether a call of our own brought it.
Found = tuple[Template, bool]

TEMPLATE = TypeAdapter(Template)
PROBABILITY_EDGES = (0.1, 0.3, 0.5, 0.7, 0.9)
# At temperature 0 a text that was refused would most likely be written again.
REFUSED_REST_SECONDS = 600.0


def cache_key(settings: Settings, catalogue: Catalogue, situation: Situation) -> str:
    """A short name that equal patterns share: permitted segments, bands of the numbers, and what else shapes the text.

    The bands hang on the thresholds of the customer's shop, quantiles of its customers, so they fit any currency.
    One order has a band of its own, and so have no order, a purchase today and no product, because sentences about
    them read differently. The actions are those that the exact probability allows.
    """
    numbers, thresholds = situation.numbers, situation.thresholds
    order, late = thresholds.high_order_value, thresholds.lapsed_after_days
    edges = {
        "total_spend": (order, order * 3, order * 10, order * 30),
        "num_transactions": (1, 2, 4, 12),
        "unique_products": (1,),
        "recency_days": (1, late / 4, late, late * 2),
        "purchase_probability_30d": PROBABILITY_EDGES,
    }
    bands = (str(bisect_right(edges[name], numbers[name])) for name in edges)
    actions = (action.id for action in catalogue.suiting(situation.permitted, numbers["purchase_probability_30d"]))
    fixed = (VERSION, catalogue.digest, *settings.groq_models, *settings.insight_forbidden_words)
    text = "\n".join((*fixed, situation.currency, *sorted(situation.permitted), *bands, *actions))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass(eq=False)
class _Question:
    """Somebody who asks for a template, what Redis had of it, and whether a call was made for this one."""

    key: str
    situation: Situation
    stored: Template | None = None
    was_put: bool = False


class TemplateCache:
    """Finds a template for a situation: kept, being written, or written now (single flight)."""

    def __init__(
        self, settings: Settings, catalogue: Catalogue, models: ModelFallback, redis: SharedRedis | None = None
    ) -> None:
        self._settings, self._catalogue, self.models, self._redis = settings, catalogue, models, redis
        self._ttl_seconds = settings.insight_cache_ttl_seconds
        self._calls, self._is_closing = asyncio.Semaphore(settings.groq_max_concurrency), False
        cached = alru_cache(settings.insight_cache_size, ttl=self._ttl_seconds, key=lambda question: question.key)
        self._cached = cached(self._load)
        self._waiting: set[asyncio.Task[object]] = set()

    def __len__(self) -> int:
        return self._cached.cache_info().currsize

    async def find(self, situation: Situation, wait_seconds: float) -> Found | Reason:
        """A template and whether a call of our own brought it, or why there is none yet.

        A call goes on in the background after ``wait_seconds``.
        """
        if self._is_closing:
            return Fallback.CLOSING
        question = _Question(cache_key(self._settings, self._catalogue, situation), situation)
        if not self._cached.cache_contains(question):
            question.stored = await self._stored(question)
            if question.stored is None and self.models.is_resting and not self._cached.cache_contains(question):
                return Fallback.COOLING_DOWN
        # A task of its own keeps the call alive when whoever asked has left.
        task = asyncio.create_task(self._cached(question))
        self._waiting.add(task)
        task.add_done_callback(self._forget)
        done, _ = await asyncio.wait([task], timeout=wait_seconds)
        if not done or task.cancelled():
            return Fallback.CLOSING if done else Fallback.STILL_WRITING
        result = task.result()
        if isinstance(result, Template):
            return result, question.was_put
        return Fallback.PATTERN_RESTS if isinstance(result, Rejection) and not question.was_put else result

    async def aclose(self) -> None:
        """Cancel calls under way, wait until they have ended, and close all connections."""
        self._is_closing = True
        await self._cached.cache_close()
        await asyncio.gather(*self._waiting, return_exceptions=True)
        await self.models.aclose()
        if self._redis is not None:
            await self._redis.aclose()

    async def _load(self, question: _Question) -> Template | Reason:
        """What a call brings: a template is kept for its time, a refusal for a while, any other reason not at all."""
        if question.stored is not None:
            return question.stored
        result: Template | Reason = Fallback.BUSY
        if not self._calls.locked():
            async with self._calls:
                question.was_put = True
                result = await self.models.write(question.situation)
        if isinstance(result, Template):
            if (redis := self._redis) is not None and self._ttl_seconds:
                key, stored = REDIS_PREFIX + question.key, TEMPLATE.dump_json(result)
                await redis.ask(lambda: redis.client.set(key, stored, ex=self._ttl_seconds))
        else:
            rest_seconds = REFUSED_REST_SECONDS if isinstance(result, Rejection) else 0.0
            asyncio.get_running_loop().call_later(rest_seconds, self._cached.cache_invalidate, question)
        return result

    async def _stored(self, question: _Question) -> Template | None:
        """What Redis keeps, looked at anew: anybody may have written it."""
        redis, name = self._redis, REDIS_PREFIX + question.key
        stored = None if redis is None else await redis.ask(lambda: redis.client.get(name))
        if stored is None:
            return None
        try:
            reviewed = self.models.validator.review(TEMPLATE.validate_json(stored), question.situation)
        except ValidationError:
            return None
        return reviewed if isinstance(reviewed, Template) else None

    def _forget(self, task: asyncio.Task[object]) -> None:
        self._waiting.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("insight.call_failed", extra={"error": type(error).__name__})
