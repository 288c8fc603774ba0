"""One call to Groq: a prompt goes out; an answer of the right form, or a named failure, comes back."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import groq
import httpx
from groq.types.chat.completion_create_params import ResponseFormat
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.insights.base import Draft
from app.insights.limits import pause_seconds
from app.insights.prompt import MAX_COMPLETION_TOKENS, Prompt
from app.insights.size_limit import UNPACKED, AnswerTooLarge, limit_answer
from app.settings import Settings
from model.segments import Segment

# These log requests, headers and answers when somebody turns the level down.
TALKATIVE_LOGGERS = ("groq", "httpx", "httpcore")


class Outcome(StrEnum):
    """How a call ended; counted under this name."""

    ANSWERED = "answered"
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    UNAUTHORIZED = "unauthorized"
    MODEL_UNKNOWN = "model_unknown"
    RATE_LIMITED = "rate_limited"
    NO_CAPACITY = "no_capacity"
    SERVER_ERROR = "server_error"
    BAD_REQUEST = "bad_request"
    TOO_LARGE = "too_large"
    UNUSABLE = "unusable"
    ABANDONED = "abandoned"


OUTCOME_OF_STATUS = {
    401: Outcome.UNAUTHORIZED,
    403: Outcome.UNAUTHORIZED,
    404: Outcome.MODEL_UNKNOWN,
    429: Outcome.RATE_LIMITED,
    498: Outcome.NO_CAPACITY,
}


class CallFailed(Exception):
    """No usable answer came back; neither prompt nor answer is repeated here."""

    def __init__(self, outcome: Outcome, pause_seconds: float | None = None) -> None:
        self.outcome, self.pause_seconds = outcome, pause_seconds
        super().__init__(outcome)


@dataclass(frozen=True)
class Answer:
    """What a model wrote, not yet looked at by the guard."""

    draft: Draft
    prompt_tokens: int
    completion_tokens: int
    pause_seconds: float | None


class _Content(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    segment: str
    action_id: str
    insight: str
    recommended_action: str


class _Message(BaseModel):
    content: str


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Usage(BaseModel):
    prompt_tokens: int = Field(0, ge=0, le=10**7)
    completion_tokens: int = Field(0, ge=0, le=10**7)


class _Completion(BaseModel):
    choices: list[_Choice]
    usage: _Usage | None = None


class GroqClient:
    """Speaks to Groq through its SDK, without the SDK's retries."""

    def __init__(self, settings: Settings) -> None:
        assert settings.groq_api_key is not None  # noqa: S101 - who has no key builds no client
        for name in TALKATIVE_LOGGERS:
            logging.getLogger(name).setLevel(logging.WARNING)
        self._client = groq.AsyncGroq(
            api_key=settings.groq_api_key.get_secret_value(),
            base_url=settings.groq_base_url,
            timeout=settings.groq_timeout_seconds,
            max_retries=0,
            http_client=httpx.AsyncClient(
                headers={"Accept-Encoding": UNPACKED},
                limits=httpx.Limits(max_connections=settings.groq_max_concurrency),
                event_hooks={"response": [limit_answer]},
            ),
        )

    async def ask(self, model: str, prompt: Prompt, timeout_seconds: float) -> Answer:
        """Put one prompt to one model.

        Raises
        ------
        CallFailed
            Whatever goes wrong: the connection, the time, the status, the form of the answer.
        """
        try:
            async with asyncio.timeout(timeout_seconds):
                response = await self._client.chat.completions.with_raw_response.create(
                    model=model,
                    messages=[
                        {"role": "system", "content": prompt.system},
                        {"role": "user", "content": prompt.user},
                    ],
                    response_format=_response_format(prompt),
                    reasoning_effort="low",
                    temperature=0,
                    max_completion_tokens=MAX_COMPLETION_TOKENS,
                )
                body, headers = await response.read(), response.headers
        except (TimeoutError, groq.APITimeoutError):
            raise CallFailed(Outcome.TIMEOUT) from None
        except groq.APIStatusError as error:
            raise _failure_of_status(error.status_code, error.response.headers) from None
        except (groq.APIError, httpx.HTTPError) as error:
            is_too_large = isinstance(error, AnswerTooLarge) or isinstance(error.__cause__, AnswerTooLarge)
            raise CallFailed(Outcome.TOO_LARGE if is_too_large else Outcome.CONNECTION) from None
        return _answer(body, headers)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.close()


def _response_format(prompt: Prompt) -> ResponseFormat:
    return {"type": "json_schema", "json_schema": {"name": "insight", "strict": True, "schema": prompt.schema}}


def _failure_of_status(status: int, headers: Mapping[str, str]) -> CallFailed:
    outcome = OUTCOME_OF_STATUS.get(status, Outcome.SERVER_ERROR if status >= 500 else Outcome.BAD_REQUEST)
    was_limited = outcome is Outcome.RATE_LIMITED
    return CallFailed(outcome, pause_seconds(headers, datetime.now(UTC), was_limited=was_limited))


def _answer(body: bytes, headers: Mapping[str, str]) -> Answer:
    try:
        completion = _Completion.model_validate_json(body)
        content = _Content.model_validate_json(completion.choices[0].message.content)
        segment = Segment(content.segment)
    except (ValidationError, IndexError, ValueError):
        # ``from None``: the error at hand quotes what the model wrote
        raise CallFailed(Outcome.UNUSABLE) from None
    usage = completion.usage or _Usage()
    return Answer(
        draft=Draft(segment, content.action_id, content.insight, content.recommended_action),
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        pause_seconds=pause_seconds(headers, datetime.now(UTC), was_limited=False),
    )
