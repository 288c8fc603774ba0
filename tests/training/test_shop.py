"""A shop gets its own numbers, from its own past alone, and they serve wherever a loaded artifact does."""

from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from model.artifact.history_artifact import BGNBD, HISTORY_MODEL, RANKS, WRITTEN, HistoryArtifact
from model.errors import Shortage, TransactionsError
from model.prediction.history_predictor import OrderLine, predict_from_lines
from model.prediction.scorers import HistoryScorer
from model.ranking.rank import score_base
from model.score import score
from tests.orders import lines, shop, transactions
from tests.support import ROOT
from training import fit_shop
from training.shop import COLUMNS, windows_before
from training.windows.panel import build_panel

AS_OF = datetime(2025, 3, 1)


@pytest.fixture(scope="module")
def order_lines() -> pd.DataFrame:
    """600 customers over 425 days: eleven windows, more than 500 past buyers."""
    return shop(customers=600, days=425)


@pytest.fixture(scope="module")
def fitted(order_lines: pd.DataFrame) -> HistoryArtifact:
    with transactions(order_lines) as history:
        return fit_shop(history, AS_OF)


def test_a_shop_with_enough_past_buyers_gets_the_history_model(fitted):
    assert fitted.name == HISTORY_MODEL
    assert fitted.model.hurdle is not None
    assert fitted.learned_from.past_buyers >= 500
    assert fitted.model_version.startswith("fitted.")
    assert len(fitted.track_record) == 6
    assert fitted.intervals is not None
    assert fitted.totals is not None


@pytest.mark.parametrize(("customers", "name"), [(60, BGNBD), (5, RANKS)])
def test_a_smaller_shop_gets_less(customers: int, name: str):
    with transactions(shop(customers=customers, days=330)) as history:
        artifact = fit_shop(history)

    assert artifact.name == name
    assert artifact.model.hurdle is None
    assert (artifact.totals is None) == (name == RANKS)
    assert (artifact.track_record == ()) == (name == RANKS)


def test_a_shop_of_a_few_weeks_is_ranked():
    with transactions(lines("a", "2024-03-01 20.00", "2024-03-09 20.00"), lines("b", "2024-03-02 5.00")) as history:
        artifact = fit_shop(history)
        base = score_base(history, HistoryScorer(artifact), history.ends_at, is_quiet=True)

    assert artifact.name == RANKS
    assert artifact.learned_from.windows == 0
    assert sorted(base.customers["customer_id"]) == ["a", "b"]


def test_a_moment_before_the_first_order_is_refused():
    with (
        transactions(lines("a", "2024-03-01 20.00")) as history,
        pytest.raises(TransactionsError, match="nobody bought before; the first order is of 2024-03-01"),
    ):
        fit_shop(history, datetime(2023, 1, 1))


@pytest.mark.parametrize("amount", ["0.01", "1000000000.00"])
def test_amounts_of_any_currency_are_forecast_in_it(amount: str):
    """150 regulars with one price: whoever buys is expected to spend about that, and never nothing or infinity."""
    parts = [
        lines(f"C{n}", *(f"2024-{month:02}-{1 + n % 28:02} {amount}" for month in range(1, 13, 1 + n % 3)))
        for n in range(150)
    ]
    with transactions(*parts) as history:
        artifact = fit_shop(history)
        base = score_base(history, HistoryScorer(artifact), history.ends_at, is_quiet=True)

    assert artifact.name == HISTORY_MODEL
    spend, probability = (base.customers[name] for name in WRITTEN.values())
    assert np.isfinite(spend).all()
    assert 0.3 < spend.sum() / (probability.sum() * float(amount)) < 3


def test_nothing_on_or_after_as_of_reaches_the_artifact(order_lines, fitted):
    """Later orders of those who are known, in amounts that no model could overlook."""
    last = order_lines["InvoiceDate"].max()
    known = order_lines[order_lines["InvoiceDate"] < AS_OF]
    later = known.assign(
        Invoice="X" + known["Invoice"],
        InvoiceDate=AS_OF + (last - known["InvoiceDate"]) % timedelta(days=20),
        Price=9e4,
    )
    with transactions(known, later) as history:
        other = fit_shop(history, AS_OF)

    for part in ("model", "guardrails", "segments", "intervals", "totals", "track_record", "learned_from", "name"):
        assert other.model_dump()[part] == fitted.model_dump()[part], part


def test_each_line_of_the_track_record_is_what_would_have_been_told_then(order_lines, fitted):
    """A fit at the start of a past window forecasts the same total, with the same interval.

    To a thousandth: the search for BG/NBD's parameters began elsewhere, and ends where it cannot tell the difference.
    """
    past = fitted.track_record[-1]
    moment = datetime.combine(past.as_of, datetime.min.time())
    with transactions(order_lines) as history:
        then = fit_shop(history, moment)
        base = score_base(history, HistoryScorer(then), moment, is_quiet=True)

    assert len(base) == past.customers
    spend, probability = (base.customers[name].to_numpy() for name in WRITTEN.values())
    assert then.totals.total(spend) == pytest.approx(past.forecast, rel=1e-3)
    assert then.totals.interval_80(spend, probability) == pytest.approx((past.low, past.high), rel=1e-3)


