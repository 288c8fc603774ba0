"""A body is read the quick way or the thorough way, and both read the same customer."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.customers import any_customer, usual_customer
from app.errors import Problem
from app.predictions.schemas import EXAMPLES
from model import FEATURE_NAMES

NUMBERS = (
    st.integers(-1, 2**70) | st.floats(width=64) | st.sampled_from([0, -0.0, 1e308, 12.5, True, None, "1", [], {}])
)
IDS = st.text(max_size=130) | st.sampled_from(
    ["13085", " ", "", '"', "\\u0031", "a\u200d", "\u3000", 7, None, [], {"a": 1}]
)
LISTS = st.lists(NUMBERS, min_size=5, max_size=7)
OBJECTS = st.dictionaries(st.sampled_from([*FEATURE_NAMES, "recency"]), NUMBERS, min_size=5, max_size=7)
BODIES = st.fixed_dictionaries({}, optional={"customer_id": IDS, "features": LISTS | OBJECTS | NUMBERS, "note": IDS})
VISIBLE = st.characters(min_codepoint=33, exclude_categories=["C", "Z"], exclude_characters='"\\')
POSITIVE = st.integers(0, 10**19) | st.floats(0, 1e308)
ORDINARY = st.fixed_dictionaries(
    {
        "customer_id": st.text(VISIBLE, min_size=1, max_size=128),
        "features": st.lists(POSITIVE, min_size=6, max_size=6)
        | st.fixed_dictionaries(dict.fromkeys(FEATURE_NAMES, POSITIVE)),
    }
)
TWICE = b'{"customer_id": "1", "features": [1,1,1,1,1,1], "features": [2,2,2,2,2,2]}'
ESCAPED = b'{"customer_id": "1", "f\\u0065atures": [1,1,1,1,1,1]}'


def read_thoroughly(body: bytes):
    try:
        return any_customer(body)
    except Problem:
        return None


@given(BODIES.map(json.dumps) | ORDINARY.map(json.dumps) | st.text())
@example(TWICE.decode())
@example(ESCAPED.decode())
@example("[" * 5000)
@example('{"customer_id": "1", "features": [1e999,1,1,1,1,1]}')
@example('{"customer_id": "1", "features": [NaN,1,1,1,1,1]}')
def test_the_quick_way_reads_what_the_thorough_way_reads_or_leaves_it_alone(text):
    """Whatever it passes must be right: nobody looks after it."""
    body = text.encode(errors="surrogatepass")

    quickly = usual_customer(body)

    if quickly is not None:
        thoroughly = read_thoroughly(body)
        assert quickly.customer_id == thoroughly.customer_id
        assert [str(float(value)) for value in quickly.features] == [str(value) for value in thoroughly.features]


@given(ORDINARY)
def test_ordinary_customers_are_read_the_quick_way(customer):
    body = json.dumps(customer, ensure_ascii=False).encode()

    quickly = usual_customer(body)

    assert quickly is not None
    assert quickly.customer_id == customer["customer_id"]
    assert tuple(map(float, quickly.features)) == any_customer(body).features


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_read_the_quick_way(name):
    assert usual_customer(json.dumps(EXAMPLES[name]).encode()) is not None


@pytest.mark.parametrize("body", [TWICE, ESCAPED, b'{"customer_id": "1", "features": [1,1,1,1,1,true]}'])
def test_oddities_are_left_to_the_thorough_way(body):
    assert usual_customer(body) is None
