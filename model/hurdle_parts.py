"""What a hurdle consists of, as arrays: boosted trees and a linear model on logs, which predict and explain."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from model.serving import FloatArray, ServingForm
from model.tree_shap import TreeExplainer
from model.trees import trees_of_nodes

FARTHEST_SCORE = 6.0


@dataclass(frozen=True)
class BoostedTrees(ServingForm):
    """Histogram gradient boosting before its link: a base and trees, their nodes one tree after another.

    ``nodes`` (n_nodes,) are scikit-learn's own, with the number of training rows in each, which reasons are made
    from; ``sizes`` (n_trees,) says how many belong to each tree.
    """

    kind = "boosted"
    nodes: npt.NDArray[Any]  # Any: a row of fields
    sizes: npt.NDArray[np.int64]
    base: FloatArray

    @classmethod
    def of(cls, estimator: Any) -> Self:  # Any: a fitted HistGradientBoosting estimator of one output
        """Read the nodes off."""
        trees = [predictor.nodes for (predictor,) in estimator._predictors]
        return cls(
            nodes=np.concatenate(trees),
            sizes=np.array([len(nodes) for nodes in trees]),
            base=np.asarray(estimator._baseline_prediction, dtype=np.float64).reshape(()),
        )

    def trees(self) -> list[npt.NDArray[Any]]:  # Any: see ``nodes``
        """The nodes of each tree."""
        return np.split(self.nodes, np.cumsum(self.sizes)[:-1])

    def predict(self, inputs: FloatArray) -> FloatArray:
        """The raw score."""
        return self._walked.predict(inputs)

    def explain(self, row: FloatArray) -> tuple[float, FloatArray]:
        """Base and parts (n_features,) of the raw score of one row (n_features,)."""
        return self._explainer.base, self._explainer.explain(row)

    @cached_property
    def _walked(self) -> ServingForm:
        return trees_of_nodes(self.trees(), base=np.float64(self.base))

    @cached_property
    def _explainer(self) -> TreeExplainer:
        return TreeExplainer(self.trees(), float(self.base))


@dataclass(frozen=True)
class LinearOnLogs(ServingForm):
    """A weighted sum of signed logarithms in standard scores, each within six; arrays of shape (n_features,)."""

    kind = "linear_on_logs"
    mean: FloatArray
    scale: FloatArray
    coefficients: FloatArray
    intercept: FloatArray

    @classmethod
    def of(cls, pipeline: Any) -> Self:  # Any: a fitted pipeline of logs, scaler, limits and a linear model
        """Read the numbers off."""
        _, scaler, _, model = (step for _, step in pipeline.steps)
        return cls(
            mean=scaler.mean_,
            scale=scaler.scale_,
            coefficients=np.ravel(model.coef_),
            intercept=np.asarray(np.ravel(model.intercept_)[0]),
        )

    def predict(self, inputs: FloatArray) -> FloatArray:
        """The score."""
        return np.asarray(self._scores(inputs) @ self.coefficients + self.intercept)

    def explain(self, row: FloatArray) -> tuple[float, FloatArray]:
        """The score of average logs, and what each feature adds: coefficient times distance from its mean."""
        return float(self.intercept), self.coefficients * self._scores(row)

    def _scores(self, inputs: FloatArray) -> FloatArray:
        return within_reach((signed_log(inputs) - self.mean) / self.scale)


def signed_log(values: FloatArray) -> FloatArray:
    """log(1 + |v|) with the sign of v, unknown as 0: linear models then see ratios instead of amounts."""
    known = np.nan_to_num(np.asarray(values, dtype=np.float64), nan=0.0)
    return np.sign(known) * np.log1p(np.abs(known))


def within_reach(scaled: FloatArray) -> FloatArray:
    """Standard scores held within six: a feature that hardly varied in training must not decide when it does."""
    return np.clip(scaled, -FARTHEST_SCORE, FARTHEST_SCORE)
