import json
import sys
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from tests.training.conftest import panel_of
from training.__main__ import backtest_main as main
from training.evaluation import backtest as evaluation
from training.evaluation.backtest import forecast_windows, served_past, total_rows
from training.evaluation.leaderboard import GROUPS, Leaderboard, measure
from training.models.candidates import CANDIDATES
from training.models.fit_guardrails import guardrails
from training.models.fit_total_interval import learn_total_errors
from training.report.tables import leaderboard_tables


def read(directory: Path) -> pd.DataFrame:
    return duckdb.read_parquet(str(directory / "backtest.parquet")).df()


@pytest.fixture(scope="module")
def out(orders: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("backtest")
    assert main([str(orders), "--out", str(directory), "--origins", "3"]) == 0
    return directory


def test_every_candidate_forecasts_every_known_customer_of_every_window(out: Path):
    rows = read(out)

    counts = rows.groupby(["cutoff", "model"]).size().unstack()
    assert set(counts.columns) == set(CANDIDATES)
    assert len(counts) == 3
    assert (counts.nunique(axis=1) == 1).all()
    assert (rows["predicted_spend"] >= 0).all()
    assert rows["purchase_probability"].dropna().between(0, 1).all()
    assert (rows["actual_purchase"] == (rows["actual_spend"] > 0)).all()
    assert (rows["is_active"] == (rows["recency_days"] < 90)).mean() > 0.99  # at 90 days sharp, fractions decide
    assert 0 < rows["is_active"].mean() < 1


def test_every_measure_can_be_recomputed_from_the_parquet_file_alone(out: Path):
    leaderboard = json.loads((out / "leaderboard.json").read_text())
    rows = read(out)

    for group, models in leaderboard["groups"].items():
        in_group = rows[GROUPS[group](rows)]
        for name, part in in_group.groupby("model"):
            recomputed, printed = measure(part, w99_cap=leaderboard["w99_cap"]), models[name]
            assert recomputed.keys() == printed.keys()
            for metric, value in printed.items():
                assert recomputed[metric] == (value if value is None else pytest.approx(value, rel=1e-4, abs=1e-4))


def test_every_difference_to_the_baseline_has_an_interval_of_all_and_of_active_customers(out: Path):
    leaderboard = json.loads((out / "leaderboard.json").read_text())

    assert set(leaderboard["differences"]) == {"all_known", "active"}
    for differences in leaderboard["differences"].values():
        assert set(differences) == set(CANDIDATES) - {"bgnbd_gamma_gamma"}
        low, high = differences["zero"]["mae"]
        assert low <= high


def test_the_served_models_tell_what_a_purchase_would_come_to(out: Path):
    rows = read(out)
    told = rows.dropna(subset="spend_if_purchase_low")

    assert set(told["model"]) == {"history_model", "bgnbd_gamma_gamma", "summary_lasso"}
    assert (told["spend_if_purchase_low"] > 0).all()
    assert (told["spend_if_purchase_low"] < told["spend_if_purchase_high"]).all()


def test_what_is_judged_is_what_is_served(panel, past):
    """After guardrails: the rows are the past forecasts, and those lie within the bounds of their time."""
    origin = panel.windows[-2]

    rows, _ = forecast_windows(panel, ["summary_lasso", "history_model"], [origin], past, seed=0)

    for name, part in rows.groupby("model"):
        told = next(each for each in past[name] if each.window == origin)
        assert part["predicted_spend"].tolist() == told.spend.tolist()
        bounds = guardrails(panel.known_by(origin.as_of))
        average = panel.known_at(origin)["avg_spend"].to_numpy()
        assert (told.spend <= told.probability * bounds.most_orders * average * (1 + 1e-6)).mean() > 0.99
        assert told.spend.max() <= bounds.max_spend


def test_totals_are_sums_of_the_rows_beside_what_was_spent(out: Path):
    rows, totals = read(out), duckdb.read_parquet(str(out / "totals.parquet")).df()

    sums = rows.groupby(["cutoff", "model"])[["predicted_spend", "actual_spend"]].sum()
    beside = totals.set_index(["cutoff", "model"])
    assert beside.index.sort_values().equals(sums.index)
    assert beside["forecast"].sort_index().tolist() == pytest.approx(sums["predicted_spend"].tolist())
    assert beside["realised"].sort_index().tolist() == pytest.approx(sums["actual_spend"].tolist())
    served = totals.dropna(subset="total_factor")
    assert set(served["model"]) == {"history_model", "bgnbd_gamma_gamma", "summary_lasso"}
    expected = served["forecast"] * served["total_factor"]
    assert ((served["low"] <= expected) & (expected <= served["high"])).all()


def test_the_factor_and_interval_of_a_total_come_from_the_windows_before_it(panel, past):
    origin = panel.windows[-1]
    rows, _ = forecast_windows(panel, ["history_model"], [origin], past, seed=0)

    (total,) = total_rows(rows, past).to_dict("records")

    before = [each.total for each in past["history_model"] if each.window.ends_at <= origin.as_of]
    errors = learn_total_errors(before)
    assert len(before) == len(panel.windows) - 1
    assert total["total_factor"] == errors.total_factor
    told = past["history_model"][-1]
    assert (total["low"], total["high"]) == errors.interval_80(told.spend, told.probability)


def test_the_tables_say_all_of_it(out: Path):
    leaderboard = Leaderboard.model_validate_json((out / "leaderboard.json").read_text())
    totals = duckdb.read_parquet(str(out / "totals.parquet")).df()

    table = leaderboard_tables(leaderboard, totals)

    for words in (
        *leaderboard.groups,
        *CANDIDATES,
        "by number of windows",
        "rank correlation of order value",
        "champion: ",
    ):
        assert words in table
    assert f"champion: {leaderboard.champion} ({leaderboard.champion_reason})" in table


def test_the_learning_curve_starts_with_bgnbd_and_ends_with_all_windows(out: Path):
    """Whoever learns from all windows of the first origin has its forecast."""
    leaderboard = Leaderboard.model_validate_json((out / "leaderboard.json").read_text())

    alone = leaderboard.models["bgnbd_gamma_gamma"]
    assert leaderboard.learned_from[0]["log_loss"] == pytest.approx(alone["log_loss"], rel=1e-3)
    assert list(leaderboard.learned_from) == sorted(leaderboard.learned_from)
    assert len(leaderboard.learned_from) > 1


def test_nothing_but_the_results_is_left(out: Path):
    names = sorted(path.name for path in out.iterdir())

    assert names == ["backtest.parquet", "leaderboard.json", "totals.parquet"]


def test_a_seed_gives_the_same_rows_again(orders: Path, out: Path, tmp_path: Path):
    main([str(orders), "--out", str(tmp_path), "--origins", "3"])

    pd.testing.assert_frame_equal(read(tmp_path), read(out), rtol=1e-9)
    assert (tmp_path / "leaderboard.json").read_text() == (out / "leaderboard.json").read_text()


def test_what_happens_after_a_cutoff_changes_no_forecast_made_at_it(order_lines, panel, past):
    """No look-ahead in any candidate: labels, caps, levels and choices come from complete windows alone."""
    origin = panel.windows[-2]
    after = order_lines["InvoiceDate"] >= origin.as_of
    louder = order_lines.assign(Price=order_lines["Price"].where(~after, order_lines["Price"] * 9))
    louder = louder[~(after & (np.arange(len(louder)) % 3 == 0))]
    other_panel = panel_of(louder)
    other_past = served_past(other_panel)
    names = [name for name in CANDIDATES if name != "random_forest"]

    expected, _ = forecast_windows(panel, names, [origin], past, seed=0)
    same_origin = next(window for window in other_panel.windows if window.as_of == origin.as_of)
    rows, _ = forecast_windows(other_panel, names, [same_origin], other_past, seed=0)

    assert not np.allclose(rows["actual_spend"], expected["actual_spend"])
    forecast = [name for name in rows.columns if not name.startswith("actual")]
    pd.testing.assert_frame_equal(rows[forecast], expected[forecast], rtol=1e-9)
    told = ["forecast", "total_factor", "low", "high"]
    pd.testing.assert_frame_equal(total_rows(rows, other_past)[told], total_rows(expected, past)[told], rtol=1e-9)


def test_a_stopped_run_writes_nothing(orders: Path, tmp_path: Path, monkeypatch, capsys):
    def stopping(_):
        raise KeyboardInterrupt

    monkeypatch.setitem(evaluation.CANDIDATES, "zero", stopping)

    assert main([str(orders), "--out", str(tmp_path / "out"), "--origins", "2", "--models", "zero"]) == 130
    assert "interrupted; nothing was written" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--models", "crystal_ball"], "--models or --baseline names 'crystal_ball'; there are zero, mean"),
        (["--baseline", "crystal_ball"], "names 'crystal_ball'"),
        (["--columns", "customer_id=Kunde"], "there is no such column"),
    ],
)
def test_bad_input_ends_with_code_2_and_a_sentence(arguments, message, orders: Path, tmp_path: Path, capsys):
    assert main([str(orders), "--out", str(tmp_path), *arguments]) == 2
    captured = capsys.readouterr().err
    assert message in captured
    assert "Traceback" not in captured


def test_a_baseline_whose_package_is_missing_is_refused_before_anything_is_read(tmp_path: Path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "xgboost", None)

    assert main([str(tmp_path / "none.csv"), "--baseline", "xgboost"]) == 2
    assert "--baseline 'xgboost' needs its package: pip install xgboost" in capsys.readouterr().err


def test_order_value_and_frequency_are_correlated_by_rank_among_those_who_came_twice():
    """Four customers of two days and more, whose value falls as they come more often; one who came once."""
    known = pd.DataFrame({"purchase_days": [2, 3, 4, 5, 1], "total_spend": [200.0, 270.0, 320.0, 350.0, 9999.0]})

    assert evaluation._correlation(known) == pytest.approx(-1.0)
    assert np.isnan(evaluation._correlation(known[known["purchase_days"] == 1]))
