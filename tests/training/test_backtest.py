import json
import sys
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from training.hindcasts import make_hindcasts
from training.parts import Parts
from training.totals import EVERYBODY

from model.errors import TransactionsError
from tests.orders import shop
from tests.training.conftest import panel_of
from training import backtest as command
from training.backtest import backtest, main
from training.candidates import CANDIDATES
from training.leaderboard import Leaderboard, measure
from training.promotion import HISTORY_MODELS
from training.report import leaderboard_tables

FAST = "zero,mean,last_30_days,historical_rate,lasso_4,lasso_6,summary_lasso,bgnbd_gamma_gamma,hurdle,history_blend"


def read(directory: Path) -> pd.DataFrame:
    return duckdb.read_parquet(str(directory / "backtest.parquet")).df()


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("backtest")
    shop(customers=150, days=430).to_csv(directory / "orders.csv", index=False)
    assert main([str(directory / "orders.csv"), "--out", str(directory), "--origins", "3"]) == 0
    return directory


def test_every_candidate_forecasts_every_active_customer_of_every_window(out: Path):
    rows = read(out)

    counts = rows.groupby(["cutoff", "model"]).size().unstack()
    assert set(counts.columns) == set(CANDIDATES)
    assert len(counts) == 3
    assert (counts.nunique(axis=1) == 1).all()
    assert (rows["predicted_spend"] >= 0).all()
    assert rows["purchase_probability"].dropna().between(0, 1).all()
    assert (rows["actual_purchase"] == (rows["actual_spend"] > 0)).all()


def test_every_measure_can_be_recomputed_from_the_parquet_file_alone(out: Path):
    leaderboard = json.loads((out / "leaderboard.json").read_text())
    rows = read(out)

    for name, part in rows.groupby("model"):
        recomputed, printed = measure(part, w99_cap=leaderboard["w99_cap"]), leaderboard["models"][name]
        assert recomputed.keys() == printed.keys()
        for metric, value in printed.items():
            assert recomputed[metric] == (value if value is None else pytest.approx(value, rel=1e-4, abs=1e-4))


def test_every_difference_to_the_baseline_has_an_interval_pooled_and_per_window(out: Path):
    leaderboard = json.loads((out / "leaderboard.json").read_text())

    for differences in (leaderboard["differences"], *leaderboard["window_differences"].values()):
        assert set(differences) == set(CANDIDATES) - {"bgnbd_gamma_gamma"}
        low, high = differences["zero"]["mae"]
        assert low <= high
    assert set(leaderboard["window_differences"]) == set(leaderboard["windows"])


def test_forecasts_lie_within_their_intervals(out: Path):
    rows = read(out).dropna(subset="interval_low")

    assert "history_blend" in set(rows["model"])
    assert (rows["interval_low"] >= 0).all()
    assert rows["predicted_spend"].between(rows["interval_low"] - 1e-9, rows["interval_high"] + 1e-9).all()


def test_the_totals_of_both_served_models_stand_beside_what_was_spent(out: Path):
    """Of all known customers, who spend at least what the active ones do."""
    leaderboard = Leaderboard.model_validate_json((out / "leaderboard.json").read_text())
    rows = read(out)
    active_spend = rows[rows["model"] == "zero"].groupby("cutoff")["actual_spend"].sum()

    history, summary = leaderboard.totals
    assert history in HISTORY_MODELS
    assert summary == "summary_lasso"
    for totals in (by_part[EVERYBODY] for by_part in leaderboard.totals.values()):
        assert [total.cutoff for total in totals] == [f"{cutoff:%Y-%m-%d}" for cutoff in active_spend.index]
        assert all(total.realised >= spend - 0.01 for total, spend in zip(totals, active_spend, strict=True))
    table = leaderboard_tables(leaderboard)
    covered = sum(total.is_covered for total in leaderboard.totals[summary][EVERYBODY])
    assert f"summary_lasso: total of all known customers, 80 % interval; covered in {covered} of 3 windows" in table


def test_nothing_but_the_results_is_left(out: Path):
    assert sorted(path.name for path in out.iterdir()) == ["backtest.parquet", "leaderboard.json", "orders.csv"]


