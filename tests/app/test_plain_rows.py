"""Customers who are told from the bytes of a list are those that would be read one by one."""

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from app.plain_rows import plain_rows
from app.schemas import PredictionRequest

CUSTOMERS = TypeAdapter(list[PredictionRequest])
NUMBERS = st.integers(0, 10**19) | st.floats(0, 1e300) | st.sampled_from([0, -0.0, 1, 120, 1400.0])
PLAIN = {"customer_id": "13085", "features": [1400.0, 140.0, 10, 800, 60, 12]}
PIECES = st.sampled_from(
    (
        *(
            '"',
            "[",
            "]",
            "{",
            "}",
            ",",
            ":",
            " ",
            "\\",
            "1",
            "a",
            ";",
            "\t",
            "\x7f",
            "é",
            "-1",
            "true",
            "null",
            "1e400",
        ),
        *('""', '"a"', "[1,2,3,4,5,6]", '"customer_id":', '"features":', '"x":1', "],[", '","'),
        '{"customer_id":"1","features":[1,2,3,4,5,6]}',
    )
)


def written(customers, separators):
    return json.dumps(customers, separators=separators).encode()


@given(
    st.lists(st.tuples(st.from_regex(r"[!#-\[\]-~]{1,128}", fullmatch=True), *[NUMBERS] * 6), min_size=2, max_size=5),
    st.sampled_from([(",", ":"), (", ", ": ")]),
)
def test_customers_as_programs_write_them_are_plain(customers, separators):
    listed = [{"customer_id": customer_id, "features": features} for customer_id, *features in customers]
    has_brackets = any("[" in customer_id or "]" in customer_id for customer_id, *_ in customers)

    plain = plain_rows(written(listed, separators))

    assert (plain is None) == has_brackets
    if plain is not None:
        ids, features = plain
        assert ids.listed() == [customer["customer_id"] for customer in listed]
        assert features.tolist() == [[float(number) for number in customer["features"]] for customer in listed]


@settings(max_examples=1000)
@given(
    st.integers(2, 4),
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 3), PIECES), max_size=3),
    st.sampled_from([(",", ":"), (", ", ": ")]),
)
@example(2, [(17, 0, "]"), (52, 0, "[")], (",", ":"))
def test_nothing_is_plain_that_is_no_list_of_customers(count, changes, separators):
    """Some characters of a plain list are left out, and others put in their place."""
    text = written([PLAIN] * count, separators).decode()
    for place, length, piece in changes:
        text = text[:place] + piece + text[place + length :]

    plain = plain_rows(text.encode())

    if plain is not None:
        expected = CUSTOMERS.validate_json(text)
        assert plain[0].listed() == [customer.customer_id for customer in expected]
        assert plain[1].tolist() == [customer.features_in_order() for customer in expected]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("12]", "12,1]"),
        ("12]", "]"),
        (", 12]", "]"),
        ("10,", "-10,"),
        ("10,", "1e400,"),
        ("10,", "true,"),
        ("10,", "[10],"),
        ("10,", '"10",'),
        ('"13085"', '""'),
        ('"13085"', '" "'),
        ('"13085"', "13085"),
        ('"13085"', '"é"'),
        ('"13085"', '"\\u0041"'),
        ('"features"', '"features" '),
        ('"features"', '"feature"'),
        ("}, {", "} {"),
        ("}, {", "}, , {"),
        ("}]", "}, ]"),
        ("}]", "}] "),
        ("}]", "}"),
    ],
)
def test_anything_unusual_is_left_to_those_who_read(old, new):
    text = json.dumps([PLAIN] * 3)
    assert plain_rows(text.encode()) is not None

    assert plain_rows(text.replace(old, new, 1).encode()) is None


def test_many_customers_are_told_from_their_bytes_and_too_many_are_not():
    many = [PLAIN] * 10_000

    assert plain_rows(written(many, (",", ":")))[0].count == 10_000
    assert plain_rows(written([*many, PLAIN], (",", ":"))) is None


def test_numbers_of_one_customer_do_not_stand_in_for_those_of_another():
    """Five and seven are twelve, and yet not six for each."""
    uneven = [{**PLAIN, "features": [1, 2, 3, 4, 5]}, {**PLAIN, "features": [6, 7, 8, 9, 10, 11, 12]}]

    assert plain_rows(written(uneven, (",", ":"))) is None
