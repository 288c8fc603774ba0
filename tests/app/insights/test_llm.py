"""Models in order: who is asked, for how long, and who is left alone; no network, and a clock that a test moves."""

import asyncio

import pytest

from app.insights.cool_down import FAILURES_TO_REST, REST_SECONDS
from app.insights.llm import MISCONFIGURED_PAUSE_SECONDS, CallFailed, Completion, ModelFallback
from app.insights.schemas import Fallback, Outcome, Rejection, Template
from app.insights.usage import UsageMeter
from app.metrics import Metrics
from app.settings import Settings
from tests.app.insights.clock import Clock
from tests.app.insights.customers import CATALOGUE, situation, template

SMALL, LARGE = "small", "large"
LIE = template(insight="This customer has placed 99 orders and is likely to come back.")


class Script:
    """A language model that answers from a list."""

    def __init__(self, clock, *lines):
        self.clock, self.lines, self.asked = clock, list(lines), []

    async def ask(self, model, prompt, timeout_seconds):
        assert prompt["response_format"]["json_schema"]["schema"]
        self.asked.append((model, timeout_seconds))
        line = self.lines.pop(0)
        if isinstance(line, Exception):
            if line.outcome is Outcome.TIMEOUT:
                self.clock.sleep(timeout_seconds)
            raise line
        return Completion.model_construct(template=line, prompt_tokens=700, completion_tokens=100)

    async def aclose(self):
        pass


@pytest.fixture
def clock():
    return Clock()


def fallback(script, *, calls_per_minute=100):
    settings = Settings(_env_file=None, groq_models=(SMALL, LARGE), groq_calls_per_minute=calls_per_minute)
    return ModelFallback(settings, script, CATALOGUE, UsageMeter(Metrics()), clock=script.clock)


def write(models):
    return asyncio.run(models.write(situation()))


def test_the_first_model_that_tells_the_truth_is_taken(clock):
    script = Script(clock, LIE, template())

    assert write(fallback(script)) == template()
    assert [model for model, _ in script.asked] == [SMALL, LARGE]


def test_without_a_truth_the_last_reason_is_told(clock):
    assert write(fallback(Script(clock, CallFailed(Outcome.SERVER_ERROR), LIE))) is Rejection.NUMBER


def test_a_model_that_hangs_leaves_time_for_the_next(clock):
    script = Script(clock, CallFailed(Outcome.TIMEOUT), template())

    assert write(fallback(script)) == template()
    assert script.asked == [(SMALL, 2.0), (LARGE, 2.0)]


def test_the_quota_counts_every_model_asked(clock):
    models = fallback(Script(clock, LIE, LIE), calls_per_minute=1)

    assert write(models) is Fallback.MINUTE_QUOTA


def test_after_failures_in_a_row_a_model_rests_and_is_probed(clock):
    script = Script(clock, *[CallFailed(Outcome.SERVER_ERROR)] * 2 * FAILURES_TO_REST, template())
    models = fallback(script)
    for _ in range(FAILURES_TO_REST):
        assert write(models) is Outcome.SERVER_ERROR
    assert models.is_resting
    assert write(models) is Fallback.COOLING_DOWN

    clock.sleep(REST_SECONDS)
    assert not models.is_resting
    assert not models.is_healthy
    assert write(models) == template()
    assert models.is_healthy


def test_retry_after_is_honoured(clock):
    script = Script(clock, CallFailed(Outcome.RATE_LIMITED, 7.0), template(), template(), template())
    models = fallback(script)
    write(models)
    write(models)
    clock.sleep(7)
    write(models)

    assert [model for model, _ in script.asked] == [SMALL, LARGE, LARGE, SMALL]


def test_a_wrong_key_silences_every_model(clock):
    script = Script(clock, CallFailed(Outcome.UNAUTHORIZED), template())
    models = fallback(script)

    assert write(models) is Outcome.UNAUTHORIZED
    assert models.is_resting
    clock.sleep(MISCONFIGURED_PAUSE_SECONDS)
    assert isinstance(write(models), Template)


def test_a_cancelled_call_says_nothing_about_the_model(clock):
    class Hanging(Script):
        async def ask(self, *_):
            await asyncio.sleep(60)

    async def story(models):
        call = asyncio.create_task(models.write(situation()))
        await asyncio.sleep(0)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)

    models = fallback(Hanging(clock))
    for _ in range(FAILURES_TO_REST):
        asyncio.run(story(models))
    assert models.is_healthy
