"""Measures by group of customers, and the luck in their differences."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.evaluation.leaderboard import (
    COMPARED,
    GROUPS,
    _drawn,
    _measured_by_weight,
    bootstrap_differences,
    measure_groups,
    surely_better,
)
from training.evaluation.metrics import probability_metrics, spend_metrics


def backtest_rows(models=("good", "bad"), *, customers=400, windows=4, seed=0) -> pd.DataFrame:
    """A backtest in which the first model knows every customer, and the last one none."""
    frames = []
    for window in range(windows):
        random = np.random.default_rng([seed, window])
        chance, value = random.uniform(0.05, 0.95, customers), random.lognormal(5, 1, customers)
        bought = random.random(customers) < chance
        for noise, model in enumerate(models):
            spread = random.lognormal(0, noise, customers)
            frames.append(
                pd.DataFrame(
                    {
                        "cutoff": pd.Timestamp("2024-01-01") + pd.Timedelta(days=30 * window),
                        "customer_id": [f"C{index}" for index in range(customers)],
                        "model": model,
                        "is_active": np.arange(customers) % 2 == 0,
                        "recency_days": np.where(np.arange(customers) % 2 == 0, 10, 90 + np.arange(customers)),
                        "actual_spend": np.where(bought, value, 0.0),
                        "actual_purchase": bought,
                        "predicted_spend": chance * value * spread,
                        "purchase_probability": np.clip(chance * spread, 0.01, 0.99),
                        "spend_if_purchase_low": value * 0.5,
                        "spend_if_purchase_high": value * 2,
                    }
                )
            )
    return pd.concat(frames, ignore_index=True)


def test_every_customer_is_in_one_of_active_and_quiet():
    rows = backtest_rows()

    inside = np.array([GROUPS[group](rows) for group in list(GROUPS)[1:]])

    assert (inside.sum(axis=0) == 1).all()
    assert GROUPS["all_known"](rows).all()
    quiet = {name: rows["recency_days"][GROUPS[name](rows)] for name in list(GROUPS)[2:]}
    assert [(days.min(), days.max()) for days in quiet.values()] == [(91, 179), (181, 363), (365, 489)]


def test_measures_of_a_group_are_those_of_its_rows():
    rows = backtest_rows()
    bad = rows[(rows["model"] == "bad") & rows["is_active"]]

    measured = measure_groups(rows, w99_cap=500.0)["active"]["bad"]

    expected = spend_metrics(bad["actual_spend"].to_numpy(), bad["predicted_spend"].to_numpy(), w99_cap=500.0)
    assert measured["gini"] == pytest.approx(expected["gini"], abs=1e-6)
    assert measured["buyers_covered"] == 1.0
    assert measured["buyers_actual"] == pytest.approx(bad["actual_purchase"].mean(), abs=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000))
def test_drawn_rows_are_measured_as_if_they_stood_there_so_often(seed: int):
    """Weights are a shortcut; the measures themselves are those of the rows repeated."""
    rows = backtest_rows(("bad",), customers=40, seed=seed).assign(
        predicted_spend=lambda frame: frame["predicted_spend"].round(-2)  # with ties
    )
    random = np.random.default_rng(seed)
    weights = _drawn(random, pd.factorize(rows["customer_id"])[0]) * _drawn(random, pd.factorize(rows["cutoff"])[0])
    repeated = rows.loc[rows.index.repeat(weights.astype(int))]
    actual = repeated["actual_spend"].to_numpy()
    if not 0 < (actual > 0).mean() < 1:
        return

    drawn = dict(zip(COMPARED, _measured_by_weight(rows, 500.0)(weights), strict=True))

    spend = spend_metrics(actual, repeated["predicted_spend"].to_numpy(), w99_cap=500.0)
    chance = probability_metrics(actual > 0, repeated["purchase_probability"].to_numpy())
    expected = {**spend, **chance, "abs_bias_pct": abs(spend["bias_pct"])}
    assert drawn == pytest.approx({name: expected[name] for name in COMPARED})


def test_a_better_model_is_surely_better_and_an_equal_one_is_not():
    rows = backtest_rows(("good", "bad"))
    twin = rows[rows["model"] == "good"].assign(model="twin")

    to_bad, to_good = (
        bootstrap_differences(pd.concat([rows, twin]), name, w99_cap=1e6, seed=0) for name in ("bad", "good")
    )

    assert all(surely_better(metric, to_bad["good"][metric]) for metric in ("rmse_w99", "gini", "log_loss"))
    assert not any(surely_better(metric, to_good["twin"][metric]) for metric in COMPARED)


def test_few_windows_leave_more_to_luck_than_many_customers_do():
    """A draw of customers alone would call a difference sure that one odd month made."""
    rows = backtest_rows(("good", "bad"), customers=400, windows=4)
    odd = rows["cutoff"] == rows["cutoff"].max()
    rows.loc[odd & (rows["model"] == "good"), "predicted_spend"] *= 8

    (low, high) = bootstrap_differences(rows, "bad", w99_cap=1e6, seed=0)["good"]["mae"]

    assert low < 0 < high
