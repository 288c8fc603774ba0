"""The Lasso of ``model.pkl``: anybody can fit it again from what stands in the card."""

import json
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Lasso
from sklearn.preprocessing import StandardScaler

from model.features.definitions import FEATURE_NAMES, build_snapshots
from tests.orders import transactions
from tests.training.test_pipeline import train
from training.models.summary import fit_summary, served_summary
from training.windows.labels import future_spend


@pytest.fixture(scope="module")
def trained(orders: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("model")
    assert train(orders, directory) == 0
    return directory


def test_a_refit_by_the_card_gives_the_same_numbers(trained: Path, order_lines: pd.DataFrame):
    """From orders and card alone: its windows, its row weights, its cap on labels and its level factor."""
    card = json.loads((trained / "model_card.json").read_text())
    linear, told = card["linear"], card["linear"]["fit"]
    cutoffs = [pd.Timestamp(window["as_of"]).to_pydatetime() for window in card["refitted_on"]]
    with transactions(order_lines) as history:
        known = build_snapshots(history, cutoffs, active_days=card["active_days"])
        spend = future_spend(history, cutoffs, horizon_days=card["horizon_days"])
    active = known[known["is_active"]]

    features, labels = active[list(FEATURE_NAMES)], spend.reindex(active.index, fill_value=0.0)
    weights = 1 / np.maximum(active["spend_per_30d"], told["least_spend_per_30d"])
    scaler = StandardScaler().fit(features)
    lasso = Lasso(alpha=0.1, max_iter=10_000, tol=1e-9, precompute=True)
    lasso.fit(scaler.transform(features), np.minimum(labels, told["label_cap"]), sample_weight=weights)

    assert lasso.intercept_ * told["level_factor"] == pytest.approx(linear["base"], rel=1e-9)
    refitted = lasso.coef_ / scaler.scale_ * told["level_factor"]
    assert refitted.tolist() == pytest.approx(list(linear["coefficients"].values()), rel=1e-6, abs=1e-9)
    assert told["level_factor"] != 1.0
    assert (labels > told["label_cap"]).any()


def test_the_pickle_is_a_plain_scaler_and_lasso_with_the_level_in_it(trained: Path):
    card = json.loads((trained / "model_card.json").read_text())
    scaler, lasso = joblib.load(trained / "model.pkl")

    assert (type(scaler), type(lasso)) == (StandardScaler, Lasso)
    assert lasso.intercept_ == card["linear"]["base"]


def test_the_level_comes_from_windows_that_are_over(panel):
    """What is served at a cutoff knows neither its own window nor any later one."""
    as_of = panel.windows[-2].as_of

    first = fit_summary(panel, as_of).linear
    later = panel.known["future_spend"].where(panel.known.index.get_level_values("as_of") < as_of, 1e6)
    blind = type(panel)(panel.known.assign(future_spend=later), panel.windows, panel.horizon_days)

    assert fit_summary(blind, as_of).linear == first


def test_the_served_model_answers_for_the_quiet_too(panel):
    as_of = panel.windows[-1].as_of
    known = panel.known_at(panel.windows[-1])

    forecast = served_summary(panel, as_of).forecast(known[list(FEATURE_NAMES)].to_numpy())

    quiet = ~known["is_active"].to_numpy()
    assert quiet.any()
    assert (forecast.spend > 0).all()
    assert forecast.probability[quiet].mean() < forecast.probability[~quiet].mean()
