"""The best action for many customers is the best one for each."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from model.ranking.actions import Action, Catalogue, built_in_catalogue
from model.segments import SEGMENTS

BOUNDS = st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0])
RANGES = st.tuples(BOUNDS, BOUNDS).filter(lambda bounds: bounds[0] < bounds[1])
CONDITIONAL = st.tuples(st.lists(st.sampled_from(SEGMENTS), min_size=1, max_size=5, unique=True), RANGES)
PROBABILITIES = st.lists(st.floats(0, 1) | st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]), min_size=1, max_size=9)


def action(number, segments, bounds):
    return Action(
        id=f"action_{number}",
        title="Write to them",
        segments=tuple(segments),
        fits="whoever it fits",
        effort="a letter",
        cost=0,
        probability_from=bounds[0],
        probability_below=bounds[1],
    )


def assert_best_of_each_is_best(catalogue, probabilities):
    ids = [one.id for one in catalogue]
    for code, segment in enumerate(SEGMENTS):
        codes = np.full(len(probabilities), code, np.int8)
        best = catalogue.best_of_each(codes, np.array(probabilities))
        assert [ids[place] for place in best] == [catalogue.best(segment, one).id for one in probabilities]


@given(st.lists(CONDITIONAL, max_size=6), PROBABILITIES)
def test_the_best_of_each_is_what_is_best_for_one(chosen, probabilities):
    conditional = [action(number, segments, bounds) for number, (segments, bounds) in enumerate(chosen)]

    assert_best_of_each_is_best(Catalogue([*conditional, action(99, SEGMENTS, (0.0, 1.0))]), probabilities)


def test_the_built_in_actions_too():
    assert_best_of_each_is_best(built_in_catalogue(), np.linspace(0, 1, 501).tolist())


@pytest.mark.parametrize(
    ("written", "cost"), [(0, "0"), (4.5, "4.50"), ("4.50", "4.50"), ("0.10 of order", "4.94"), ("1 of order", "49.34")]
)
def test_a_cost_is_money_or_a_share_of_the_average_order(written, cost):
    """Rounded up: 0.10 of 49.333 is 4.9333."""
    own = action(1, SEGMENTS, (0.0, 1.0)).model_dump() | {"cost": written}

    assert Action.model_validate(own).cost.of(49.333) == Decimal(cost)


@pytest.mark.parametrize("written", ["", "free", "-1", "1e3", "ten of order", "0.1 of orders", True, None])
def test_what_is_no_cost_is_refused_with_what_would_be_right(written):
    own = action(1, SEGMENTS, (0.0, 1.0)).model_dump() | {"cost": written}

    with pytest.raises(ValidationError, match="write money such as 0"):
        Action.model_validate(own)


def test_built_in_actions_that_cost_the_shop_something_have_a_cost():
    catalogue = built_in_catalogue()

    for action_id in ("free_delivery", "personal_contact"):
        assert catalogue.get(action_id).cost.of(20.0) > Decimal("0.50")
    assert [each.id for each in catalogue if not each.contact] == ["newsletter_only"]
