"""What a control group can show, against textbook numbers and an experiment that is carried out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.currency import money_reader
from model.estimators.intervals import SpendIfPurchase
from model.ranking.control_group import ControlGroup, control_group

MONEY = money_reader("GBP")


def group(customers: int, held_out: int, *, spend=10.0, probability=0.5, interval=None) -> ControlGroup:
    spends = np.full(customers, spend)
    if_purchase = interval and SpendIfPurchase(*(np.full(customers, value) for value in interval))
    return control_group(spends, np.full(customers, probability), if_purchase, np.arange(customers) < held_out, MONEY)


def test_the_smallest_effect_is_that_of_a_textbook():
    """Everybody spends 20 or nothing, half and half: a standard deviation of 10; 2.8016 x 10 x sqrt(1/100 + 1/100)."""
    told = group(200, 100, interval=(20, 20, 20, 20))

    assert told.average_spend == 10.0
    assert told.smallest_effect == pytest.approx(3.96, abs=0.005)
    assert told.is_telling
    assert told.told == (
        "100 held out reveal an effect of £3.96 or more per customer (80 % power at 5 %); £10.00 is expected of each "
        "on average."
    )


def test_a_small_group_says_so_and_what_size_would_do():
    told = group(200, 10, interval=(20, 20, 20, 20))

    assert not told.is_telling
    assert told.told.startswith("This control group will hardly tell anything: 10 held out reveal an effect of £9.09")
    assert told.told.endswith(f"To reveal half of that takes {told.customers_needed} held out.")
    assert group(200, told.customers_needed, interval=(20, 20, 20, 20)).is_telling
    assert not group(200, told.customers_needed - 1, interval=(20, 20, 20, 20)).is_telling


def test_where_no_share_would_do_both_sides_must_grow():
    told = group(20, 2, interval=(20, 20, 20, 20))

    assert told.told.endswith(f"{told.customers_needed} held out and as many contacted.")
    assert group(2 * told.customers_needed, told.customers_needed, interval=(20, 20, 20, 20)).is_telling


@pytest.mark.parametrize(("customers", "held_out"), [(0, 0), (10, 0), (10, 10)])
def test_a_group_without_another_side_tells_nothing(customers, held_out):
    told = group(customers, held_out)

    assert (told.customers, told.smallest_effect, told.is_telling, told.customers_needed) == (
        held_out, None, False, None)  # fmt: skip
    assert "tells nothing" in told.told


@settings(deadline=None)  # a busy machine must not decide
@given(st.integers(2, 3000), st.floats(0.01, 0.99), st.floats(0.01, 1e4), st.floats(0.001, 0.999))
def test_more_held_out_of_twice_as_many_customers_reveal_less(customers, share, spend, probability):
    held_out = min(max(1, int(customers * share)), customers - 1)
    one, two = (group(size * customers, size * held_out, spend=spend, probability=probability) for size in (1, 2))

    assert two.smallest_effect <= one.smallest_effect


def test_an_experiment_finds_the_smallest_effect_in_four_cases_of_five():
    """Carried out a thousand times: buyers are drawn, spends lognormal, those contacted spend the effect more."""
    random, customers, held_out = np.random.default_rng(7), 900, 300
    probability = random.uniform(0.05, 0.9, customers)
    mean, sigma = random.lognormal(3, 0.5, customers), 0.6
    low, high = (mean * np.exp(-(sigma**2) / 2 + sign * 1.2816 * sigma) for sign in (-1, 1))
    is_held_out = random.permutation(customers) < held_out
    told = control_group(mean * probability, probability, SpendIfPurchase(mean, mean, low, high), is_held_out, MONEY)

    found = 0
    for _ in range(1000):
        spent = (random.random(customers) < probability) * mean * random.lognormal(-(sigma**2) / 2, sigma, customers)
        spent = spent[random.permutation(customers)]  # who is held out is drawn anew
        treated, control = spent[~is_held_out] + told.smallest_effect, spent[is_held_out]
        error = np.sqrt(treated.var(ddof=1) / len(treated) + control.var(ddof=1) / len(control))
        found += (treated.mean() - control.mean()) / error > 1.96
    assert found / 1000 == pytest.approx(0.80, abs=0.05)
