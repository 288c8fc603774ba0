"""The hurdle: who buys, and how much if so; both learned from purchase histories."""

from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from model.hurdle_parts import BoostedTrees, LinearOnLogs, signed_log, within_reach

if TYPE_CHECKING:  # imported where it fits; a hurdle of arrays forecasts without
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.pipeline import Pipeline

FloatArray = NDArray[np.float64]


class Parts(NamedTuple):
    """The fitted models of a hurdle, as arrays."""

    buys_trees: BoostedTrees
    buys_linear: LinearOnLogs
    spend_trees: BoostedTrees
    spend_linear: LinearOnLogs


class Hurdle:
    """Log odds of a purchase and log spend of a buyer, each the mean of boosted trees and a linear model.

    Trees find thresholds and interactions, the linear model on logs extrapolates; they err
    differently, so the mean beats both. Spend is learned on the log scale, where a
    wholesaler is one customer among many, and brought back with one smearing factor (Duan
    1983), here the ratio of sums, which keeps the buyers' total.

    No sample weights: scikit-learn's histogram boosting bins weighted data several times
    slower.
    """

    def __init__(self, *, iterations: int = 120, seed: int = 0) -> None:
        self.iterations = iterations
        self.seed = seed

    def fit(self, features: FloatArray, spend: FloatArray) -> Self:
        """Learn from labelled histories.

        Parameters
        ----------
        features : array of shape (n_customers, n_features)
            NaN where a history is too short to tell.
        spend : array of shape (n_customers,)
            In the horizon; 0 for no purchase. Buyers and others must both occur.
        """
        from sklearn.ensemble import (  # noqa: PLC0415 - a service that has learned does without
            HistGradientBoostingClassifier,
            HistGradientBoostingRegressor,
        )
        from sklearn.linear_model import LogisticRegression, Ridge  # noqa: PLC0415

        buys = spend > 0
        log_spend = np.log(spend[buys])
        trees = self._tree_options(int(buys.sum()))
        self.buys_trees_ = HistGradientBoostingClassifier(**trees).fit(features, buys)
        self.spend_trees_ = HistGradientBoostingRegressor(**trees).fit(features[buys], log_spend)
        self.buys_linear_ = _on_logs(LogisticRegression(C=0.01, max_iter=200)).fit(features, buys)
        self.spend_linear_ = _on_logs(Ridge(300.0)).fit(features[buys], log_spend)
        self.log_spend_limits_ = float(log_spend.min()), float(log_spend.max())
        self.log_smearing_ = 0.0
        expected_of_buyers = np.exp(self.log_spend_if_buying(features[buys])).sum()
        self.log_smearing_ = float(np.log(spend[buys].sum() / expected_of_buyers))
        return self

    def log_odds(self, features: FloatArray) -> FloatArray:
        """Log odds of a purchase in the horizon, shape (n_customers,)."""
        trees = self.buys_trees_.decision_function(features)
        return np.asarray((trees + self.buys_linear_.decision_function(features)) / 2)

    def log_spend_if_buying(self, features: FloatArray) -> FloatArray:
        """Logarithm of the expected spend of a buyer, shape (n_customers,)."""
        linear = np.clip(self.spend_linear_.predict(features), *self.log_spend_limits_)
        return np.asarray((self.spend_trees_.predict(features) + linear) / 2 + self.log_smearing_)

    def explain_log_odds(self, row: FloatArray) -> tuple[float, FloatArray]:
        """Base and part per feature of one row's log odds; row and parts of shape (n_features,)."""
        tree_base, tree_parts = self.parts.buys_trees.explain(row)
        base, parts = self.parts.buys_linear.explain(row)
        return (tree_base + base) / 2, (tree_parts + parts) / 2

    def explain_log_spend(self, row: FloatArray) -> tuple[float, FloatArray]:
        """The same for the log spend of a buyer."""
        tree_base, tree_parts = self.parts.spend_trees.explain(row)
        base, parts = self.parts.spend_linear.explain(row)
        score = base + parts.sum()
        if abs(parts.sum()) > 0:  # a linear model that was held at its limits said less than its parts
            parts = parts * (np.clip(score, *self.log_spend_limits_) - base) / parts.sum()
        return (tree_base + base) / 2 + self.log_smearing_, (tree_parts + parts) / 2

    @cached_property
    def parts(self) -> Parts:
        """The fitted models as arrays."""
        return Parts(
            BoostedTrees.of(self.buys_trees_),
            LinearOnLogs.of(self.buys_linear_),
            BoostedTrees.of(self.spend_trees_),
            LinearOnLogs.of(self.spend_linear_),
        )

    def _tree_options(self, buyers: int) -> dict[str, Any]:  # Any: scikit-learn's keywords
        return {
            "learning_rate": 0.05,
            "max_iter": self.iterations,
            "max_leaf_nodes": 8,
            "min_samples_leaf": min(100, max(5, buyers // 20)),
            "l2_regularization": 10.0,
            "max_features": 0.3,
            "early_stopping": False,
            "random_state": self.seed,
        }


class ServedHurdle(Hurdle):
    """A hurdle that forecasts from its parts, without scikit-learn."""

    def __init__(self, parts: Parts, *, log_spend_limits: tuple[float, float], log_smearing: float) -> None:
        self.parts, self.log_spend_limits_, self.log_smearing_ = parts, log_spend_limits, log_smearing

    def log_odds(self, features: FloatArray) -> FloatArray:
        """See ``Hurdle``."""
        return (self.parts.buys_trees.predict(features) + self.parts.buys_linear.predict(features)) / 2

    def log_spend_if_buying(self, features: FloatArray) -> FloatArray:
        """See ``Hurdle``."""
        linear = np.clip(self.parts.spend_linear.predict(features), *self.log_spend_limits_)
        return np.asarray((self.parts.spend_trees.predict(features) + linear) / 2 + self.log_smearing_)


def _on_logs(model: "LogisticRegression | Ridge") -> "Pipeline":
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415 - see ``Hurdle.fit``
    from sklearn.preprocessing import FunctionTransformer, StandardScaler  # noqa: PLC0415

    return make_pipeline(FunctionTransformer(signed_log), StandardScaler(), FunctionTransformer(within_reach), model)
