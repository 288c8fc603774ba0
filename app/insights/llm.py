"""Language models: one call to a provider, and the fallback from one model to the next until a text passes."""

import asyncio
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

import groq
import httpx
from pydantic import AliasPath, BaseModel, Field, Json, ValidationError

from app.insights.cool_down import CoolDown, pause_seconds
from app.insights.prompts import MAX_COMPLETION_TOKENS, Prompt, PromptWriter
from app.insights.quota import Quota
from app.insights.schemas import Fallback, Outcome, Reason, Rejection, Situation, Template
from app.insights.usage import UsageMeter
from app.insights.validation import Validator
from app.metrics import Metrics
from app.settings import Settings

log = logging.getLogger(__name__)

# These log requests, headers and answers when somebody turns the level down.
TALKATIVE_LOGGERS = ("groq", "httpx", "httpcore")
# A good answer has about 2 kB. Nothing packed is asked for or read, so no small answer can unfold into a large one.
MAX_ANSWER_BYTES = 65_536
UNPACKED = "identity"

OUTCOME_OF_STATUS = {
    401: Outcome.UNAUTHORIZED,
    403: Outcome.UNAUTHORIZED,
    404: Outcome.MODEL_UNKNOWN,
    429: Outcome.RATE_LIMITED,
    498: Outcome.NO_CAPACITY,
}
# A wrong key or an unknown model does not mend itself in a minute.
MISCONFIGURED_PAUSE_SECONDS = 300.0
# Failures that say nothing against the model itself, and how long to rest when the server does not say.
PAUSE_SECONDS = {
    Outcome.MODEL_UNKNOWN: MISCONFIGURED_PAUSE_SECONDS,
    Outcome.RATE_LIMITED: 60.0,
    Outcome.NO_CAPACITY: 15.0,
}


class CallFailed(Exception):
    """No usable answer came back; neither prompt nor answer is repeated here."""

    def __init__(self, outcome: Outcome, pause_seconds: float | None = None) -> None:
        self.outcome, self.pause_seconds = outcome, pause_seconds
        super().__init__(outcome)


class Answer(BaseModel):
    """What a model wrote, not yet validated, and what it used."""

    template: Json[Template] = Field(validation_alias=AliasPath("choices", 0, "message", "content"))
    prompt_tokens: int = Field(0, ge=0, le=10**7, validation_alias=AliasPath("usage", "prompt_tokens"))
    completion_tokens: int = Field(0, ge=0, le=10**7, validation_alias=AliasPath("usage", "completion_tokens"))


class LanguageModel(ABC):
    """A provider of language models; one that speaks another format is one more of these."""

    def __init__(self, settings: Settings) -> None:
        for name in TALKATIVE_LOGGERS:
            logging.getLogger(name).setLevel(logging.WARNING)
        self._http = httpx.AsyncClient(
            headers={"Accept-Encoding": UNPACKED},
            timeout=settings.groq_timeout_seconds,
            limits=httpx.Limits(max_connections=settings.groq_max_concurrency),
            event_hooks={"response": [_limit_answer]},
        )

    @abstractmethod
    async def send(self, question: dict[str, Any]) -> httpx.Response:
        """Send one question in the format of chat completions; errors of the network are httpx's own."""

    async def ask(self, model: str, prompt: Prompt, timeout_seconds: float) -> tuple[Answer, float | None]:
        """Put one prompt to one model; gives its answer, and how many seconds it wants to be left alone.

        Raises
        ------
        CallFailed
            Whatever goes wrong: the connection, the time, the status, the form of the answer.
        """
        schema = {"name": "insight", "strict": True, "schema": prompt.schema}
        question = {
            "model": model,
            "messages": [{"role": "system", "content": prompt.system}, {"role": "user", "content": prompt.user}],
            "response_format": {"type": "json_schema", "json_schema": schema},
            "temperature": 0,
            "max_completion_tokens": MAX_COMPLETION_TOKENS,
        }
        try:
            async with asyncio.timeout(timeout_seconds):
                response = await self.send(question)
                body = await response.aread()
        except (TimeoutError, httpx.TimeoutException):
            raise CallFailed(Outcome.TIMEOUT) from None
        except httpx.HTTPError as error:
            raise CallFailed(Outcome.TOO_LARGE if isinstance(error, AnswerTooLarge) else Outcome.CONNECTION) from None
        if not response.is_success:
            raise _failure_of_status(response.status_code, response.headers)
        try:
            return Answer.model_validate_json(body), pause_seconds(response.headers, was_limited=False)
        except ValidationError:
            # ``from None``: the error at hand quotes what the model wrote
            raise CallFailed(Outcome.UNUSABLE) from None

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()


