"""Ids that are told from their bytes are those that would be accepted one by one."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from app.plain_ids import PlainIds, plain_ids
from app.schemas import CustomerId

IDS = TypeAdapter(list[CustomerId])
VISIBLE = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters='"\\'), min_size=1)
BITS = st.lists(st.sampled_from(['"', '["', '"]', '","', '", "', ",", " ", "a", "12", "\\", ";", "\t", "\x7f", "é"]))


@given(st.lists(VISIBLE.map(lambda text: text[:128]), min_size=2), st.sampled_from([",", ", "]))
def test_ids_of_visible_characters_are_plain(ids, separator):
    text = json.dumps(ids, separators=(separator, ":")).encode()

    plain = plain_ids(text)

    assert plain == PlainIds(text, len(ids))
    assert plain.listed() == ids


@given(BITS.map("".join))
def test_nothing_is_plain_that_is_no_list_of_ids(middle):
    text = f'["{middle}"]'.encode()
    plain = plain_ids(text)

    if plain is not None:
        assert plain.listed() == IDS.validate_json(text)
        assert plain.count == len(plain.listed())


@pytest.mark.parametrize(
    "text",
    [
        '["1", ""]',
        '["1", " "]',
        '["1", "a b"]',
        '["1";"2"]',
        '["1""2"]',
        '["1","2", "3"]',
        '["1",,"2"]',
        '[",";"2"]',
        '["1" ,"2"]',
        '["1","2",3]',
        '["1","\\u0041"]',
        '["1","\x7f"]',
        '["1","\t"]',
        '["1","é"]',
        f'["1","{"x" * 129}"]',
        "[]",
    ],
)
def test_anything_unusual_is_left_to_those_who_read(text):
    assert plain_ids(text.encode()) is None
