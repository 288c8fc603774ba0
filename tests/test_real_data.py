"""The promises that need the real order lines: set ORDERS_PATH to Online Retail II as Parquet."""

import os
import resource
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest

from model.artifact import load_artifact
from model.features import build_snapshots
from model.transactions import Transactions, read_transactions
from tests.support import ROOT, skip_or_fail
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
    customers, cutoff = published_customers(read_published_lines(orders, {}, None))

    scores = published_scores(customers)
    assert len(customers) == 2_879
    assert cutoff.date().isoformat() == "2011-09-11"
    assert scores["lasso"][0] == pytest.approx(3477.88, abs=0.01)
    assert scores["mean"][0] == pytest.approx(4767.41, abs=0.01)


def test_training_on_the_real_data_stays_within_a_minute_and_1500_mb_and_gives_the_committed_model(
    orders: Path, tmp_path: Path
):
    started = time.monotonic()
    subprocess.run(
        [sys.executable, "-m", "training", str(orders), "--model-dir", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    seconds = time.monotonic() - started
    peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024

    committed, trained = load_artifact(ROOT / "model").card, load_artifact(tmp_path).card
    assert trained.evaluation == committed.evaluation
    assert trained.segments == committed.segments
    assert seconds < 60
    assert peak_mb < 1500
