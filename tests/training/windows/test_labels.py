from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd

from model.features.definitions import build_features
from model.orders.options import ReadingOptions
from model.orders.orders import read_orders
from tests.orders import lines, shop, transactions
from training.windows.labels import future_spend, label_windows
from training.windows.windows import Window

CUTOFF = datetime(2011, 6, 11)


def window(as_of: datetime) -> Window:
    return Window(as_of, as_of + timedelta(days=30))


def test_purchase_on_the_cutoff_day_belongs_to_the_future():
    """No line is lost, and none is counted twice, where features end and labels begin."""
    history = transactions(lines("13085", "2011-06-10 20.00", "2011-06-11 30.00"))

    features = build_features(history, as_of=CUTOFF)
    spend = future_spend(history, [CUTOFF], horizon_days=30)

    assert features.loc["13085", "total_spend"] == 20.00
    assert spend[CUTOFF, "13085"] == 30.00


def test_the_horizon_is_thirty_days_and_not_a_moment_more():
    history = transactions(lines("1", "2011-07-10T23:59 20.00", "2011-07-11T00:00 500.00"))

    assert future_spend(history, [CUTOFF], horizon_days=30)[CUTOFF, "1"] == 20.00


def test_whoever_bought_nothing_has_a_label_of_zero():
    labelled = label_windows(transactions(lines("1", "2011-06-01 20.00")), [window(CUTOFF)], active_days=90)

    assert labelled["future_spend"].to_list() == [0.0]


def test_neighbouring_windows_share_out_all_spend():
    """Over touching windows, labels add up to what was spent in them."""
    order_lines = shop(customers=30, days=200)
    windows = [window(datetime(2024, 4, 1)), window(datetime(2024, 5, 1))]
    inside = order_lines["InvoiceDate"].between(windows[0].as_of, windows[1].ends_at, inclusive="left")
    expected = (order_lines["Quantity"] * order_lines["Price"])[inside].sum()

    spend = future_spend(transactions(order_lines), [part.as_of for part in windows], horizon_days=30)

    assert round(spend.sum(), 6) == round(expected, 6)


def test_labels_do_not_touch_the_features():
    order_lines = shop(customers=30, days=200)
    cutoff = datetime(2024, 5, 1)
    past = order_lines[order_lines["InvoiceDate"] < cutoff]

    whole, cut = (label_windows(transactions(part), [window(cutoff)], active_days=90) for part in (order_lines, past))

    pd.testing.assert_frame_equal(whole.drop(columns="future_spend"), cut.drop(columns="future_spend"))


def test_net_future_spend_is_never_negative(tmp_path: Path):
    """77 buys for 30 and returns 10; 78 only returns what was bought before."""
    (tmp_path / "orders.csv").write_text(
        "customer,date,amount\n77,2011-06-12,30.00\n77,2011-06-20,-10.00\n78,2011-06-01,50.00\n78,2011-06-20,-50.00\n"
    )

    with read_orders(tmp_path / "orders.csv", ReadingOptions(returns="net")) as history:
        spend = future_spend(history, [CUTOFF], horizon_days=30)

    assert spend.to_dict() == {(CUTOFF, "77"): 20.0, (CUTOFF, "78"): 0.0}
