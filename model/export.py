"""From a fitted estimator to its serving form, and the proof that both answer alike.

``compile_estimator`` looks the estimator's class up by name, so that nothing is imported that did not fit it.
Teach it a class of your own where that class is defined:

    @compiles("MyEstimator")
    def _my_estimator(estimator: Any) -> ServingForm: ...
"""

import json
from collections.abc import Callable
from typing import Any

import numpy as np

from model.features import FEATURE_NAMES
from model.serving import Blend, FloatArray, Linear, Scaled, ServingForm
from model.trees import EXP, IDENTITY, LOGISTIC, Tree, joined, trees_of_nodes

CHECKED_ROWS = 10_000
TOLERANCE = 1e-9

Compiler = Callable[[Any], ServingForm]  # Any: estimators have no types
COMPILERS: dict[str, Compiler] = {}


class NotCompilable(Exception):
    """An estimator has no serving form; it is served from its pickle."""


def compiles(*class_names: str) -> Callable[[Compiler], Compiler]:
    """Register how estimators of these classes, or of classes derived from them, become a form."""

    def register(compiler: Compiler) -> Compiler:
        COMPILERS.update(dict.fromkeys(class_names, compiler))
        return compiler

    return register


def compile_estimator(estimator: Any) -> ServingForm:  # Any: estimators have no types
    """The serving form of a fitted estimator; of a binary classifier, the probability of its second class.

    Raises
    ------
    NotCompilable
        If the class, or the way that it was fitted, has no form.
    """
    for ancestor in type(estimator).__mro__:
        if ancestor.__name__ in COMPILERS:
            return COMPILERS[ancestor.__name__](estimator)
    raise NotCompilable(f"{type(estimator).__name__} has no serving form")


def check_equal(form: ServingForm, expected: FloatArray, rows: FloatArray) -> None:
    """Raise ArithmeticError unless the form predicts ``expected`` (n,) for ``rows`` (n, n_inputs), to 1e-9."""
    differences = np.abs(form.predict(rows) - expected) / np.maximum(np.abs(expected), 1.0)
    if not (worst := float(differences.max())) <= TOLERANCE:
        raise ArithmeticError(f"the serving form differs from the pipeline by {worst:.3g}, more than {TOLERANCE:g}")


def many_customers(n_features: int = len(FEATURE_NAMES), *, rows: int = CHECKED_ROWS) -> FloatArray:
    """Customers of every size, from nothing to far beyond training; shape (rows, n_features)."""
    random = np.random.default_rng(0)
    sizes = 10.0 ** random.uniform(-1, 6, (rows, n_features))
    sizes[random.random(sizes.shape) < 0.1] = 0.0
    # Half of them whole numbers, for those meet the thresholds of trees exactly.
    return np.where(random.random((rows, 1)) < 0.5, np.round(sizes), sizes)


@compiles("Pipeline")
def _pipeline(pipeline: Any) -> ServingForm:
    *transformers, (_, last) = pipeline.steps
    form = compile_estimator(last)
    for _, transformer in reversed(transformers):
        form = _scaled(transformer, form)
    return form


def _scaled(transformer: Any, form: ServingForm) -> ServingForm:
    if transformer in (None, "passthrough"):
        return form
    if type(transformer).__name__ != "StandardScaler":
        raise NotCompilable(f"{type(transformer).__name__} has no serving form")
    inputs = transformer.n_features_in_
    return Scaled(
        mean=np.zeros(inputs) if transformer.mean_ is None or not transformer.with_mean else transformer.mean_,
        scale=np.ones(inputs) if transformer.scale_ is None else transformer.scale_,
        form=form,
    )


@compiles("LinearModel")
def _linear(model: Any) -> ServingForm:
    coefficients = np.asarray(model.coef_, dtype=np.float64)
    intercept = np.asarray(model.intercept_, dtype=np.float64)
    if coefficients.size != model.n_features_in_ or intercept.size != 1:
        raise NotCompilable(f"{type(model).__name__} predicts more than one number")
    return Linear(coefficients=coefficients.ravel(), intercept=intercept.reshape(()))


@compiles("VotingRegressor")
def _voting(voting: Any) -> ServingForm:
    forms = tuple(compile_estimator(estimator) for estimator in voting.estimators_)
    weights = np.ones(len(forms)) if voting.weights is None else np.asarray(voting.weights, dtype=np.float64)
    return Blend(weights=weights / weights.sum(), forms=forms)


@compiles("BaseHistGradientBoosting")
def _histogram_boosting(boosting: Any) -> ServingForm:
    if boosting.n_trees_per_iteration_ != 1:
        raise NotCompilable("a classifier of more than two classes has no serving form")
    trees = [predictor.nodes for (predictor,) in boosting._predictors]
    if any(nodes["is_categorical"].any() for nodes in trees):
        raise NotCompilable("categorical splits have no serving form")
    if boosting.__class__.__name__.endswith("Regressor"):
        links = {"IdentityLink": IDENTITY, "LogLink": EXP}
    else:
        links = {"LogitLink": LOGISTIC}
    link = type(boosting._loss.link).__name__
    if link not in links:
        raise NotCompilable(f"the link {link} has no serving form")
    return trees_of_nodes(trees, base=np.float64(boosting._baseline_prediction.item()), link=links[link])


@compiles("BaseForest")
def _forest(forest: Any) -> ServingForm:
    if hasattr(forest, "classes_") or forest.n_outputs_ != 1:
        raise NotCompilable("a forest that predicts other than one number has no serving form")
    return joined(
        [
            Tree(
                feature=tree.feature,
                threshold=tree.threshold,
                left=tree.children_left,
                right=tree.children_right,
                nan_goes_left=tree.missing_go_to_left,
                value=tree.value[:, 0, 0],
            )
            for tree in (estimator.tree_ for estimator in forest.estimators_)
        ],
        base=np.float64(0),
        divisor=len(forest.estimators_),
        precision=np.float32,
    )


@compiles("XGBRegressor")
def _xgboost(regressor: Any) -> ServingForm:
    learner = json.loads(regressor.get_booster().save_raw("json"))["learner"]
    model = learner["gradient_booster"].get("model")
    if learner["objective"]["name"] != "reg:squarederror" or learner["gradient_booster"]["name"] != "gbtree":
        raise NotCompilable(f"XGBoost with {learner['objective']['name']} has no serving form")
    if any(any(tree["split_type"]) for tree in model["trees"]):
        raise NotCompilable("categorical splits have no serving form")
    base = json.loads(learner["learner_model_param"]["base_score"])
    return joined(
        [_xgboost_tree(tree) for tree in model["trees"]],
        base=np.float32(base[0] if isinstance(base, list) else base),
        precision=np.float32,
    )


def _xgboost_tree(tree: dict[str, Any]) -> Tree:
    conditions = np.asarray(tree["split_conditions"], dtype=np.float32)
    left = np.asarray(tree["left_children"])
    return Tree(
        feature=np.asarray(tree["split_indices"]),
        # XGBoost goes left where the input is below the threshold: at most the number just before it.
        threshold=np.nextafter(conditions, np.float32(-np.inf)),
        left=left,
        right=np.asarray(tree["right_children"]),
        nan_goes_left=np.asarray(tree["default_left"]),
        value=conditions,
    )
