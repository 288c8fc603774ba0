"""What a model is told, and how it may answer."""

import json

from hypothesis import given
from hypothesis import strategies as st

from app.insights.facts import Facts
from app.insights.prompt import PromptWriter, repeats_instructions
from model.segments import Segment
from tests.app.insights.situations import CATALOGUE, facts, good_texts

WRITER = PromptWriter(CATALOGUE)


def test_the_system_message_is_the_same_for_everybody():
    """Groq's prompt cache keeps a common beginning, and cached tokens count towards no limit."""
    one = WRITER.write(facts(), {Segment.HABITUAL_BUYER})
    other = WRITER.write(facts(total_spend=9.0), {Segment.AT_RISK, Segment.LOW_VALUE})

    assert one.system == other.system
    assert one.user != other.user


def test_the_prompt_fits_the_tokens_of_the_free_plan():
    """8,000 tokens a minute; at about four characters each a call may have six hundred of them."""
    prompt = WRITER.write(facts(), set(Segment))

    assert len(prompt.system) + len(prompt.user) < 4 * 1_000


def test_only_suitable_actions_are_on_the_list():
    prompt = WRITER.write(facts(purchase_probability_30d=0.2), {Segment.HABITUAL_BUYER})

    assert prompt.schema["properties"]["action_id"]["enum"] == ["reorder_reminder"]
    assert json.loads(prompt.user)["suitable_actions"] == {"reorder_reminder": ["Habitual Buyer"]}


@given(st.sets(st.sampled_from(Segment), min_size=1), st.floats(0, 1))
def test_the_answer_can_always_be_one_that_is_permitted(permitted, probability):
    schema = WRITER.write(facts(purchase_probability_30d=probability), permitted).schema

    assert schema["properties"]["segment"]["enum"] == sorted(permitted)
    assert schema["properties"]["action_id"]["enum"]
    assert schema["required"] == list(schema["properties"])


def test_no_good_text_repeats_the_instructions():
    for good, prediction in good_texts():
        about = Facts.of(prediction, "GBP")
        assert not repeats_instructions(about.fill(good.insight))
        assert not repeats_instructions(about.fill(good.recommended_action))
