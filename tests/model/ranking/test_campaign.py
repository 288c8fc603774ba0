"""Who is contacted, who is held out, and whom the budget does not reach."""

import hashlib
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.ranking.campaign import DECISIONS, Campaign, CampaignError, Offers, control_draws
from model.segments import Segment

DRAWS = st.lists(st.integers(0, 999_999).map(lambda draw: draw / 10**6), max_size=60)
LIMITS = st.none() | st.integers(0, 70)
SHARES = st.integers(0, 99).map(lambda percent: percent / 100)


def offers(draws: list[float], **given) -> Offers:
    """What would be done for each; nothing but a contact where not told."""
    costs, alone, large = (given.get(name, {}) for name in ("costs", "alone", "large"))
    places = range(len(draws))
    return Offers(
        action_cost=np.array([Decimal(costs.get(place, 0)) for place in places], dtype=object),
        is_left_alone=np.array([place in alone for place in places], dtype=bool),
        is_large=np.array([place in large for place in places], dtype=bool),
    )


def decided(campaign: Campaign, draws: list[float], **given) -> list[str]:
    return [DECISIONS[code].value for code in campaign.decide(np.array(draws), offers(draws, **given)).tolist()]


def walked(draws, campaign: Campaign, *, costs, alone, large) -> list[str]:
    """The rule as one would carry it out by hand, customer after customer."""
    decisions, spent, is_over = [], Decimal(0), False
    most = campaign.budget if campaign.budget is not None else campaign.limit
    for place, draw in enumerate(draws):
        if place in alone:
            decisions.append("left_alone")
            continue
        held_out = draw < campaign.control_share and place not in large
        if not held_out:
            spent += 1 if campaign.budget is None else campaign.contact_cost + Decimal(costs.get(place, 0))
        is_over = is_over or (most is not None and spent > most)
        decisions.append("below_budget" if is_over else "control" if held_out else "treat")
    return decisions


PLACES = st.sets(st.integers(0, 59), max_size=20)
COSTS = st.dictionaries(st.integers(0, 59), st.decimals(0, 20, places=2), max_size=30)
CAMPAIGNS = st.builds(lambda limit, share: Campaign(limit=limit, control_share=share), LIMITS, SHARES) | st.builds(
    lambda budget, cost, share: Campaign(budget=budget, contact_cost=cost, control_share=share),
    st.decimals(0, 200, places=2),
    st.decimals("0.01", 9, places=2),
    SHARES,
)


@settings(deadline=None)  # a busy machine must not decide
@given(DRAWS, CAMPAIGNS, COSTS, PLACES, PLACES)
def test_decisions_are_those_of_walking_down_the_list(draws, campaign, costs, alone, large):
    rest = {"costs": costs, "alone": alone, "large": large}

    assert decided(campaign, draws, **rest) == walked(draws, campaign, **rest)


@settings(deadline=None)  # a busy machine must not decide
@given(DRAWS, CAMPAIGNS, COSTS, PLACES, PLACES)
def test_a_campaign_agrees_with_itself(draws, campaign, costs, alone, large):
    """Nobody is contacted to spend nothing on them, nobody large is held out, and no budget is overspent."""
    of_each = offers(draws, costs=costs, alone=alone, large=large)
    decisions = decided(campaign, draws, costs=costs, alone=alone, large=large)

    for place, decision in enumerate(decisions):
        assert (decision == "left_alone") == (place in alone)
        assert not (decision == "control" and place in large)
    if campaign.budget is not None:
        spent = of_each.costs(campaign.contact_cost)[[decision == "treat" for decision in decisions]].sum()
        assert spent <= campaign.budget


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
    [("50", "0.1", 500), ("0.3", "0.1", 3), ("499.99", "0.5", 999), ("0", "1", 0), ("0.000003", "0.000001", 3)],
)
def test_a_budget_pays_for_as_many_contacts_as_a_cashier_would_count(budget, contact_cost, contacts):
    """In binary fractions 50 // 0.1 is 499."""
    campaign = Campaign(budget=Decimal(budget), contact_cost=Decimal(contact_cost))

    assert decided(campaign, [0.5] * 1100).count("treat") == contacts


def test_a_contact_costs_what_the_action_costs_too():
    """Worked out by hand: 0.50 + 4.50, then 0.50, then 0.50 of what is left."""
    campaign = Campaign(budget=Decimal("6.00"), contact_cost=Decimal("0.50"))

    assert decided(campaign, [0.5] * 5, costs={0: "4.50"}) == ["treat"] * 3 + ["below_budget"] * 2
    assert decided(campaign, [0.5] * 3, costs={0: "5.51"}) == ["below_budget"] * 3


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
