"""Many decision trees as a few flat arrays, walked for all rows and trees at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from model.serving import FloatArray, ServingForm

IntArray = npt.NDArray[np.int32]

# Rows are taken in pieces, so that the positions of all trees stay in the processor's cache.
POSITIONS_AT_ONCE = 1 << 16

IDENTITY, EXP, LOGISTIC = range(3)


@dataclass(frozen=True)
class Trees(ServingForm):
    """The sum of trees: scikit-learn's forests, its histogram gradient boosting, and XGBoost.

    Nodes of all trees stand one after another; every array but the last six has shape (n_nodes,).
    A row goes left where ``inputs[feature] <= threshold``, or by ``nan_goes_left`` where the input is
    missing. A leaf is its own child, so a row that has arrived stays.

    ``roots`` (n_trees,) are the first nodes. The prediction is ``link((base + sum of values) / divisor)``;
    inputs are compared in the precision of ``threshold`` after a cast to that of ``precision`` (), and summed
    in that of ``value``, for in these two the libraries differ. ``steps`` () is the longest way down.
    """

    kind = "trees"
    feature: IntArray
    threshold: FloatArray
    left: IntArray
    right: IntArray
    nan_goes_left: npt.NDArray[np.bool_]
    value: npt.NDArray[np.floating[Any]]  # Any: float64, or XGBoost's float32
    roots: IntArray
    base: npt.NDArray[np.floating[Any]]  # Any: as of ``value``
    divisor: FloatArray
    precision: npt.NDArray[np.floating[Any]]  # Any: carries a type, its value is nothing
    link: IntArray
    steps: IntArray

    def predict(self, inputs: FloatArray) -> FloatArray:
        """Walk down every tree, sum up, apply the link."""
        rows = max(POSITIONS_AT_ONCE // len(self.roots), 1)
        pieces = [self._sums(inputs[start : start + rows]) for start in range(0, len(inputs), rows)]
        return _linked(int(self.link), np.concatenate(pieces, dtype=np.float64) / self.divisor)

    def _sums(self, inputs: FloatArray) -> npt.NDArray[np.floating[Any]]:  # Any: as of ``value``
        leaves = self._leaves(inputs.astype(self.precision.dtype, copy=False).ravel(), inputs.shape)
        values = self.value[leaves]
        values[0] += self.base
        # One tree after another, as the libraries add; numpy would add a single row in pairs.
        summed = np.add.accumulate(values)[-1] if len(inputs) == 1 else np.add.reduce(values)
        return np.asarray(summed)

    def _leaves(self, flat_inputs: npt.NDArray[Any], shape: tuple[int, ...]) -> IntArray:  # Any: as of ``precision``
        """Where each row ends in each tree; shape (n_trees, n_rows)."""
        n_rows, n_inputs = shape
        first_input = np.arange(0, n_rows * n_inputs, n_inputs)
        nodes = np.repeat(self.roots[:, np.newaxis], n_rows, axis=1)
        has_missing = bool(np.isnan(flat_inputs).any())
        for _ in range(int(self.steps)):
            inputs = flat_inputs[self.feature[nodes] + first_input]
            goes_left = inputs <= self.threshold[nodes]
            if has_missing:
                goes_left |= np.isnan(inputs) & self.nan_goes_left[nodes]
            nodes = self._children[nodes + nodes + goes_left]
        return nodes

    @cached_property
    def _children(self) -> IntArray:
        """Right and left child of every node, side by side."""
        return np.stack([self.right, self.left], axis=1).ravel()


def _linked(link: int, raw: FloatArray) -> FloatArray:
    if link == EXP:
        return np.exp(raw)
    if link == LOGISTIC:
        return np.asarray(1 / (1 + np.exp(-raw)))
    return raw


class Tree(dict[str, npt.NDArray[Any]]):
    """The arrays of one tree by the names of ``Trees``; children of leaves are -1."""


def joined(
    trees: Sequence[Tree],
    *,
    base: np.floating[Any],
    link: int = IDENTITY,
    divisor: int = 1,
    precision: type = np.float64,
) -> Trees:
    """All trees in one set of arrays, leaves made their own children."""
    sizes = [len(tree["value"]) for tree in trees]
    roots = np.cumsum([0, *sizes[:-1]])
    nodes = np.arange(sum(sizes))
    offset = np.repeat(roots, sizes)
    left, right = (np.concatenate([tree[side] for tree in trees]) for side in ("left", "right"))
    is_leaf = left < 0

    def all_of(name: str, kind: type) -> npt.NDArray[Any]:
        return np.where(is_leaf, 0, np.concatenate([tree[name] for tree in trees])).astype(kind)

    return Trees(
        feature=all_of("feature", np.int32),
        threshold=all_of("threshold", np.float64),
        left=np.where(is_leaf, nodes, left + offset).astype(np.int32),
        right=np.where(is_leaf, nodes, right + offset).astype(np.int32),
        nan_goes_left=all_of("nan_goes_left", np.bool_),
        value=np.concatenate([tree["value"] for tree in trees]).astype(base.dtype),
        roots=roots.astype(np.int32),
        base=np.asarray(base),
        divisor=np.asarray(divisor, dtype=np.float64),
        precision=np.zeros((), dtype=precision),
        link=np.asarray(link, dtype=np.int32),
        steps=np.asarray(max(_depth(tree["left"], tree["right"]) for tree in trees), dtype=np.int32),
    )


def trees_of_nodes(trees: Sequence[npt.NDArray[Any]], *, base: np.float64, link: int = IDENTITY) -> Trees:
    """Boosted trees from their nodes, as scikit-learn keeps them."""
    return joined(
        [
            Tree(
                feature=nodes["feature_idx"],
                threshold=nodes["num_threshold"],
                left=np.where(nodes["is_leaf"], -1, nodes["left"].astype(np.int64)),
                right=np.where(nodes["is_leaf"], -1, nodes["right"].astype(np.int64)),
                nan_goes_left=nodes["missing_go_to_left"],
                value=nodes["value"],
            )
            for nodes in trees
        ],
        base=base,
        link=link,
    )


def _depth(left: npt.NDArray[Any], right: npt.NDArray[Any]) -> int:
    """The number of decisions on the longest way down; children are numbered after their parents."""
    depth = np.zeros(len(left), dtype=np.int64)
    for node in np.flatnonzero(left >= 0):
        depth[left[node]] = depth[right[node]] = depth[node] + 1
    return int(depth.max())
