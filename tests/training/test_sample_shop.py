"""The sample shop that the page offers is what the generator writes, and shows what it is there to show."""

import duckdb
import pytest

from app.web.router import STATIC
from model.artifact.history_artifact import WRITTEN
from model.orders.orders import read_orders
from model.prediction.scorers import HistoryScorer
from model.ranking.rank import score_base
from model.score import main
from model.segments import Segment
from tests.support import ROOT
from training import fit_shop
from training.sample_shop import sample_shop

SHIPPED = STATIC / "sample_orders.csv"


@pytest.fixture(scope="module")
def transactions():
    with read_orders(SHIPPED) as cleaned:
        yield cleaned


def test_the_shipped_file_is_what_the_generator_writes():
    """``make sample`` after a change of the generator; else people try another shop than the one described."""
    assert SHIPPED.read_bytes() == sample_shop().encode()


def test_it_is_small_enough_to_load_on_a_phone():
    assert SHIPPED.stat().st_size < 600_000


def test_it_has_a_fault_of_each_kind_for_the_cleaning_report(transactions):
    report = transactions.report

    assert {drop.reason: drop.lines for drop in report.dropped} == {
        "no customer id": 70,
        "quantity <= 0": 60,
        "price <= 0": 2,
        "exact duplicate": 14,
    }
    assert report.missing_columns == ()


def test_it_covers_two_years_up_to_a_fixed_day(transactions):
    assert f"{transactions.starts_at:%Y-%m-%d} {transactions.ends_at:%Y-%m-%d}" == "2023-12-11 2025-12-10"


@pytest.mark.parametrize("model", ["summary", "fit"])
def test_every_segment_has_customers(model, tmp_path):
    out = tmp_path / "ranked.parquet"

    assert main([str(SHIPPED), str(out), "--model", model, "--model-dir", str(ROOT / "model")]) == 0

    rows = duckdb.sql(f"SELECT customer_segment, count(*) FROM '{out}' GROUP BY customer_segment").fetchall()
    assert {segment for segment, _ in rows} == set(Segment)
    assert min(customers for _, customers in rows) >= 30


def test_the_range_of_the_total_reaches_what_the_shop_sells_next(transactions):
    """Continued 30 days with five other seeds, the generator sells for 36,000 to 43,000."""
    artifact = fit_shop(transactions)
    base = score_base(transactions, HistoryScorer(artifact), transactions.ends_at, is_quiet=True)

    low, high = artifact.totals.interval_80(*(base.customers[name].to_numpy() for name in WRITTEN.values()))

    assert low < 43_000
    assert high > 36_000
