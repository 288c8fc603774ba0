"""Drafts by pattern: from the cache, from a call that is under way, or from a new one."""

import asyncio
from dataclasses import dataclass
from typing import Literal

from app.insights.base import Draft, Fallback
from app.insights.budget import CallBudget
from app.insights.cache import DraftCache, MemoryCache, RedisCache
from app.insights.chain import LanguageModel, ModelChain, Reason, Situation
from app.insights.facts import Facts
from app.insights.flights import Flight, Flights
from app.insights.groq import GroqClient
from app.insights.guard import Guard
from app.insights.pattern import PatternKeys
from app.insights.prompt import VERSION, PromptWriter
from app.insights.templates import is_general
from app.insights.usage import UsageMeter
from app.metrics import Metrics
from app.settings import Settings, SettingsError
from model.card import ModelCard
from model.segments import Segment

GRACE_SECONDS = 1.0


@dataclass(frozen=True)
class FoundDraft:
    """A draft that passed the guard for a customer of this pattern, and where it was found."""

    draft: Draft
    source: Literal["groq", "cache"]


class DraftSource:
    """Finds a draft for a situation without ever making more calls than allowed."""

    prompt_version = VERSION

    def __init__(
        self,
        settings: Settings,
        card: ModelCard,
        *,
        guard: Guard,
        usage: UsageMeter,
        metrics: Metrics,
        language_model: LanguageModel | None = None,
    ) -> None:
        self._deadline_seconds = settings.groq_timeout_seconds
        self._catalogue = guard.catalogue
        self._budget = CallBudget(
            calls_per_minute=settings.groq_calls_per_minute, calls_per_day=settings.groq_calls_per_day
        )
        self._keys = PatternKeys(card.segments, models=settings.groq_models, catalogue_digest=guard.catalogue.digest)
        self._cache = _cache(settings)
        self._flights = Flights(max_concurrency=settings.groq_max_concurrency)
        self._chain = ModelChain(
            language_model or GroqClient(settings),
            models=settings.groq_models,
            prompts=PromptWriter(guard.catalogue),
            guard=guard,
            budget=self._budget,
            usage=usage,
            metrics=metrics,
        )

    @property
    def calls_left_today(self) -> int:
        """What remains of the day's budget."""
        return self._budget.calls_left_today

    async def find(
        self, facts: Facts, permitted: frozenset[Segment], *, wait_seconds: float, waits_for_probe: bool
    ) -> FoundDraft | Reason:
        """A draft, or why there is none yet.

        Parameters
        ----------
        facts, permitted
            The customer's numbers, and the segments that they allow.
        wait_seconds : float
            How long to wait for a call; it goes on in the background afterwards.
        waits_for_probe : bool
            Whether to wait also for a call that only finds out whether a model is back.
        """
        situation = Situation(facts, permitted)
        key = self._keys.key(situation.facts, situation.permitted, self._catalogue_ids(situation))
        if (cached := await self._cache.get(key)) is not None:
            return FoundDraft(cached, "cache")
        flight, is_own = self._flights.get(key), False
        if flight is None:
            refusal = self._flights.refusal(key) or self._chain.refusal
            if refusal is not None:
                return refusal
            flight, is_own = self._start(key, situation), True
        if not (flight.is_worth_waiting_for or waits_for_probe):
            return Fallback.STILL_WRITING
        done, _ = await asyncio.wait([flight.task], timeout=wait_seconds)
        if not done:
            return Fallback.STILL_WRITING
        if flight.task.cancelled():
            return Fallback.CLOSING
        result = flight.task.result()
        return FoundDraft(result, "groq" if is_own else "cache") if isinstance(result, Draft) else result

    async def aclose(self) -> None:
        """Cancel what is under way and close all connections."""
        await self._flights.aclose()
        await self._chain.aclose()
        await self._cache.aclose()

    def _start(self, key: str, situation: Situation) -> Flight:
        async def call() -> Draft | Reason:
            # The chain keeps the deadline itself; this is for whatever it cannot foresee.
            async with asyncio.timeout(self._deadline_seconds + GRACE_SECONDS):
                result = await self._chain.write(situation, self._deadline_seconds)
            if isinstance(result, Draft):
                await self._keep(key, result)
            return result

        return self._flights.start(key, call, is_worth_waiting_for=self._chain.is_healthy)

    async def _keep(self, key: str, draft: Draft) -> None:
        """Keep a draft for the pattern; one that only fits its first customer is not asked for again at once."""
        if is_general(draft, self._title(draft)):
            await self._cache.put(key, draft)
        else:
            self._flights.rest(key)

    def _title(self, draft: Draft) -> str:
        action = self._catalogue.get(draft.action_id)
        return "" if action is None else action.title

    def _catalogue_ids(self, situation: Situation) -> list[str]:
        probability = situation.facts.numbers["purchase_probability_30d"]
        return [action.id for action in self._catalogue.suiting(situation.permitted, probability)]


def _cache(settings: Settings) -> DraftCache:
    memory = MemoryCache(max_drafts=settings.insight_cache_size, ttl_seconds=settings.insight_cache_ttl_seconds)
    if settings.redis_url is None:
        return memory
    try:
        return RedisCache(settings.redis_url.get_secret_value(), memory, ttl_seconds=settings.insight_cache_ttl_seconds)
    except ValueError:
        raise SettingsError("REDIS_URL=(not shown) is refused: it must look like redis://host:6379/0") from None