def test_what_windows_came_to_is_what_the_lines_say(order_lines, fitted):
    past = fitted.track_record[-1]
    start = pd.Timestamp(past.as_of)
    earlier = order_lines[order_lines["InvoiceDate"] < start]["Customer ID"].unique()
    inside = order_lines["InvoiceDate"].between(start, start + pd.Timedelta(days=30), inclusive="left")
    theirs = order_lines[inside & order_lines["Customer ID"].isin(earlier)]

    assert past.realised == pytest.approx((theirs["Quantity"] * theirs["Price"]).sum())


def test_it_serves_lists_files_and_single_customers_alike(order_lines, fitted, tmp_path: Path):
    with transactions(order_lines[order_lines["InvoiceDate"] < AS_OF]) as history:
        base = score_base(history, HistoryScorer(fitted), AS_OF, is_quiet=True)
        score(history, tmp_path / "out.csv", HistoryScorer(fitted, with_reasons=True), as_of=AS_OF)
    written = pd.read_csv(tmp_path / "out.csv").set_index("customer_id")

    for place in (0, 100, 500):
        customer, spend = base.customers.loc[place, ["customer_id", "predicted_future_spend_30d"]]
        theirs = order_lines[(order_lines["Customer ID"] == customer) & (order_lines["InvoiceDate"] < AS_OF)]
        asked = [
            OrderLine(row.Invoice, row.StockCode, row.Quantity, row.Price, row.InvoiceDate.to_pydatetime())
            for row in theirs.itertuples()
        ]
        alone = predict_from_lines(fitted, asked, AS_OF).prediction
        assert alone.future_spend_30d == pytest.approx(spend, abs=0.011)
        assert alone.future_spend_30d == pytest.approx(written.loc[customer, "predicted_future_spend_30d"], abs=0.011)
        total = alone.reasons.base + sum(reason.amount for reason in alone.reasons.reasons)
        assert total == pytest.approx(alone.future_spend_30d, abs=0.011)


def test_progress_is_told_and_can_end_the_fit(order_lines):
    told: list[tuple[str, float]] = []

    class HungUp(Exception):
        """The caller is gone."""

    def progress(step: str, done: float) -> None:
        told.append((step, done))
        if done > 0.5:
            raise HungUp

    with transactions(order_lines) as history, pytest.raises(HungUp):
        fit_shop(history, progress=progress)

    assert [done for _, done in told] == sorted(done for _, done in told)


def test_a_draw_of_customers_is_of_all_their_windows_always_the_same_and_about_as_large_as_asked(order_lines):
    windows = windows_before(AS_OF, datetime(2024, 1, 1), horizon_days=30, active_days=90)
    with transactions(order_lines) as history:
        panel = build_panel(history, windows, active_days=90, columns=COLUMNS, most_rows=2000)

    drawn = panel.drawn(panel.known)
    chosen = drawn.index.get_level_values("customer_id").unique()
    assert len(drawn) == pytest.approx(2000, rel=0.15)
    assert len(drawn) == panel.known.index.get_level_values("customer_id").isin(chosen).sum()
    assert drawn.equals(panel.drawn(panel.known))


def test_only_the_newest_two_years_of_windows_are_learned_from():
    windows = windows_before(datetime(2025, 1, 1), datetime(2020, 1, 1), horizon_days=30, active_days=90)

    assert len(windows) == 24
    assert windows[-1].ends_at == datetime(2025, 1, 1)
    assert all(later.as_of == earlier.ends_at for earlier, later in pairwise(windows))


def test_nothing_is_written(order_lines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    before = sorted((ROOT / "model").iterdir())

    with transactions(order_lines) as history:
        fit_shop(history)

    assert list(tmp_path.iterdir()) == []
    assert sorted((ROOT / "model").iterdir()) == before


def test_the_sample_shop_is_forecast_by_its_own_numbers():
    """Six past months: the total inside its 80 % range in four at least, and half of them within 20 %."""
    from model.orders.orders import read_orders

    with read_orders(ROOT / "app" / "web" / "static" / "sample_orders.csv") as history:
        record = fit_shop(history).track_record

    assert sum(bool(past.is_covered) for past in record) >= 4
    assert np.median([abs(past.forecast / past.realised - 1) for past in record]) <= 0.2


def test_memory_that_runs_out_while_fitting_is_a_shortage(order_lines):
    with transactions(order_lines) as history:
        history.connection.execute("SET memory_limit = '4MB'")
        with pytest.raises(Shortage, match="memory ran out"):
            fit_shop(history, AS_OF)
