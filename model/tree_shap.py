"""Shapley values of boosted trees, exact and fast enough to answer a request.

A leaf contributes its value where every condition on the way to it holds. With some features unknown, each unknown
condition counts by the share of training rows that met it, so the leaf is a product game whose Shapley values have a
closed form. This is the path-dependent TreeSHAP of Lundberg et al. (2020), Nature Machine Intelligence 2, 56-67.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import factorial
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class _Leaves:
    """Leaves whose paths ask ``m`` different features; arrays of shape (n_leaves, m), ``value`` (n_leaves,).

    A condition holds for ``lower < x <= upper``, or for an unknown x where ``takes_missing``.
    """

    value: FloatArray
    feature: NDArray[np.int64]
    lower: FloatArray
    upper: FloatArray
    takes_missing: NDArray[np.bool_]
    share: FloatArray

    def add_shapley_values(self, row: FloatArray, values: FloatArray) -> None:
        """Add the leaves' Shapley values for one row (n_features,) to ``values`` (n_features,)."""
        x = row[self.feature]
        holds = np.where(np.isnan(x), self.takes_missing, (x > self.lower) & (x <= self.upper)).astype(np.float64)
        count = self.feature.shape[1]
        weights = [factorial(size) * factorial(count - 1 - size) / factorial(count) for size in range(count)]
        for player in range(count):
            # Coefficient k: the sum over coalitions of k other players of what their conditions multiply to.
            coalitions = np.zeros((count, len(self.value)))
            coalitions[0] = 1.0
            for other in range(count):
                if other != player:
                    joined = np.roll(coalitions, 1, axis=0) * holds[:, other]
                    coalitions = coalitions * self.share[:, other] + joined
            gain = self.value * (holds[:, player] - self.share[:, player]) * (np.array(weights) @ coalitions)
            np.add.at(values, self.feature[:, player], gain)


class TreeExplainer:
    """Splits the raw score of boosted trees into a base and a part per feature.

    Parameters
    ----------
    trees : sequence of arrays
        The nodes of each tree, as ``HistGradientBoosting`` estimators of one output keep them.
    base : float
        What the trees add to.
    """

    def __init__(self, trees: Sequence[Any], base: float) -> None:  # Any: scikit-learn's arrays of nodes
        self.base = base
        by_length: dict[int, list[tuple[float, dict[int, list[float]]]]] = defaultdict(list)
        for nodes in trees:
            for value, conditions in _paths(nodes):
                self.base += value * float(np.prod([condition[3] for condition in conditions.values()]))
                if conditions:
                    by_length[len(conditions)].append((value, conditions))
        self._leaves = [_table(leaves) for leaves in by_length.values()]

    def explain(self, row: FloatArray) -> FloatArray:
        """Parts of the raw score of one row (n_features,); with ``base`` they sum to it."""
        values = np.zeros(len(row))
        for leaves in self._leaves:
            leaves.add_shapley_values(row, values)
        return values


def _paths(nodes: Any) -> list[tuple[float, dict[int, list[float]]]]:  # Any: scikit-learn's array of nodes
    """Value and conditions of each leaf: lower, upper, whether missing passes, share of rows; by feature."""
    leaves = []
    waiting: list[tuple[int, dict[int, list[float]]]] = [(0, {})]
    while waiting:
        position, conditions = waiting.pop()
        node = nodes[position]
        if node["is_leaf"]:
            leaves.append((float(node["value"]), conditions))
            continue
        for child, is_left in ((int(node["left"]), True), (int(node["right"]), False)):
            share = float(nodes[child]["count"]) / float(node["count"])
            waiting.append((child, _narrowed(conditions, node, is_left=is_left, share=share)))
    return leaves


def _narrowed(conditions: dict[int, list[float]], node: Any, *, is_left: bool, share: float) -> dict[int, list[float]]:
    feature, threshold = int(node["feature_idx"]), float(node["num_threshold"])
    lower, upper, takes_missing, known_share = conditions.get(feature, [-np.inf, np.inf, 1.0, 1.0])
    passes_missing = bool(node["missing_go_to_left"]) == is_left
    narrowed = [
        lower if is_left else max(lower, threshold),
        min(upper, threshold) if is_left else upper,
        takes_missing * passes_missing,
        known_share * share,
    ]
    return {**conditions, feature: narrowed}


def _table(leaves: list[tuple[float, dict[int, list[float]]]]) -> _Leaves:
    conditions = np.array([list(by_feature.values()) for _, by_feature in leaves])
    return _Leaves(
        value=np.array([value for value, _ in leaves]),
        feature=np.array([list(by_feature) for _, by_feature in leaves]),
        lower=conditions[:, :, 0],
        upper=conditions[:, :, 1],
        takes_missing=conditions[:, :, 2] > 0,
        share=conditions[:, :, 3],
    )
