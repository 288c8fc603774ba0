"""The best action for many customers is the best one for each."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from model.actions import Action, Catalogue, built_in_catalogue
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
        cost="a letter",
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
