"""Words for a prediction: rules at once, a language model's if they are quick and true, never in the answer's way."""

import asyncio
import logging
from typing import TYPE_CHECKING

from app.insights.catalogue import load_catalogue
from app.insights.placeholders import fill, numbers_of
from app.insights.prompts import VERSION
from app.insights.rules import RuleWriter, Words
from app.insights.schemas import Fallback, Insight, InsightMode, InsightSource, Situation
from app.insights.usage import UsageMeter, UsageReport
from app.metrics import Metrics
from app.settings import Settings
from model.prediction.predictor import Prediction, Predictions
from model.segments import permitted_segments

if TYPE_CHECKING:
    from app.insights.cache import TemplateCache

log = logging.getLogger(__name__)


class InsightService:
    """Words predictions: by rules always, by a language model where one is set.

    Building one touches no network, and loads nothing that rules have no use for. ``write`` never raises
    and never takes longer than the deadline; only a catalogue of actions that cannot be used stops the start.
    """

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._settings = settings
        self.catalogue = load_catalogue(settings.insight_actions)
        self._rules = RuleWriter(self.catalogue, settings.currency)
        self._usage = UsageMeter(metrics)
        self._llm_source: InsightSource = "groq" if settings.llm_base_url is None else "llm"
        self._llm: TemplateCache | None = None
        if settings.groq_api_key is not None or settings.llm_base_url is not None:
            self._llm = self._language_models(metrics)

    async def write(self, prediction: Prediction, *, mode: InsightMode = InsightMode.AUTO) -> Insight:
        """The insight for one prediction: what rules write, unless something better is there in time."""
        insight = self._rules.write(prediction)
        if mode is InsightMode.NONE:
            return insight._replace(insight="", recommended_action="", action_id="")
        if mode is not InsightMode.RULES:
            insight = await self._worded(prediction, mode) or insight
        self._usage.served(insight.source)
        return insight

    def write_many(self, predictions: Predictions, *, mode: InsightMode = InsightMode.RULES) -> Words:
        """The insights for many predictions, by rules or not at all: no quota has a call for each."""
        if mode is InsightMode.NONE:
            return Words.none(len(predictions))
        self._usage.served("rules", len(predictions))
        return self._rules.write_many(predictions)

    def usage(self) -> UsageReport:
        """Calls, tokens, cost and fallbacks of today."""
        return self._usage.report(0 if self._llm is None else self._llm.models.quota.calls_left_today)

    async def aclose(self) -> None:
        """Cancel calls under way and close all connections."""
        if self._llm is not None:
            await self._llm.aclose()

    def _language_models(self, metrics: Metrics) -> "TemplateCache":
        # A service without a language model has no use for what these bring.
        from app.insights.cache import TemplateCache  # noqa: PLC0415
        from app.insights.llm import LanguageModel, ModelFallback  # noqa: PLC0415
        from app.shared_redis import SharedRedis  # noqa: PLC0415

        settings = self._settings
        redis = None if settings.redis_url is None else SharedRedis(settings.redis_url.get_secret_value())
        models = ModelFallback(settings, LanguageModel(settings), self.catalogue, self._usage, redis)
        cache = TemplateCache(settings, self.catalogue, models, redis)
        metrics.cached_insights.set_function(lambda: len(cache))
        return cache

    async def _worded(self, prediction: Prediction, mode: InsightMode) -> Insight | None:
        """The language model's words for this customer, or None with the reason counted."""
        if self._llm is None and mode is not InsightMode.GROQ:
            return None
        try:
            async with asyncio.timeout(self._settings.groq_timeout_seconds):
                result = await self._found(prediction, is_patient=mode is InsightMode.GROQ)
        except TimeoutError:
            result = Fallback.DEADLINE
        except Exception as error:  # an answer never depends on the words, whatever is wrong with them
            log.error("insight.failed", extra={"error": type(error).__name__})
            result = Fallback.INTERNAL
        if isinstance(result, Insight):
            return result
        self._usage.fell_back(result)
        return None

    async def _found(self, prediction: Prediction, *, is_patient: bool) -> Insight | str:
        settings, llm = self._settings, self._llm
        if llm is None:
            return Fallback.NO_KEY
        wait_seconds = settings.groq_timeout_seconds if is_patient else settings.insight_budget_ms / 1000
        expected, thresholds = prediction.future_spend_30d, prediction.thresholds
        numbers, permitted = numbers_of(prediction), permitted_segments(prediction.features, expected, thresholds)
        found = await llm.find(
            Situation(numbers, settings.currency, permitted, thresholds),
            # A call that only finds out whether a model is back is waited for by the patient alone.
            wait_seconds if is_patient or llm.models.is_healthy else 0.0,
        )
        if isinstance(found, str):
            return found
        template, is_new = found
        insight, action = (
            fill(text, numbers, settings.currency) for text in (template.insight, template.recommended_action)
        )
        source = self._llm_source if is_new else "cache"
        return Insight(template.segment, insight, action, template.action_id, source, VERSION)
