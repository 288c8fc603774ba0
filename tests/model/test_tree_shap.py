"""The closed form against Shapley's definition, by every coalition of a small tree's features."""

from itertools import combinations
from math import factorial

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from model.hurdle_parts import BoostedTrees

FEATURES = 4


def estimator(kind, *, iterations: int):
    random = np.random.default_rng(0)
    rows = random.normal(size=(600, FEATURES))
    rows[random.random(rows.shape) < 0.1] = np.nan
    score = np.nan_to_num(rows[:, 0]) * 2 + np.nan_to_num(rows[:, 1] * rows[:, 2]) + 0.3 * random.normal(size=600)
    target = score > 0 if kind is HistGradientBoostingClassifier else score
    return kind(max_iter=iterations, max_leaf_nodes=8, random_state=0).fit(rows, target), rows


def raw(model, rows):
    return model.decision_function(rows) if hasattr(model, "decision_function") else model.predict(rows)


def expected_with(nodes, position: int, row, known: set[int]) -> float:
    """Value of a tree where only some features are known: unknown splits are averaged by their training rows."""
    node = nodes[position]
    if node["is_leaf"]:
        return float(node["value"])
    feature, left, right = int(node["feature_idx"]), int(node["left"]), int(node["right"])
    if feature in known:
        x = row[feature]
        goes_left = bool(node["missing_go_to_left"]) if np.isnan(x) else x <= node["num_threshold"]
        return expected_with(nodes, left if goes_left else right, row, known)
    counts = nodes[left]["count"], nodes[right]["count"]
    values = expected_with(nodes, left, row, known), expected_with(nodes, right, row, known)
    return float(np.average(values, weights=counts))


def shapley_by_definition(nodes, row) -> np.ndarray:
    values = np.zeros(FEATURES)
    for player in range(FEATURES):
        others = [feature for feature in range(FEATURES) if feature != player]
        for size in range(FEATURES):
            weight = factorial(size) * factorial(FEATURES - size - 1) / factorial(FEATURES)
            for coalition in combinations(others, size):
                joined = expected_with(nodes, 0, row, {*coalition, player})
                values[player] += weight * (joined - expected_with(nodes, 0, row, set(coalition)))
    return values


@pytest.mark.parametrize("position", range(5))
def test_the_parts_are_shapley_values(position: int):
    model, rows = estimator(HistGradientBoostingRegressor, iterations=1)

    expected = shapley_by_definition(model._predictors[0][0].nodes, rows[position])
    assert BoostedTrees.of(model).explain(rows[position])[1] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("kind", [HistGradientBoostingRegressor, HistGradientBoostingClassifier])
def test_base_and_parts_sum_to_the_score(kind):
    model, rows = estimator(kind, iterations=30)
    trees = BoostedTrees.of(model)

    for row in rows[:20]:
        base, parts = trees.explain(row)
        assert base + parts.sum() == pytest.approx(raw(model, row[None, :])[0], abs=1e-9)


def test_a_feature_that_no_tree_asks_for_has_no_part():
    random = np.random.default_rng(0)
    rows = np.column_stack([random.normal(size=300), np.zeros(300)])
    model = HistGradientBoostingRegressor(max_iter=5).fit(rows, rows[:, 0])

    assert BoostedTrees.of(model).explain(rows[0])[1][1] == 0.0
