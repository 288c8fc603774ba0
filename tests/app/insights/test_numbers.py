"""What a text states in digits or in words, and of what."""

import pytest

from app.insights.numbers import MalformedNumber, stated_numbers
from model.figures import Kind
from tests.app.insights.situations import facts


def only(text):
    (number,) = stated_numbers(text)
    return number


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("spent £1,234.50 so far", 1234.5, Kind.MONEY),
        ("spent GBP 1,234.50 so far", 1234.5, Kind.MONEY),
        ("spent 345.70 pounds so far", 345.7, Kind.MONEY),
        ("an 83% chance", 83, Kind.SHARE),
        ("an 83 % chance", 83, Kind.SHARE),
        ("an 83 per cent chance", 83, Kind.SHARE),
        ("eighty-three percent likely", 83, Kind.SHARE),
        ("7 orders", 7, Kind.ORDERS),
        ("seven earlier purchases", 7, Kind.ORDERS),
        ("bought twice", 2, Kind.ORDERS),
        ("a single order", 1, Kind.ORDERS),
        ("one hundred and twenty-one units", 121, Kind.UNITS),
        ("three thousand four hundred units", 3400, Kind.UNITS),
        ("5 different products", 5, Kind.PRODUCTS),
        ("4 days ago", 4, Kind.DAYS),
        ("a 4-day gap", 4, Kind.DAYS),
    ],
)
def test_a_number_is_read_with_what_it_counts(text, value, kind):
    number = only(text)

    assert number.value == value
    assert number.kinds == {kind}


@pytest.mark.parametrize(
    "text",
    [
        "one of the best",
        "no one else",
        "one more order",
        "the first order",
        "a second look",
        "third-party",
        "zero cost",
    ],
)
def test_pronouns_and_idioms_are_no_numbers(text):
    assert stated_numbers(text) == []


@pytest.mark.parametrize(
    "text", ["5x", "1e3", "Q4", "7/10", "10:30", "1,2", "3.457.00", "-7 orders", "£-7", "+7 orders", "7k", "0.12345"]
)
def test_odd_notation_is_refused(text):
    with pytest.raises(MalformedNumber):
        stated_numbers(f"about {text} or so")


@pytest.mark.parametrize("text", ["£345.70", "£346", "£345.7", "345.70 GBP", "three hundred forty-six pounds"])
def test_rounding_keeps_a_number_true(text):
    assert only(text).is_true_of(facts())


@pytest.mark.parametrize(
    "text", ["£345", "£345.71", "£3,457.00", "$345.70", "7%", "£7", "7 units", "5 days", "1%", "100%"]
)
def test_another_number_unit_or_currency_is_untrue(text):
    assert not only(text).is_true_of(facts())


def test_days_ahead_are_those_of_the_forecast_and_days_behind_are_not():
    assert only("in the next 30 days").is_true_of(facts())
    assert only("the 30-day forecast").is_true_of(facts())
    assert not only("silent for 30 days").is_true_of(facts())
    assert not only("in the next 4 days").is_true_of(facts())


def test_a_share_is_not_rounded_to_certainty():
    assert not only("100%").is_true_of(facts(purchase_probability_30d=0.998))
    assert not only("0%").is_true_of(facts(purchase_probability_30d=0.002))


def test_an_ordinal_is_the_last_order_or_the_next():
    assert only("the seventh order").is_true_of(facts())
    assert only("the 8th order").is_true_of(facts())
    assert not only("the ninth order").is_true_of(facts())
