"""A model answers from its arrays as it does from its pickle, and never from arrays of another model."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    VotingRegressor,
)
from sklearn.linear_model import ElasticNet, LinearRegression, Ridge, TweedieRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from model.artifact import load_artifact
from model.export import NotCompilable, check_equal, compile_estimator, export_form, many_customers
from model.features import FEATURE_NAMES
from model.inputs import predict_quietly
from model.predictor import Predictor
from model.serving import ServingForm, dump_form, load_form
from tests.support import ROOT, small_model
from training.candidates import forest_regressor, xgboost_regressor
from training.summary import lasso_pipeline

SHA = "0" * 64
LEARNED_FROM = many_customers(rows=3000)
SPEND = np.random.default_rng(1).gamma(0.5, 2 + np.sqrt(LEARNED_FROM[:, 0] * LEARNED_FROM[:, 2]))
NEW = many_customers()
# The candidates that regress on the six numbers.
REGRESSORS = {"lasso_6": lasso_pipeline(), "random_forest": forest_regressor(42), "xgboost": xgboost_regressor(42)}


def through_the_file(estimator) -> ServingForm:
    form, _ = load_form(dump_form(compile_estimator(estimator), (), SHA), SHA)
    return form


@pytest.mark.parametrize("name", REGRESSORS)
def test_every_candidate_answers_the_same_to_the_last_printed_digit(name):
    regressor = REGRESSORS[name].fit(pd.DataFrame(LEARNED_FROM, columns=list(FEATURE_NAMES)), SPEND)

    expected = predict_quietly(regressor, NEW)
    predicted = through_the_file(regressor).predict(NEW)

    assert [f"{spend:.2f}" for spend in predicted] == [f"{spend:.2f}" for spend in expected]


@pytest.mark.parametrize("name", REGRESSORS)
def test_one_customer_is_answered_as_among_many_to_the_last_printed_digit(name):
    """One row is worked out in plain numbers where that is quicker."""
    form = compile_estimator(REGRESSORS[name].fit(LEARNED_FROM, SPEND))

    alone = [form.predict_one(row) for row in NEW[:500].tolist()]

    assert [f"{spend:.2f}" for spend in alone] == [f"{spend:.2f}" for spend in form.predict(NEW[:500])]


@pytest.mark.parametrize(
    "regressor",
    [
        LinearRegression(),
        LinearRegression(fit_intercept=False),
        make_pipeline(StandardScaler(with_mean=False), Ridge()),
        make_pipeline(StandardScaler(with_std=False), "passthrough", ElasticNet()),
        HistGradientBoostingRegressor(max_iter=20),
        HistGradientBoostingRegressor(max_iter=20, loss="poisson"),
        HistGradientBoostingRegressor(max_iter=20, loss="gamma"),
        HistGradientBoostingRegressor(max_iter=20, loss="quantile", quantile=0.9),
        RandomForestRegressor(n_estimators=5, n_jobs=2),
        VotingRegressor([("line", Ridge()), ("trees", HistGradientBoostingRegressor(max_iter=5))], weights=[1, 3]),
    ],
    ids=str,
)
def test_a_regressor_answers_the_same(regressor):
    regressor.fit(LEARNED_FROM, SPEND + 0.01)

    check_equal(through_the_file(regressor), regressor.predict(NEW), NEW)


def test_a_classifier_gives_the_probability_of_its_second_class():
    classifier = HistGradientBoostingClassifier(max_iter=20).fit(LEARNED_FROM, SPEND > 10)

    check_equal(through_the_file(classifier), classifier.predict_proba(NEW)[:, 1], NEW)


def test_missing_inputs_go_where_they_went_in_training():
    with_gaps = np.where(np.random.default_rng(2).random(LEARNED_FROM.shape) < 0.2, np.nan, LEARNED_FROM)
    regressor = HistGradientBoostingRegressor(max_iter=20).fit(with_gaps, SPEND)

    check_equal(through_the_file(regressor), regressor.predict(with_gaps), with_gaps)


@pytest.mark.parametrize("regressor", [HistGradientBoostingRegressor(max_iter=40), REGRESSORS["xgboost"]])
def test_few_rows_are_answered_as_among_many(regressor):
    """Sums of floats depend on their order, and XGBoost's are of 32 bits."""
    form = compile_estimator(regressor.fit(LEARNED_FROM, SPEND))

    for rows in (1, 2, 3, 7):
        assert form.predict(NEW[:rows]).tolist() == form.predict(NEW)[:rows].tolist()


