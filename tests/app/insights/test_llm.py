"""Models in order: who is asked, for how long, and who is left alone; no network, and a clock that a test moves."""

import asyncio

import pytest

from app.insights.base import Draft, Fallback, Rejection
from app.insights.breaker import FAILURES_TO_OPEN, OPEN_SECONDS
from app.insights.budget import CallBudget
from app.insights.chain import MISCONFIGURED_PAUSE_SECONDS, ModelChain, Situation
from app.insights.groq import Answer, CallFailed, Outcome
from app.insights.guard import Guard
from app.insights.prompt import PromptWriter
from app.insights.usage import UsageMeter
from app.metrics import Metrics
from model.segments import Segment
from tests.app.insights.clock import Clock
from tests.app.insights.situations import CATALOGUE, draft, facts

SMALL, LARGE = "small", "large"
SITUATION = Situation(facts(), frozenset({Segment.HABITUAL_BUYER}))
LIE = draft(insight="This customer has placed 99 orders and is likely to come back.")


class Script:
    """A language model that answers from a list."""

    def __init__(self, clock, *lines):
        self.clock, self.lines, self.asked = clock, list(lines), []

    async def ask(self, model, prompt, timeout_seconds):
        assert prompt.schema
        self.asked.append((model, timeout_seconds))
        line = self.lines.pop(0)
        if isinstance(line, Exception):
            if line.outcome is Outcome.TIMEOUT:
                self.clock.sleep(timeout_seconds)
            raise line
        pause_seconds = line[1] if isinstance(line, tuple) else None
        return Answer(line[0] if isinstance(line, tuple) else line, 700, 100, pause_seconds)

    async def aclose(self):
        pass


@pytest.fixture
def clock():
    return Clock()


def chain(script, *, calls_per_minute=100):
    return ModelChain(
        script,
        models=(SMALL, LARGE),
        prompts=PromptWriter(CATALOGUE),
        guard=Guard(CATALOGUE),
        budget=CallBudget(calls_per_minute=calls_per_minute, calls_per_day=1000, clock=script.clock),
        usage=UsageMeter(),
        metrics=Metrics(),
        clock=script.clock,
    )


def write(models, deadline_seconds=4.0):
    return asyncio.run(models.write(SITUATION, deadline_seconds))


def test_the_first_model_that_tells_the_truth_is_taken(clock):
    script = Script(clock, LIE, draft())

    assert write(chain(script)) == draft()
    assert [model for model, _ in script.asked] == [SMALL, LARGE]


def test_without_a_truth_the_last_reason_is_told(clock):
    assert write(chain(Script(clock, CallFailed(Outcome.SERVER_ERROR), LIE))) is Rejection.NUMBER_UNKNOWN


def test_a_model_that_hangs_leaves_time_for_the_next(clock):
    script = Script(clock, CallFailed(Outcome.TIMEOUT), draft())

    assert write(chain(script)) == draft()
    assert script.asked == [(SMALL, 2.0), (LARGE, 2.0)]


def test_the_budget_counts_every_model_asked(clock):
    models = chain(Script(clock, LIE, LIE), calls_per_minute=1)

    assert write(models) is Fallback.MINUTE_BUDGET
    assert models.refusal is Fallback.MINUTE_BUDGET


def test_after_failures_in_a_row_a_model_rests_and_is_probed(clock):
    script = Script(clock, *[CallFailed(Outcome.SERVER_ERROR)] * 2 * FAILURES_TO_OPEN, draft())
    models = chain(script)
    for _ in range(FAILURES_TO_OPEN):
        assert write(models) is Outcome.SERVER_ERROR
    assert models.refusal is Fallback.BREAKER_OPEN
    assert write(models) is Fallback.BREAKER_OPEN

    clock.sleep(OPEN_SECONDS)
    assert models.refusal is None
    assert not models.is_healthy
    assert write(models) == draft()
    assert models.is_healthy


def test_retry_after_is_honoured(clock):
    script = Script(clock, CallFailed(Outcome.RATE_LIMITED, 7.0), draft(), draft(), draft())
    models = chain(script)
    write(models)
    write(models)
    clock.sleep(7)
    write(models)

    assert [model for model, _ in script.asked] == [SMALL, LARGE, LARGE, SMALL]


def test_an_answer_that_used_up_the_limit_pauses_its_model(clock):
    script = Script(clock, (draft(), 8.0), draft(), draft())
    models = chain(script)
    write(models)
    write(models)
    clock.sleep(8)
    write(models)

    assert [model for model, _ in script.asked] == [SMALL, LARGE, SMALL]


def test_a_wrong_key_silences_every_model(clock):
    script = Script(clock, CallFailed(Outcome.UNAUTHORIZED), draft())
    models = chain(script)

    assert write(models) is Outcome.UNAUTHORIZED
    assert models.refusal is Fallback.BREAKER_OPEN
    clock.sleep(MISCONFIGURED_PAUSE_SECONDS)
    assert isinstance(write(models), Draft)


def test_a_cancelled_call_says_nothing_about_the_model(clock):
    class Hanging(Script):
        async def ask(self, *_):
            await asyncio.sleep(60)

    async def story(models):
        call = asyncio.create_task(models.write(SITUATION, 4.0))
        await asyncio.sleep(0)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)

    models = chain(Hanging(clock))
    for _ in range(FAILURES_TO_OPEN):
        asyncio.run(story(models))
    assert models.is_healthy
