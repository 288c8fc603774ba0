"""Language models: one call to a provider, and the fallback from one model to the next until a text passes."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping

import httpx
from pydantic import AliasPath, BaseModel, Field, Json, ValidationError

from app.insights.cool_down import CoolDown, retry_after_seconds
from app.insights.prompts import prompt_about
from app.insights.quota import Quota
from app.insights.schemas import Fallback, Outcome, Reason, Rejection, Situation, Template
from app.insights.usage import UsageMeter
from app.insights.validation import Validator
from app.settings import Settings
from app.shared_redis import SharedRedis
from model.ranking.actions import Catalogue

log = logging.getLogger(__name__)

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
    Outcome.UNAUTHORIZED: MISCONFIGURED_PAUSE_SECONDS,
    Outcome.MODEL_UNKNOWN: MISCONFIGURED_PAUSE_SECONDS,
    Outcome.RATE_LIMITED: 60.0,
    Outcome.NO_CAPACITY: 15.0,
}


class CallFailed(Exception):
    """No usable answer came back; neither prompt nor answer is repeated here."""

    def __init__(self, outcome: Outcome, pause_seconds: float = 0.0) -> None:
        self.outcome, self.pause_seconds = outcome, pause_seconds
        super().__init__(outcome)


class Completion(BaseModel):
    """What a model wrote, not yet validated, and what it used."""

    template: Json[Template] = Field(validation_alias=AliasPath("choices", 0, "message", "content"))
    prompt_tokens: int = Field(0, ge=0, le=10**7, validation_alias=AliasPath("usage", "prompt_tokens"))
    completion_tokens: int = Field(0, ge=0, le=10**7, validation_alias=AliasPath("usage", "completion_tokens"))


class LanguageModel:
    """Groq, or any other server with chat completions and strict JSON schemas: vLLM, Ollama, llama.cpp, a gateway."""

    def __init__(self, settings: Settings) -> None:
        is_groq, key = settings.llm_base_url is None, settings.groq_api_key
        # What Groq alone understands: hidden reasoning would eat the tokens.
        self._options = {"reasoning_effort": "low"} if is_groq else {}
        self._http = httpx.AsyncClient(
            base_url=settings.llm_base_url or f"{settings.groq_base_url}/openai/v1",
            headers={
                "Accept-Encoding": UNPACKED,
                **({} if key is None else {"Authorization": f"Bearer {key.get_secret_value()}"}),
            },
            timeout=settings.groq_timeout_seconds,
            limits=httpx.Limits(max_connections=settings.groq_max_concurrency),
        )

    async def ask(self, model: str, prompt: Mapping[str, object], timeout_seconds: float) -> Completion:
        """Put one prompt to one model; ``CallFailed`` tells which of connection, time, status or form went wrong."""
        question = {"model": model, **prompt, **self._options}
        try:
            async with (
                asyncio.timeout(timeout_seconds),
                self._http.stream("POST", "/chat/completions", json=question) as response,
            ):
                return Completion.model_validate_json(await _read(response))
        except (TimeoutError, httpx.TimeoutException):
            raise CallFailed(Outcome.TIMEOUT) from None
        except httpx.HTTPError:
            raise CallFailed(Outcome.CONNECTION) from None
        except ValidationError:
            raise CallFailed(Outcome.UNUSABLE) from None  # the error at hand quotes what the model wrote

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()


async def _read(response: httpx.Response) -> bytes:
    """The body of a good answer."""
    if not response.is_success:
        other = Outcome.SERVER_ERROR if response.is_server_error else Outcome.BAD_REQUEST
        pause_seconds = retry_after_seconds(response.headers.get("Retry-After", ""))
        raise CallFailed(OUTCOME_OF_STATUS.get(response.status_code, other), pause_seconds)
    body, is_packed = b"", response.headers.get("Content-Encoding", UNPACKED).lower() != UNPACKED
    async for piece in response.aiter_raw():
        body += piece
        if is_packed or len(body) > MAX_ANSWER_BYTES:
            raise CallFailed(Outcome.TOO_LARGE)
    return body


class ModelFallback:
    """Asks one model after the other until a template passes validation, each after its cool-down, within one quota."""

    def __init__(
        self,
        settings: Settings,
        provider: LanguageModel,
        catalogue: Catalogue,
        usage: UsageMeter,
        redis: SharedRedis | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._provider, self._catalogue, self._usage, self._clock = provider, catalogue, usage, clock
        self.quota, self.validator = Quota(settings, redis), Validator(catalogue, settings.insight_forbidden_words)
        self._deadline_seconds = settings.groq_timeout_seconds
        self._cool_downs = {model: CoolDown(clock) for model in settings.groq_models}

    @property
    def is_resting(self) -> bool:
        """Whether no model may be asked now."""
        return not any(cool_down.is_over for cool_down in self._cool_downs.values())

    @property
    def is_healthy(self) -> bool:
        """Whether the next call goes to a model that is no suspect, so that waiting for it is worth while."""
        return not next((one.is_suspect for one in self._cool_downs.values() if one.is_over), True)

    async def write(self, situation: Situation) -> Template | Reason:
        """A template that passed validation, or why there is none."""
        ends_at = self._clock() + self._deadline_seconds
        verdict: Template | Reason = Fallback.COOLING_DOWN
        for position, (model, cool_down) in enumerate(self._cool_downs.items()):
            if not cool_down.is_over:
                continue
            cool_down.begin()
            if (refusal := await self.quota.take()) is not None:
                return refusal
            # A model that hangs may not eat the time of those behind it.
            timeout_seconds = (ends_at - self._clock()) / (len(self._cool_downs) - position)
            verdict = await self._ask(model, situation, timeout_seconds)
            if isinstance(verdict, Template):
                break
        return verdict

    async def aclose(self) -> None:
        """Close all connections."""
        await self._provider.aclose()

    async def _ask(self, model: str, situation: Situation, timeout_seconds: float) -> Template | Reason:
        cool_down, ended_as = self._cool_downs[model], str(Outcome.ABANDONED)
        try:
            answer = await self._provider.ask(model, prompt_about(situation, self._catalogue), timeout_seconds)
            cool_down.succeeded()
            self._usage.tokens_used(model, answer.prompt_tokens, answer.completion_tokens)
            verdict = self.validator.review(answer.template, situation)
            ended_as = f"refused_{verdict}" if isinstance(verdict, Rejection) else Outcome.ANSWERED
            return verdict
        except CallFailed as failure:
            ended_as = failure.outcome
            if ended_as not in PAUSE_SECONDS:
                cool_down.failed()
            # A model rests for as long as the failure is likely to last; a wrong key is wrong for every model.
            is_for_all = ended_as is Outcome.UNAUTHORIZED
            for one in self._cool_downs.values() if is_for_all else [cool_down]:
                one.pause(failure.pause_seconds or PAUSE_SECONDS.get(failure.outcome, 0.0))
            return failure.outcome
        finally:
            self._usage.call_ended(model, ended_as)
            if ended_as != Outcome.ANSWERED:
                log.warning("insight.call_unused", extra={"model": model, "outcome": ended_as})