@pytest.mark.parametrize(
    "estimator",
    [
        make_pipeline(MinMaxScaler(), Ridge()),
        TweedieRegressor(),
        RandomForestClassifier(n_estimators=2),
        HistGradientBoostingClassifier(max_iter=2),
        HistGradientBoostingRegressor(max_iter=2, categorical_features=[3]),
    ],
    ids=str,
)
def test_what_has_no_form_is_served_from_its_pickle(estimator):
    inputs = np.minimum(np.round(LEARNED_FROM), 200)
    estimator.fit(inputs, np.digitize(SPEND, [1, 10]))

    with pytest.raises(NotCompilable):
        compile_estimator(estimator)
    assert export_form(estimator, SHA) is None


def test_a_pipeline_that_needs_a_data_frame_has_no_form():
    frame = pd.DataFrame(LEARNED_FROM, columns=list(FEATURE_NAMES))
    selection = ColumnTransformer([("scale", StandardScaler(), ["total_spend"])])

    assert export_form(make_pipeline(selection, Ridge()).fit(frame, SPEND), SHA) is None


def test_a_form_that_answers_otherwise_is_never_written():
    form = compile_estimator(Ridge().fit(LEARNED_FROM, SPEND))

    with pytest.raises(ArithmeticError, match="differs from the pipeline by"):
        check_equal(form, form.predict(NEW) * (1 + 1e-8), NEW)
    with pytest.raises(ArithmeticError):
        check_equal(form, np.full(len(NEW), np.nan), NEW)


CUSTOMER = [1400.0, 140.0, 10, 800, 60, 12]


def test_the_form_is_loaded_where_it_belongs_to_the_pickle(tmp_path: Path):
    pickled = Predictor(load_artifact(small_model(tmp_path / "pickle")))
    formed = Predictor(load_artifact(small_model(tmp_path / "form", with_form=True)))

    assert isinstance(formed.artifact.pipeline, ServingForm)
    assert formed.predict(CUSTOMER)._replace(origin=None) == pickled.predict(CUSTOMER)._replace(origin=None)


@pytest.mark.parametrize("content", [b"", b"no arrays", None])
def test_a_form_that_is_broken_or_of_another_model_is_passed_over(tmp_path: Path, content: bytes | None):
    small_model(tmp_path)
    foreign = export_form(Ridge().fit(LEARNED_FROM, SPEND), SHA)
    (tmp_path / "model.npz").write_bytes(foreign if content is None else content)

    assert not isinstance(load_artifact(tmp_path).pipeline, ServingForm)


def test_a_form_cut_short_is_passed_over():
    whole = dump_form(compile_estimator(Ridge().fit(LEARNED_FROM, SPEND)), (0,), SHA)

    assert all(load_form(whole[:length], SHA) is None for length in range(0, len(whole), 50))


def test_with_a_form_the_version_of_scikit_learn_is_nobodys_business(tmp_path: Path):
    path = small_model(tmp_path, with_form=True) / "model_card.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"libraries": {"scikit-learn": "0.24.2"}}))

    assert load_artifact(tmp_path).is_verified


def test_the_committed_model_predicts_without_the_libraries_that_trained_it(tmp_path: Path):
    shutil.copytree(ROOT / "model", tmp_path / "model", ignore=shutil.ignore_patterns("__pycache__"))
    code = (
        "import sys; from pathlib import Path; from model import Predictor, load_artifact\n"
        f"Predictor(load_artifact(Path('model'))).predict({CUSTOMER})\n"
        "print({'sklearn', 'scipy', 'pandas', 'joblib', 'duckdb'} & set(sys.modules))"
    )

    finished = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert finished.stdout.strip() == "set()", finished.stderr