class GroqModel(LanguageModel):
    """Groq, through its SDK, without the SDK's retries."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        assert settings.groq_api_key is not None  # noqa: S101 - who has no key asks no Groq
        self._sdk = groq.AsyncGroq(
            api_key=settings.groq_api_key.get_secret_value(),
            base_url=settings.groq_base_url,
            timeout=settings.groq_timeout_seconds,
            max_retries=0,
            http_client=self._http,
        )

    async def send(self, question: dict[str, Any]) -> httpx.Response:
        """Send one question; hidden reasoning would eat the tokens, so there is little of it."""
        try:
            raw = await self._sdk.chat.completions.with_raw_response.create(**question, reasoning_effort="low")
        except groq.APIStatusError as error:
            return error.response
        except groq.APIConnectionError as error:
            cause = error.__cause__
            raise cause if isinstance(cause, httpx.HTTPError) else httpx.TransportError(type(error).__name__) from None
        response: httpx.Response = raw.http_response
        return response


class OpenAICompatibleModel(LanguageModel):
    """Any server with OpenAI's chat completions and strict JSON schemas: vLLM, Ollama, llama.cpp, a gateway."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._address = f"{settings.llm_base_url}/chat/completions"
        if settings.groq_api_key is not None:
            self._http.headers["Authorization"] = f"Bearer {settings.groq_api_key.get_secret_value()}"

    async def send(self, question: dict[str, Any]) -> httpx.Response:
        """Send one question."""
        return await self._http.post(self._address, json=question)


class ModelFallback:
    """Asks one model after the other until a template passes validation, each after its cool-down, within one quota."""

    def __init__(
        self,
        language_model: LanguageModel,
        *,
        models: Sequence[str],
        prompts: PromptWriter,
        validator: Validator,
        quota: Quota,
        usage: UsageMeter,
        metrics: Metrics,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._language_model = language_model
        self._prompts, self._validator, self._quota = prompts, validator, quota
        self._usage, self._metrics, self._clock = usage, metrics, clock
        self._cool_downs = {model: CoolDown(clock) for model in models}

    @property
    def is_resting(self) -> bool:
        """Whether no model may be asked now."""
        return not any(cool_down.is_over for cool_down in self._cool_downs.values())

    @property
    def is_healthy(self) -> bool:
        """Whether the next call goes to a model that is no suspect, so that waiting for it is worth while."""
        return not next((one.is_suspect for one in self._cool_downs.values() if one.is_over), True)

    async def write(self, situation: Situation, deadline_seconds: float) -> Template | Reason:
        """A template that passed validation, or why there is none."""
        prompt = self._prompts.write(situation)
        ends_at = self._clock() + deadline_seconds
        reason: Reason = Fallback.COOLING_DOWN
        for position, (model, cool_down) in enumerate(self._cool_downs.items()):
            if not cool_down.is_over:
                continue
            cool_down.begin()
            if (refusal := await self._quota.take()) is not None:
                return refusal
            # A model that hangs may not eat the time of those behind it.
            timeout_seconds = (ends_at - self._clock()) / (len(self._cool_downs) - position)
            verdict = await self._ask(model, cool_down, prompt, situation, timeout_seconds)
            if isinstance(verdict, Template):
                return verdict
            reason = verdict
        return reason

    async def aclose(self) -> None:
        """Close all connections."""
        await self._language_model.aclose()

    async def _ask(
        self, model: str, cool_down: CoolDown, prompt: Prompt, situation: Situation, timeout_seconds: float
    ) -> Template | Reason:
        ended_as: str = Outcome.ABANDONED
        try:
            answer, pause = await self._language_model.ask(model, prompt, timeout_seconds)
            cool_down.succeeded()
            cool_down.pause(pause or 0.0)
            self._usage.tokens_used(model, answer.prompt_tokens, answer.completion_tokens)
            verdict = self._validator.review(answer.template, situation)
            ended_as = f"refused_{verdict}" if isinstance(verdict, Rejection) else Outcome.ANSWERED
            return verdict
        except CallFailed as failure:
            ended_as = failure.outcome
            self._learn_from(failure, cool_down)
            return failure.outcome
        finally:
            self._usage.call_ended(model, ended_as)
            self._metrics.groq_call(model, ended_as)
            if ended_as != Outcome.ANSWERED:
                log.warning("insight.call_unused", extra={"model": model, "outcome": ended_as})

    def _learn_from(self, failure: CallFailed, cool_down: CoolDown) -> None:
        """Let the model rest for as long as the failure is likely to last."""
        if failure.outcome is Outcome.UNAUTHORIZED:
            for every in self._cool_downs.values():
                every.pause(MISCONFIGURED_PAUSE_SECONDS)
        elif failure.outcome in PAUSE_SECONDS:
            cool_down.pause(failure.pause_seconds or PAUSE_SECONDS[failure.outcome])
        else:
            cool_down.failed()
            cool_down.pause(failure.pause_seconds or 0.0)


def _failure_of_status(status: int, headers: Mapping[str, str]) -> CallFailed:
    outcome = OUTCOME_OF_STATUS.get(status, Outcome.SERVER_ERROR if status >= 500 else Outcome.BAD_REQUEST)
    return CallFailed(outcome, pause_seconds(headers, was_limited=outcome is Outcome.RATE_LIMITED))


class AnswerTooLarge(httpx.TransportError):
    """The server sent more than any good answer has, or packed it."""


async def _limit_answer(response: httpx.Response) -> None:
    """Event hook of an httpx client: the body raises ``AnswerTooLarge`` beyond the limit."""
    if response.headers.get("Content-Encoding", UNPACKED).lower() != UNPACKED:
        raise AnswerTooLarge("the answer is packed")
    assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101 - an async client has no other
    response.stream = _BoundedStream(response.stream)


class _BoundedStream(httpx.AsyncByteStream):
    def __init__(self, inner: httpx.AsyncByteStream) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read_bytes = 0
        async for chunk in self._inner:
            read_bytes += len(chunk)
            if read_bytes > MAX_ANSWER_BYTES:
                raise AnswerTooLarge("the answer is too large")
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()
