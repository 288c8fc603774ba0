"""The rules' words are good enough to ship, and true of whoever they are about."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.insights.rules import RuleWriter
from model.segments import Segment
from scripts.evaluate_insights import stray_numbers
from tests.app.insights.customers import CATALOGUE, prediction


def write(features, *, currency="GBP", **outlook):
    return RuleWriter(CATALOGUE, currency).write(prediction(features, **outlook))


def test_the_words_of_the_five_archetypes():
    def outlook(features):
        return 1512.40 if features[0] == 5200 else 512.40

    expected = "The chance of an order in the next 30 days is 62%; £{:,.2f} is expected."
    texts = {
        (5200, 371.43, 14, 900, 120, 4): (
            "Among those of whom most is expected: 14 orders worth £5,200.00, £371.43 each on average, "
            "the last of them 4 days ago."
        ),
        (345.7, 49.39, 7, 12, 5, 1): (
            "Has come back: 7 orders worth £345.70, £49.39 each on average, the last of them 1 day ago."
        ),
        (60, 60, 1, 1, 1, 0): "First order today, worth £60.00: 1 unit of 1 product. No second order yet.",
        (1500, 1500, 1, 12, 5, 75): "Worth winning back, and gone quiet: 1 order worth £1,500.00, placed 75 days ago.",
        (60, 30, 2, 4, 2, 80): (
            "Modest spend, then quiet: 2 orders worth £60.00, £30.00 each on average, the last of them 80 days ago."
        ),
    }
    written = {
        features: write(features, future_spend_30d=outlook(features), purchase_probability_30d=0.62)
        for features in texts
    }

    assert {insight.segment for insight in written.values()} == set(Segment)
    for features, history in texts.items():
        assert written[features].insight == f"{history} {expected.format(outlook(features))}"


def test_a_customer_without_an_order_is_told_apart():
    assert write((0, 0, 0, 0, 0, 0)).insight.startswith("No order on record yet.")


def test_the_action_says_what_it_costs_and_names_itself():
    insight = write((60, 30, 2, 4, 2, 80), purchase_probability_30d=0.05)

    assert insight.action_id == "newsletter_only"
    assert insight.recommended_action == (
        "Keep on the newsletter list and spend nothing else. Cost: nothing beyond the newsletter."
    )
    assert (insight.source, insight.prompt_version) == ("rules", None)


@given(
    spend=st.floats(0, 1e9),
    orders=st.integers(0, 5_000),
    units=st.integers(0, 10**6),
    products=st.integers(0, 5_000),
    days=st.integers(0, 2_000),
    future=st.floats(0, 1e6),
    probability=st.floats(0.0001, 0.9999),
    currency=st.sampled_from(["GBP", "EUR", "USD", "JPY", "SEK", "CHF"]),
)
def test_every_number_of_a_rule_text_is_the_customers_own(
    spend, orders, units, products, days, future, probability, currency
):
    """What we ask of a language model, our own words keep too."""
    spend = round(spend, 2)
    features = (spend, spend / max(orders, 1), float(orders), float(units), float(products), float(days))
    about = prediction(features, future_spend_30d=round(future, 2), purchase_probability_30d=round(probability, 4))
    insight = RuleWriter(CATALOGUE, currency).write(about)

    assert stray_numbers(insight, about, currency, CATALOGUE) == []


@pytest.mark.parametrize("extreme", [1e308, 1e15, 5e-324])
def test_no_number_is_too_strange_to_be_worded(extreme):
    insight = write((extreme, extreme, 1.5, extreme, extreme, extreme))

    assert 20 < len(insight.insight) < 400
