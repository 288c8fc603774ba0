"""The models in order, each behind its breaker, all within one budget, every answer past the guard."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.insights.base import Draft, Fallback, Rejection
from app.insights.breaker import Admission, CircuitBreaker
from app.insights.budget import CallBudget
from app.insights.facts import Facts
from app.insights.groq import Answer, CallFailed, Outcome
from app.insights.guard import Guard
from app.insights.prompt import Prompt, PromptWriter
from app.insights.templates import generalise
from app.insights.usage import UsageMeter
from app.metrics import Metrics
from model.segments import Segment

log = logging.getLogger(__name__)

Reason = Fallback | Outcome | Rejection

# A wrong key or an unknown model does not mend itself in a minute.
MISCONFIGURED_PAUSE_SECONDS = 300.0
# Failures that say nothing against the model itself, and how long to rest when the server does not say.
PAUSE_SECONDS = {
    Outcome.MODEL_UNKNOWN: MISCONFIGURED_PAUSE_SECONDS,
    Outcome.RATE_LIMITED: 60.0,
    Outcome.NO_CAPACITY: 15.0,
}


class LanguageModel(Protocol):
    """Whoever answers prompts."""

    async def ask(self, model: str, prompt: Prompt, timeout_seconds: float) -> Answer:
        """Put one prompt to one model."""

    async def aclose(self) -> None:
        """Close all connections."""


@dataclass(frozen=True)
class Situation:
    """One customer as the models see it: numbers and permitted segments."""

    facts: Facts
    permitted: frozenset[Segment]


class ModelChain:
    """Asks one model after the other until a draft passes the guard."""

    def __init__(
        self,
        language_model: LanguageModel,
        *,
        models: Sequence[str],
        prompts: PromptWriter,
        guard: Guard,
        budget: CallBudget,
        usage: UsageMeter,
        metrics: Metrics,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._language_model = language_model
        self._prompts, self._guard, self._budget = prompts, guard, budget
        self._usage, self._metrics, self._clock = usage, metrics, clock
        self._breakers = {model: CircuitBreaker(clock) for model in models}

    @property
    def refusal(self) -> Fallback | None:
        """Why no call would be made now, if none would."""
        if all(breaker.admission is Admission.NO for breaker in self._breakers.values()):
            return Fallback.BREAKER_OPEN
        return self._budget.refusal

    @property
    def is_healthy(self) -> bool:
        """Whether the next call goes to a model that is not under suspicion, so that waiting for it is worth while."""
        admissions = (breaker.admission for breaker in self._breakers.values())
        return next((admission for admission in admissions if admission is not Admission.NO), None) is Admission.YES

    async def write(self, situation: Situation, deadline_seconds: float) -> Draft | Reason:
        """A draft that passed the guard, or why there is none."""
        prompt = self._prompts.write(situation.facts, situation.permitted)
        ends_at = self._clock() + deadline_seconds
        reason: Reason = Fallback.BREAKER_OPEN
        for position, (model, breaker) in enumerate(self._breakers.items()):
            if breaker.admission is Admission.NO:
                continue
            if (refusal := self._budget.take()) is not None:
                return refusal
            breaker.admit()
            models_left = len(self._breakers) - position
            # A model that hangs may not eat the time of those behind it.
            timeout_seconds = (ends_at - self._clock()) / models_left
            verdict = await self._ask(model, breaker, prompt, situation, timeout_seconds)
            if isinstance(verdict, Draft):
                return verdict
            reason = verdict
        return reason

    async def aclose(self) -> None:
        """Close all connections."""
        await self._language_model.aclose()

    async def _ask(
        self, model: str, breaker: CircuitBreaker, prompt: Prompt, situation: Situation, timeout_seconds: float
    ) -> Draft | Reason:
        ended_as: str = Outcome.ABANDONED
        try:
            answer = await self._language_model.ask(model, prompt, timeout_seconds)
            breaker.succeeded()
            if answer.pause_seconds is not None:
                breaker.pause(answer.pause_seconds)
            self._usage.tokens_used(model, answer.prompt_tokens, answer.completion_tokens)
            verdict = self._judge(answer.draft, situation)
            ended_as = Outcome.ANSWERED if isinstance(verdict, Draft) else f"refused_{verdict}"
            return verdict
        except CallFailed as failure:
            ended_as = failure.outcome
            self._learn_from(failure, breaker)
            return failure.outcome
        finally:
            if ended_as == Outcome.ABANDONED:
                breaker.abandoned()
            self._usage.call_ended(model, ended_as)
            self._metrics.groq_call(model, ended_as)
            if ended_as != Outcome.ANSWERED:
                log.warning("insight.call_unused", extra={"model": model, "outcome": ended_as})

    def _judge(self, draft: Draft, situation: Situation) -> Draft | Rejection:
        """The draft with placeholders, if it is true and harmless for this customer."""
        if not self._guard.accepts_length(draft):
            return Rejection.LENGTH
        action = self._guard.catalogue.get(draft.action_id)
        general = generalise(draft, situation.facts, "" if action is None else action.title)
        _, rejection = self._guard.review(general, situation.facts, situation.permitted)
        return general if rejection is None else rejection

    def _learn_from(self, failure: CallFailed, breaker: CircuitBreaker) -> None:
        """Let the model rest for as long as the failure is likely to last."""
        if failure.outcome is Outcome.UNAUTHORIZED:
            for any_breaker in self._breakers.values():
                any_breaker.pause(MISCONFIGURED_PAUSE_SECONDS)
        elif failure.outcome in PAUSE_SECONDS:
            breaker.pause(failure.pause_seconds or PAUSE_SECONDS[failure.outcome])
        else:
            breaker.failed()
            breaker.pause(failure.pause_seconds or 0.0)
