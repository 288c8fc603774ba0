"""The estimators are scikit-learn's, as far as scikit-learn looks."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone, is_regressor
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.validation import check_is_fitted

from model import BetaGeoModel, GammaGammaModel, HurdleRegressor

ESTIMATORS = (BetaGeoModel(horizon=7), GammaGammaModel(), HurdleRegressor(spend_penalty=5.0, knot_quantiles=(0.2, 0.8)))


@pytest.fixture(scope="module")
def customers() -> pd.DataFrame:
    """Who comes more often buys more often again, and spends as much as before."""
    random = np.random.default_rng(0)
    days = random.integers(1, 9, 600).astype(float)
    return pd.DataFrame(
        {
            "purchase_days": days,
            "first_to_last_days": np.where(days > 1, random.uniform(20, 200, 600), 0.0),
            "tenure_days": random.uniform(200, 300, 600),
            "total_spend": days * random.lognormal(3, 0.5, 600),
            "future_spend": (random.uniform(size=600) < days / 10) * random.lognormal(3, 0.5, 600),
        }
    )


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=repr)
def test_a_clone_has_the_parameters_and_nothing_learned(estimator, customers: pd.DataFrame):
    fitted = clone(estimator).fit(customers, customers["future_spend"])

    copied = clone(fitted)

    check_is_fitted(fitted)
    assert copied.get_params() == estimator.get_params()
    assert is_regressor(copied)
    with pytest.raises(NotFittedError, match="call fit first"):
        copied.predict(customers)


def test_parameters_are_set_by_name_and_an_unknown_one_is_told():
    model = BetaGeoModel()

    assert model.set_params(horizon=60) is model
    assert repr(model) == "BetaGeoModel(horizon=60)"
    with pytest.raises(ValueError, match="'T' is no parameter of BetaGeoModel; it has horizon"):
        model.set_params(T=30)


def test_a_frame_and_an_array_in_the_order_of_its_needs_are_the_same(customers: pd.DataFrame):
    of_frame = BetaGeoModel().fit(customers)
    of_array = BetaGeoModel().fit(customers[list(BetaGeoModel.NEEDS)].to_numpy())

    assert (of_frame.predict(customers) == of_array.predict(customers)).all()


def test_a_missing_column_and_a_wrong_shape_are_told_with_what_is_right(customers: pd.DataFrame):
    with pytest.raises(ValueError, match="X lacks tenure_days; it needs the columns purchase_days, first_to_last_days"):
        BetaGeoModel().fit(customers.drop(columns="tenure_days"))
    with pytest.raises(ValueError, match=r"the shape \(600, 5\); it must be \(n_customers, 2\): purchase_days"):
        GammaGammaModel().fit(customers.to_numpy())


def test_a_search_over_penalties_and_a_pipeline_take_it(customers: pd.DataFrame):
    X, y = customers[["purchase_days", "total_spend"]], customers["future_spend"]
    pipeline = make_pipeline(FunctionTransformer(np.log1p), HurdleRegressor())

    search = GridSearchCV(
        pipeline, {"hurdleregressor__spend_penalty": [1.0, 300.0]}, scoring="neg_mean_absolute_error", cv=3
    ).fit(X, y)

    assert search.predict(X).shape == (600,)
    assert search.best_params_["hurdleregressor__spend_penalty"] in (1.0, 300.0)
