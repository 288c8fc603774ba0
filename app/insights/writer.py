"""Words for a prediction: rules at once, Groq's if they are quick and true, and never anything in the answer's way."""

import asyncio
import logging
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING

from app.insights.actions import load_catalogue
from app.insights.base import Fallback, Insight, InsightMode
from app.insights.facts import Facts
from app.insights.rules import RuleWriter, Words
from app.insights.usage import UsageMeter, UsageReport
from app.metrics import Metrics
from app.settings import Settings
from model.card import ModelCard
from model.many import Predictions
from model.predictor import Prediction
from model.segments import permitted_segments

if TYPE_CHECKING:
    from app.insights.drafts import DraftSource
    from app.insights.guard import Guard

log = logging.getLogger(__name__)


class InsightWriter:
    """Words predictions: by rules always, by Groq where a key is set.

    Building one touches no network, and loads nothing that rules have no use for: the SDK takes longer to
    import than the service takes to start, so that is ``load``'s, or the first use's. ``write`` never raises
    and never takes longer than the deadline.

    Raises
    ------
    ActionsError, SettingsError
        If the catalogue of actions or the address of Redis cannot be used.
    """

    def __init__(self, settings: Settings, card: ModelCard, metrics: Metrics) -> None:
        self._settings, self._card, self._metrics = settings, card, metrics
        self.catalogue = load_catalogue(settings.insight_actions)
        self._rules = RuleWriter(self.catalogue, card.segments, settings.currency)
        self._usage = UsageMeter()
        self._wants_groq = settings.groq_api_key is not None
        self._loading: asyncio.Task[None] | None = None
        self._drafts: DraftSource | None = None
        if self._wants_groq and settings.redis_url is not None:
            self._drafts = self._draft_source()  # an address that cannot be used must stop the start

    @cached_property
    def guard(self) -> "Guard":
        """The last look at texts of language models."""
        from app.insights.guard import Guard  # noqa: PLC0415 - rules need none

        return Guard(self.catalogue)

    def load(self) -> None:
        """Begin to load what Groq needs, in a thread, so that answers go on meanwhile."""
        if self._wants_groq and self._loading is None:
            self._loading = asyncio.create_task(self._load())

    async def _load(self) -> None:
        if self._drafts is None:
            await asyncio.to_thread(import_module, "app.insights.drafts")
            self._drafts = self._draft_source()

    async def _loaded_drafts(self, wait_seconds: float) -> "DraftSource":
        if self._drafts is None:
            self.load()
            assert self._loading is not None  # noqa: S101 - ``load`` has seen to it
            async with asyncio.timeout(wait_seconds):
                await asyncio.shield(self._loading)
        assert self._drafts is not None  # noqa: S101 - loading has ended
        return self._drafts

    async def write(self, prediction: Prediction, *, mode: InsightMode = InsightMode.AUTO) -> Insight:
        """The insight for one prediction: what rules write, unless something better is there in time."""
        insight = self._rules.write(prediction)
        if mode is InsightMode.NONE:
            return insight._replace(insight="", recommended_action="", action_id="")
        if mode is not InsightMode.RULES:
            insight = await self._worded(prediction, mode) or insight
        self._usage.served(insight.source)
        self._metrics.insight_served(insight.source)
        return insight

    def write_many(self, predictions: Predictions, *, mode: InsightMode = InsightMode.RULES) -> Words:
        """The insights for many predictions, by rules or not at all: no budget has a call for each."""
        if mode is InsightMode.NONE:
            return Words.none(len(predictions))
        words = self._rules.write_many(predictions)
        self._usage.served("rules", len(predictions))
        self._metrics.insight_served("rules", len(predictions))
        return words

    def usage(self) -> UsageReport:
        """Calls, tokens, cost and fallbacks of today."""
        if self._drafts is not None:
            return self._usage.report(self._drafts.calls_left_today)
        return self._usage.report(self._settings.groq_calls_per_day if self._wants_groq else 0)

    async def aclose(self) -> None:
        """Cancel calls under way and close all connections."""
        if self._loading is not None:
            self._loading.cancel()
        if self._drafts is not None:
            await self._drafts.aclose()

    def _draft_source(self) -> "DraftSource":
        # Loads the SDK, which a service without a key has no use for.
        from app.insights.drafts import DraftSource  # noqa: PLC0415

        return DraftSource(self._settings, self._card, guard=self.guard, usage=self._usage, metrics=self._metrics)

    async def _worded(self, prediction: Prediction, mode: InsightMode) -> Insight | None:
        """Groq's words for this customer, or None with the reason counted."""
        if not self._wants_groq:
            if mode is InsightMode.GROQ:
                self._fell_back(Fallback.NO_KEY)
            return None
        try:
            async with asyncio.timeout(self._settings.groq_timeout_seconds):
                result = await self._found(prediction, mode)
        except TimeoutError:
            result = Fallback.DEADLINE
        except Exception as error:  # an answer never depends on the words, whatever is wrong with them
            log.error("insight.failed", extra={"error": type(error).__name__})
            result = Fallback.INTERNAL
        if isinstance(result, Insight):
            return result
        self._fell_back(result)
        return None

    async def _found(self, prediction: Prediction, mode: InsightMode) -> Insight | str:
        waits_out = mode is InsightMode.GROQ
        wait_seconds = self._settings.groq_timeout_seconds if waits_out else self._settings.insight_budget_ms / 1000
        drafts = await self._loaded_drafts(wait_seconds)
        facts = Facts.of(prediction, self._settings.currency)
        permitted = permitted_segments(prediction.features, self._card.segments)
        found = await drafts.find(facts, permitted, wait_seconds=wait_seconds, waits_for_probe=waits_out)
        if isinstance(found, str):
            return found
        # The draft was true for the customer whom it was written about; this may be another one.
        filled, rejection = self.guard.review(found.draft, facts, permitted)
        if filled is None:
            log.info("insight.template_unfit", extra={"reason": rejection})
            return Fallback.TEMPLATE_UNFIT
        return Insight(
            segment=filled.segment,
            insight=filled.insight,
            recommended_action=filled.recommended_action,
            action_id=filled.action_id,
            source=found.source,
            prompt_version=drafts.prompt_version,
        )

    def _fell_back(self, reason: str) -> None:
        self._usage.fell_back(reason)
        self._metrics.insight_fallback(reason)
