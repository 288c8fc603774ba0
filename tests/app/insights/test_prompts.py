"""What a model is told, and how it may answer."""

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from app.insights.placeholders import KINDS
from app.insights.prompts import INSTRUCTIONS, prompt_about
from model.segments import Segment
from tests.app.insights.customers import CATALOGUE, situation


def prompt(**about):
    """System message, message and schema of the question about one customer."""
    asked = prompt_about(situation(**about), CATALOGUE)
    system, user = asked["messages"]
    assert (system["role"], user["role"]) == ("system", "user")
    return system["content"], user["content"], asked["response_format"]["json_schema"]["schema"]


def test_the_system_message_is_the_same_for_everybody():
    """Groq's prompt cache keeps a common beginning, and cached tokens count towards no limit."""
    one, about_one, _ = prompt()
    other, about_other, _ = prompt(permitted={Segment.AT_RISK, Segment.LOW_VALUE}, total_spend=9.0)

    assert one == other
    assert about_one != about_other


def test_the_prompt_fits_the_tokens_of_the_free_plan():
    """8,000 tokens a minute; at about four characters each a call may have six hundred of them."""
    system, user, _ = prompt(permitted=Segment)

    assert len(system) + len(user) < 4 * 1_000


def test_only_suitable_actions_are_on_the_list():
    _, user, schema = prompt(purchase_probability_30d=0.2)

    assert schema["properties"]["action_id"]["enum"] == ["reorder_reminder"]
    assert json.loads(user)["suitable_actions"] == {"reorder_reminder": ["Habitual Buyer"]}


@given(st.sets(st.sampled_from(Segment), min_size=1), st.floats(0, 1))
def test_the_answer_can_always_be_one_that_is_permitted(permitted, probability):
    _, _, schema = prompt(permitted=permitted, purchase_probability_30d=probability)

    assert schema["properties"]["segment"]["enum"] == sorted(permitted)
    assert schema["properties"]["action_id"]["enum"]
    assert schema["required"] == list(schema["properties"])


def test_every_placeholder_is_told_and_no_other():
    assert set(re.findall(r"\{(\w+)\}", INSTRUCTIONS)) == set(KINDS)


def test_money_goes_out_in_whole_cents():
    assert json.loads(prompt(avg_spend=49.38571)[1])["avg_spend"] == 49.39
    assert json.loads(prompt(avg_spend=49.38571, currency="JPY")[1])["avg_spend"] == 49
