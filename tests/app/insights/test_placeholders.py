"""Numbers read as a person would write them, and templates stay true for every customer."""

import pytest

from app.insights.placeholders import KINDS, fill, numbers_of
from model.artifact.card import HORIZON_DAYS
from model.features.definitions import FEATURE_NAMES
from model.ranking.placeholders import format_share
from tests.app.insights.customers import prediction


def filled(template, currency="GBP", **numbers):
    """The template with the numbers of the Habitual Buyer, some of them changed."""
    return fill(template, {**numbers_of(prediction()), **numbers}, currency)


def test_the_list_is_closed_and_has_the_names_of_the_api():
    forecast = ["predicted_future_spend_30d", "purchase_probability_30d", "horizon_days"]

    assert list(KINDS) == list(numbers_of(prediction())) == [*FEATURE_NAMES, *forecast]


@pytest.mark.parametrize(
    ("currency", "text"),
    [("GBP", "£345.70"), ("EUR", "€345.70"), ("USD", "$345.70"), ("JPY", "¥346"), ("SEK", "SEK 345.70")],
)
def test_money_has_its_sign_or_its_code(currency, text):
    assert filled("{total_spend}", currency) == text


def test_thousands_are_separated():
    assert filled("{total_spend}", total_spend=1234567.5) == "£1,234,567.50"
    assert filled("{total_units}", total_units=12000.0) == "12,000 units"


@pytest.mark.parametrize(("orders", "text"), [(0, "0 orders"), (1, "1 order"), (2, "2 orders"), (2.5, "2.5 orders")])
def test_zero_one_and_many_are_grammatical(orders, text):
    assert filled("{num_transactions}", num_transactions=orders) == text


@pytest.mark.parametrize(
    ("share", "text"), [(0.83, "83%"), (0.8349, "83%"), (0.0432, "4%"), (0.0004, "0.04%"), (0.9999, "99.99%")]
)
def test_a_chance_is_never_rounded_to_certainty(share, text):
    assert format_share(share) == text


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{num_transactions} worth {total_spend}", "7 orders worth £345.70"),
        ("{num_transactions} orders", "7 orders"),
        ("{num_transactions} past orders", "7 past orders"),
        ("{num_transactions} purchases", "7 purchases"),
        ("{unique_products} different products", "5 different products"),
        ("a {recency_days}-day gap", "a 4-day gap"),
        ("{recency_days} days ago", "4 days ago"),
        ("{recency_days} ago", "4 days ago"),
        ("£{total_spend}", "£345.70"),
        ("{purchase_probability_30d}%", "83%"),
        ("{purchase_probability_30d} percent chance", "83% chance"),
        ("{total_spend} over {num_transactions}, {recency_days} ago", "£345.70 over 7 orders, 4 days ago"),
        ("in the next {horizon_days}", f"in the next {HORIZON_DAYS} days"),
        ("the {horizon_days}-day forecast", f"the {HORIZON_DAYS}-day forecast"),
        ("{nobody_knows} stays", "{nobody_knows} stays"),
    ],
)
def test_a_placeholder_brings_its_unit_unless_the_writer_did(template, text):
    assert filled(template) == text


def test_a_written_noun_follows_the_number_of_the_next_customer():
    """A text written for 7 orders is shown to a customer with 1."""
    assert filled("{num_transactions} orders so far", num_transactions=1.0) == "1 order so far"
    assert filled("{recency_days} days ago", recency_days=1.0) == "1 day ago"


@pytest.mark.parametrize(
    ("share", "text"), [(0.83, "an 83% chance"), (0.11, "an 11% chance"), (0.7, "a 70% chance"), (0.1, "a 10% chance")]
)
def test_the_article_follows_the_number(share, text):
    assert filled("a {purchase_probability_30d} chance", purchase_probability_30d=share) == text