def test_a_seed_gives_the_same_rows_again(out: Path, tmp_path: Path):
    main([str(out / "orders.csv"), "--out", str(tmp_path), "--origins", "3"])

    pd.testing.assert_frame_equal(read(tmp_path), read(out), rtol=1e-9)
    assert (tmp_path / "leaderboard.json").read_text() == (out / "leaderboard.json").read_text()


def test_what_happens_after_a_cutoff_changes_no_forecast_made_at_it(order_lines, panel, hindcasts):
    """No look-ahead in any candidate: labels, caps, corrections and choices come from complete windows alone."""
    origin = panel.windows[-2]
    after = order_lines["InvoiceDate"] >= origin.as_of
    louder = order_lines.assign(Price=order_lines["Price"].where(~after, order_lines["Price"] * 9))
    louder = louder[~(after & (np.arange(len(louder)) % 3 == 0))]
    other_panel = panel_of(louder)
    other_hindcasts = make_hindcasts(other_panel, other_panel.windows, seed=0, n_jobs=1)
    names = [name for name in CANDIDATES if name not in ("ziln", "random_forest")]

    expected, _ = backtest(panel, names, [origin], hindcasts, seed=0)
    same_origin = next(window for window in other_panel.windows if window.as_of == origin.as_of)
    rows, _ = backtest(other_panel, names, [same_origin], other_hindcasts, seed=0)

    assert not np.allclose(rows["actual_spend"], expected["actual_spend"])
    forecast = ["customer_id", "model", "predicted_spend", "purchase_probability", "interval_low", "interval_high"]
    pd.testing.assert_frame_equal(rows[forecast], expected[forecast], rtol=1e-9)


def test_a_stopped_run_goes_on_where_it_was(out: Path, tmp_path: Path, monkeypatch, capsys):
    arguments = [str(out / "orders.csv"), "--out", str(tmp_path), "--origins", "2", "--models", FAST]
    calls = []

    def stopping(_):
        raise KeyboardInterrupt

    monkeypatch.setitem(command.CANDIDATES, "history_blend", stopping)
    assert main(arguments) == 130
    assert "goes on where it stopped" in capsys.readouterr().err
    monkeypatch.undo()
    for name in ("zero", "hurdle"):
        monkeypatch.setitem(command.CANDIDATES, name, lambda _, name=name: calls.append(name))
    assert main(arguments) == 0

    assert calls == []
    assert not (tmp_path / "parts").exists()


def test_parts_of_another_run_are_not_used(tmp_path: Path):
    assert Parts(tmp_path / "parts", "a").get("sum", lambda: 1) == 1
    assert Parts(tmp_path / "parts", "a").get("sum", lambda: 2) == 1
    assert Parts(tmp_path / "parts", "b").get("sum", lambda: 2) == 2


def test_a_folder_of_others_is_left_alone(tmp_path: Path):
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "thesis.txt").write_text("mine")
    with pytest.raises(TransactionsError, match="parts holds files of others"):
        Parts(tmp_path / "parts", "a")

    assert (tmp_path / "parts" / "thesis.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--models", "crystal_ball"], "--models or --baseline names 'crystal_ball'; there are zero, mean"),
        (["--baseline", "crystal_ball"], "names 'crystal_ball'"),
        (["--columns", "customer_id=Kunde"], "there is no such column"),
    ],
)
def test_bad_input_ends_with_code_2_and_a_sentence(arguments, message, out: Path, tmp_path: Path, capsys):
    assert main([str(out / "orders.csv"), "--out", str(tmp_path), *arguments]) == 2
    captured = capsys.readouterr().err
    assert message in captured
    assert "Traceback" not in captured


def test_a_baseline_whose_package_is_missing_is_refused_before_anything_is_read(tmp_path: Path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "xgboost", None)

    assert main([str(tmp_path / "none.csv"), "--baseline", "xgboost"]) == 2
    assert "--baseline 'xgboost' needs its package: pip install xgboost" in capsys.readouterr().err
