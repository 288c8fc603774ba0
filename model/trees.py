"""Many decision trees as a few flat arrays, walked for all rows and trees at once."""

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
