"""Who is contacted, who is held out, and whom the budget does not reach."""

import hashlib
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.campaign import DECISIONS, Campaign, CampaignError, control_draws
from model.segments import Segment

DRAWS = st.lists(st.integers(0, 999_999).map(lambda draw: draw / 10**6), max_size=60)
LIMITS = st.none() | st.integers(0, 70)
SHARES = st.integers(0, 99).map(lambda percent: percent / 100)


def decided(campaign: Campaign, draws: list[float]) -> list[str]:
    return [DECISIONS[code].value for code in campaign.decide(np.array(draws)).tolist()]


def walked(draws: list[float], limit: int | None, control_share: float) -> list[str]:
    """The rule as one would carry it out by hand, customer after customer."""
    decisions, contacted, is_over = [], 0, False
    for draw in draws:
        held_out = draw < control_share
        is_over = is_over or (not held_out and contacted == limit)
        contacted += not is_over and not held_out
        decisions.append("below_budget" if is_over else "control" if held_out else "treat")
    return decisions


@settings(deadline=None)  # a busy machine must not decide
@given(DRAWS, LIMITS, SHARES)
def test_decisions_are_those_of_walking_down_the_list(draws, limit, control_share):
    assert decided(Campaign(limit=limit, control_share=control_share), draws) == walked(draws, limit, control_share)


@settings(deadline=None)  # a busy machine must not decide
@given(DRAWS, st.integers(0, 70), SHARES)
def test_more_budget_changes_nobody_but_those_it_reaches_now(draws, limit, control_share):
    before = decided(Campaign(limit=limit, control_share=control_share), draws)
    after = decided(Campaign(limit=limit + 1, control_share=control_share), draws)

    end = before.index("below_budget") if "below_budget" in before else len(before)
    assert after[:end] == before[:end]
    assert before.count("treat") <= after.count("treat") <= before.count("treat") + 1


@pytest.mark.parametrize(
    ("budget", "contact_cost", "contacts"),
    [
        ("500", "0.1", 5000),
        ("0.3", "0.1", 3),
        ("499.99", "0.5", 999),
        ("0", "1", 0),
        ("999999999999", "0.000001", 999999999999000000),
    ],
)
def test_a_budget_pays_for_as_many_contacts_as_a_cashier_would_count(budget, contact_cost, contacts):
    """In binary fractions 500 // 0.1 is 4,999."""
    campaign = Campaign(budget=Decimal(budget), contact_cost=Decimal(contact_cost))

    assert campaign.most_contacts == contacts


def test_the_cost_is_that_of_the_contacts():
    assert Campaign(contact_cost=Decimal("0.35")).cost(3) == 1.05
    assert Campaign(limit=3).cost(3) is None


@settings(deadline=None)  # a busy machine must not decide
@given(st.lists(st.text(min_size=1), unique=True, max_size=30), st.randoms())
def test_a_customer_draws_the_same_number_in_any_list_and_order(ids, random):
    draws = dict(zip(ids, control_draws(ids).tolist(), strict=True))
    shuffled = random.sample(ids, len(ids))

    assert control_draws(shuffled).tolist() == [draws[customer_id] for customer_id in shuffled]


@pytest.mark.parametrize("customer_id", ["14646", "ann@example.com", "Zoë 東京", "'=1"])
def test_a_draw_can_be_recomputed_by_anybody(customer_id):
    """The first eight bytes of the SHA-256 over 2**64, cut to six decimals, as the documents say."""
    first_bytes = int(hashlib.sha256(customer_id.encode("utf-8")).hexdigest()[:16], 16)

    assert control_draws([customer_id])[0] == int(first_bytes / 2**64 * 10**6) / 10**6


def test_draws_are_spread_evenly_over_all_shares():
    draws = control_draws(str(number) for number in range(100_000))

    assert np.histogram(draws, bins=20, range=(0, 1))[0] == pytest.approx(5000, rel=0.06)
    assert 0 <= draws.min() <= draws.max() < 1


@pytest.mark.parametrize(
    ("options", "option", "rule"),
    [
        ({"budget": "ten", "contact_cost": "1"}, "budget", "an amount of money, 0 or more"),
        ({"budget": "-1", "contact_cost": "1"}, "budget", "an amount of money, 0 or more"),
        ({"budget": "1e9", "contact_cost": "1"}, "budget", "an amount of money, 0 or more"),
        ({"budget": "٣", "contact_cost": "1"}, "budget", "an amount of money, 0 or more"),
        ({"budget": "", "contact_cost": "1"}, "budget", "an amount of money, 0 or more"),
        ({"budget": "1", "contact_cost": "0"}, "contact_cost", "more than 0"),
        ({"budget": "1"}, "contact_cost", "a budget needs what one contact costs"),
        ({"budget": "1", "contact_cost": "1", "limit": "1"}, "limit", "a budget or a limit, not both"),
        ({"limit": "1.5"}, "limit", "a whole number of customers"),
        ({"control_share": "1"}, "control_share", "less than 1"),
        ({"control_share": "nan"}, "control_share", "less than 1"),
        ({"segments": "Best"}, "segments", "High Value, Habitual Buyer"),
        ({"segments": ""}, "segments", "High Value, Habitual Buyer"),
    ],
)
def test_an_option_that_breaks_its_rule_is_named_with_value_and_rule(options, option, rule):
    with pytest.raises(CampaignError) as caught:
        Campaign.of(options)

    assert (caught.value.option, caught.value.value) == (option, options.get(option))
    assert rule in caught.value.rule
    assert str(caught.value).startswith(f"{option} is ")


def test_options_are_read_as_written():
    campaign = Campaign.of(
        {"budget": "499.50", "contact_cost": "0.5", "control_share": "0.1", "segments": "At Risk, High Value,At Risk"}
    )

    assert campaign == Campaign(Decimal("499.50"), Decimal("0.5"), None, 0.1, (Segment.AT_RISK, Segment.HIGH_VALUE))
