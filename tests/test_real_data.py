"""The promises that need the real order lines: set ORDERS_PATH to Online Retail II as Parquet."""

import os
import resource
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import duckdb
import httpx
import pytest

from model.artifact import load_artifact
from model.features import build_snapshots
from model.history_artifact import load_history
from model.reading import ReadingOptions
from model.transactions import Transactions, read_transactions
from tests.support import ROOT, running_service, skip_or_fail
from training.leaderboard import Leaderboard, measure
from training.published import published_customers, published_scores, read_published_lines

TEST_CUTOFFS = [datetime(2011, month, day) for month, day in ((6, 13), (7, 13), (8, 12), (9, 11), (10, 11), (11, 10))]


@pytest.fixture(scope="module")
def orders() -> Path:
    path = os.environ.get("ORDERS_PATH")
    if not path:
        skip_or_fail("needs the real order lines: set ORDERS_PATH")
    return Path(str(path))


@pytest.fixture(scope="module")
def history(orders: Path) -> Transactions:
    return read_transactions(orders)


def test_the_export_is_read_and_cleaned_to_the_known_counts(history: Transactions):
    report = history.report

    assert report.lines_read == 1_067_370
    assert report.customers == 5_878
    dropped = {drop.reason: drop.lines for drop in report.dropped}
    assert dropped["no customer id"] == 243_007
    assert dropped["exact duplicate"] == 26_124
    assert report.lines_kept + dropped["exact duplicate"] == 805_548


def test_spend_before_the_duplicates_go_is_the_known_sum(history: Transactions):
    duplicates = next(drop for drop in history.report.dropped if drop.reason == "exact duplicate")

    assert history.report.spend + duplicates.spend == pytest.approx(17_743_411.18, abs=0.01)


def test_the_six_test_windows_hold_the_known_number_of_active_customers(history: Transactions):
    assert build_snapshots(history, TEST_CUTOFFS)["is_active"].sum() == 12_639


def test_the_published_recipe_is_reproduced(orders: Path):
    customers, cutoff = published_customers(read_published_lines(orders, ReadingOptions()))

    scores = published_scores(customers)
    assert len(customers) == 2_879
    assert cutoff.date().isoformat() == "2011-09-11"
    assert scores["lasso"][0] == pytest.approx(3477.88, abs=0.01)
    assert scores["mean"][0] == pytest.approx(4767.41, abs=0.01)


def test_training_on_the_real_data_gives_the_committed_models_within_1500_mb(orders: Path, tmp_path: Path):
    command = [sys.executable, "-m", "training", orders, "--model-dir", tmp_path, "--report", tmp_path / "report"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024

    committed, trained = load_artifact(ROOT / "model").card, load_artifact(tmp_path).card
    assert trained.evaluation == committed.evaluation
    assert trained.segments == committed.segments
    assert trained.history.metrics == committed.history.metrics
    assert trained.totals == committed.totals
    there, here = load_history(ROOT / "model", committed), load_history(tmp_path, trained)
    assert (here.track_record, here.totals, here.name) == (there.track_record, there.totals, there.name)
    assert peak_mb < 1500


def test_the_champion_keeps_every_promise_of_the_backtest(orders: Path, tmp_path: Path):
    """The bars that the history model must clear, measured anew from rows and totals."""
    models = "bgnbd_gamma_gamma,summary_lasso,history_model"
    command = [sys.executable, "-m", "training.backtest", orders, "--out", tmp_path, "--models", models]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)

    leaderboard = Leaderboard.model_validate_json((tmp_path / "leaderboard.json").read_text())
    rows = duckdb.read_parquet(str(tmp_path / "backtest.parquet")).df()
    totals = duckdb.read_parquet(str(tmp_path / "totals.parquet")).df()
    assert rows.groupby("model").size().unique() == [31_763]
    assert rows[rows["is_active"]].groupby("model").size().unique() == [12_639]
    assert leaderboard.w99_cap == 2458.89
    assert leaderboard.champion == "history_model"
    champion = rows[rows["model"] == "history_model"]
    active, known = measure(champion[champion["is_active"]], w99_cap=2458.89), measure(champion, w99_cap=2458.89)
    assert active["rmse_w99"] <= 331
    assert active["gini"] >= 0.784
    assert active["auc"] >= 0.752
    assert active["ece"] <= 0.022
    assert known["rmse_w99"] <= 251
    assert known["gini"] >= 0.736
    assert known["auc"] >= 0.807
    assert known["ece"] <= 0.016
    quiet = champion[champion["recency_days"] > 365]
    assert abs(quiet["purchase_probability"].mean() - quiet["actual_purchase"].mean()) <= 0.01
    assert quiet["actual_purchase"].mean() == pytest.approx(0.036, abs=0.001)
    buyers = champion[champion["actual_purchase"]]
    covered = buyers["actual_spend"].between(buyers["spend_if_purchase_low"], buyers["spend_if_purchase_high"])
    assert 0.77 <= covered.mean() <= 0.83
    assert covered.groupby(buyers["cutoff"]).mean().between(0.74, 0.86).all()
    told = totals[totals["model"] == "history_model"]
    assert abs((told["forecast"] * told["total_factor"]).sum() / told["realised"].sum() - 1) <= 0.15
    assert told["realised"].between(told["low"], told["high"]).sum() >= 4
    assert list(told["cutoff"].dt.to_pydatetime()) == TEST_CUTOFFS
    for group in ("active", "all_known"):
        assert leaderboard.differences[group]["history_model"]["rmse_w99"][1] < 0
        assert leaderboard.differences[group]["history_model"]["gini"][0] > 0


def test_a_fit_in_place_is_quick(orders: Path):
    """50,000 customer-windows of this shop, drawn, in at most 12 seconds of processor time."""
    code = (
        "import sys, time; from training import fit_shop; from model.transactions import read_transactions\n"
        "with read_transactions(sys.argv[1]) as history:\n"
        "    began = time.process_time(); fitted = fit_shop(history); print(time.process_time() - began)\n"
        "assert 45_000 < fitted.learned_from.drawn < 55_000"
    )
    finished = subprocess.run(
        [sys.executable, "-c", code, orders], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert float(finished.stdout.splitlines()[-1]) <= 12


def test_the_export_as_an_upload_is_ranked_like_the_command_line_does(orders: Path, tmp_path: Path):
    query = {"budget": 500, "contact_cost": 0.5, "control_share": 0.1}
    options = [word for name, value in query.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    command = [sys.executable, "-m", "model.score", orders, tmp_path / "out.csv", *options]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)

    with running_service() as base_url, orders.open("rb") as file:
        content = {"file": ("orders.parquet", file.read())}
        answer = httpx.post(f"{base_url}/rank_customers", files=content, params=query, timeout=60).json()
        table = httpx.post(
            f"{base_url}/rank_customers", files=content, params=query, timeout=60, headers={"Accept": "text/csv"}
        )

    assert len(answer["customers"]) == answer["totals"]["customers"] == 5_878
    assert answer["totals"]["treat"]["customers"] == 1_000
    assert answer["cleaning"]["lines_read"] == 1_067_370
    assert table.content == (tmp_path / "out.csv").read_bytes()
