from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.features.definitions import FEATURE_NAMES, HISTORY_FEATURE_NAMES, build_features, build_snapshots
from model.orders.options import ReadingOptions
from model.orders.orders import read_orders
from tests.orders import lines, shop, transactions

CUTOFF = datetime(2011, 6, 11)


def test_the_six_features_of_a_small_history():
    """Worked out by hand: two invoices, one of them with two lines, three products."""
    bought = lines(
        "13085", "2011-06-01T10:00 20.00 MUG A", "2011-06-01T10:00 5.00 CUP A", "2011-06-09T23:00 35.00 PAN B"
    )

    features = build_features(transactions(bought), CUTOFF).loc["13085"]

    assert features.to_dict() == {
        "total_spend": 60.0,
        "avg_spend": 30.0,
        "num_transactions": 2,
        "total_units": 3,
        "unique_products": 3,
        "recency_days": 1,
    }


def test_features_stand_in_the_order_of_the_public_api():
    assert list(build_features(transactions(lines("1", "2011-06-01 20.00")), CUTOFF).columns) == list(FEATURE_NAMES)


def test_a_customer_without_a_purchase_before_the_cutoff_has_no_row():
    history = transactions(lines("early", "2011-06-01 20.00"), lines("late", "2011-06-11 20.00"))

    assert list(build_features(history, CUTOFF).index) == ["early"]


def test_an_invoice_booked_around_the_cutoff_counts_only_with_its_earlier_line():
    """An invoice whose lines lie at two moments must not carry the later one into the past."""
    history = transactions(lines("1", "2011-06-10T23:59 20.00 MUG A", "2011-06-11T00:00 500.00 PAN A"))

    features = build_features(history, CUTOFF).loc["1"]

    assert features["total_spend"] == 20.0
    assert features["num_transactions"] == 1
    assert features["unique_products"] == 1


def test_an_invoice_booked_at_two_moments_is_one_transaction():
    history = transactions(lines("1", "2011-06-09T10:00 20.00 MUG A", "2011-06-09T10:01 5.00 PAN A"))

    assert build_features(history, CUTOFF).loc["1", "num_transactions"] == 1


@pytest.mark.parametrize(("bought", "is_active"), [("2011-03-13", True), ("2011-03-12T23:59", False)])
def test_active_means_a_purchase_in_the_ninety_days_before_the_cutoff(bought: str, is_active: bool):
    snapshots = build_snapshots(transactions(lines("1", f"{bought} 20.00")), [CUTOFF])

    assert snapshots["is_active"].to_list() == [is_active]


def test_the_future_makes_nobody_active():
    history = transactions(lines("1", "2010-06-11 20.00", "2011-06-11 20.00"))

    assert build_snapshots(history, [CUTOFF])["is_active"].to_list() == [False]


SHOP = shop(customers=25, days=200)
SHOP_CUTOFF = datetime(2024, 5, 1)


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_lines_changes_no_feature(random):
    shuffled = SHOP.sample(frac=1, random_state=random.randrange(2**31))

    expected = build_features(transactions(SHOP), SHOP_CUTOFF)
    pd.testing.assert_frame_equal(build_features(transactions(shuffled), SHOP_CUTOFF), expected, check_exact=True)


@settings(max_examples=15, deadline=None)
@given(after=st.integers(0, 90 * 1440), amount=st.floats(0.01, 1e6), is_known=st.booleans())
def test_a_line_at_or_after_the_cutoff_changes_no_feature(after: int, amount: float, is_known: bool):
    moment = SHOP_CUTOFF + timedelta(minutes=after)
    future = lines("C0001" if is_known else "newcomer", f"{moment:%Y-%m-%dT%H:%M} {amount:.2f} PAN 0001-0")

    expected = build_snapshots(transactions(SHOP), [SHOP_CUTOFF])
    pd.testing.assert_frame_equal(
        build_snapshots(transactions(SHOP, future), [SHOP_CUTOFF]), expected, check_exact=True
    )


def test_lines_that_stand_twice_change_no_feature():
    doubled = pd.concat([SHOP, SHOP.head(40)])

    expected = build_features(transactions(SHOP), SHOP_CUTOFF)
    pd.testing.assert_frame_equal(build_features(transactions(doubled), SHOP_CUTOFF), expected, check_exact=True)


def test_money_in_another_unit_scales_the_spend_features_alone():
    in_pence = SHOP.assign(Price=SHOP["Price"] * 100)

    pounds, pence = (build_features(transactions(part), SHOP_CUTOFF) for part in (SHOP, in_pence))
    money = ["total_spend", "avg_spend"]
    pd.testing.assert_frame_equal(pence[money], pounds[money] * 100, rtol=1e-9)
    pd.testing.assert_frame_equal(pence.drop(columns=money), pounds.drop(columns=money), check_exact=True)


def test_several_cutoffs_in_one_pass_equal_each_alone():
    history = transactions(SHOP)
    cutoffs = [SHOP_CUTOFF, SHOP_CUTOFF + timedelta(days=30)]

    together = build_snapshots(history, cutoffs)

    for cutoff in cutoffs:
        pd.testing.assert_frame_equal(together.loc[[cutoff]], build_snapshots(history, [cutoff]), check_exact=True)


@pytest.mark.parametrize("change", ["shifted", "added", "removed"])
def test_no_history_feature_sees_what_happens_at_or_after_the_cutoff(change: str):
    """For every feature: the future moved by a day, doubled, or cut away."""
    is_future = SHOP["InvoiceDate"] >= SHOP_CUTOFF
    past, future = SHOP[~is_future], SHOP[is_future]
    later = future.assign(InvoiceDate=future["InvoiceDate"] + timedelta(days=1))
    changed = {"shifted": [past, later], "added": [past, future, later], "removed": [past]}[change]

    expected = build_snapshots(transactions(SHOP), [SHOP_CUTOFF])
    snapshots = build_snapshots(transactions(*changed), [SHOP_CUTOFF])
    assert list(snapshots.columns) == [*HISTORY_FEATURE_NAMES, "is_active"]
    pd.testing.assert_frame_equal(snapshots, expected, check_exact=True)


def test_history_features_of_a_small_history():
    """Worked out by hand: orders of 20 and 30 on days 40 and 10 before the cutoff."""
    history = transactions(lines("1", "2011-05-02 20.00", "2011-06-01 30.00 CUP"))

    features = build_snapshots(history, [CUTOFF]).loc[(CUTOFF, "1")]

    assert features["tenure_days"] == 40
    assert features["last_age_days"] == 10
    assert features["mean_gap_days"] == features["longest_gap_days"] == features["last_gap_days"] == 30
    assert features["recency_per_mean_gap"] == pytest.approx(10 / 31)
    assert features["spend_halflife_10d"] == pytest.approx(20 / 16 + 30 / 2)
    assert features["orders_halflife_30d"] == pytest.approx(2 ** (-40 / 30) + 2 ** (-10 / 30))
    assert (features["orders_30d"], features["orders_60d"], features["spend_30d_to_60d"]) == (1, 2, 20.0)
    assert (features["last_order_spend"], features["largest_order_spend"]) == (30.0, 30.0)
    assert (features["new_products_90d"], features["product_novelty"]) == (2, 1.0)


def test_last_years_horizon_is_the_thirty_days_that_began_a_year_ago():
    history = transactions(lines("1", "2010-06-12 20.00", "2010-07-10 5.00", "2010-07-12 7.00", "2011-06-01 1.00"))

    features = build_snapshots(history, [CUTOFF]).loc[(CUTOFF, "1")]

    assert features["spend_horizon_last_year"] == 25.0
    assert features["orders_horizon_last_year"] == 2


def test_what_a_single_purchase_cannot_tell_is_unknown():
    features = build_snapshots(transactions(lines("1", "2011-06-01 20.00")), [CUTOFF]).loc[(CUTOFF, "1")]

    assert features[["mean_gap_days", "last_gap_days", "sd_ln_order_spend"]].isna().all()


NET = """Invoice,StockCode,Quantity,InvoiceDate,Price,Customer ID
A,MUG,10,2011-05-01 10:00,5.00,77
A,PAN,1,2011-05-01 10:00,50.00,77
B,MUG,4,2011-06-01 10:00,10.00,77
CA,MUG,-2,2011-06-08 10:00,5.00,77
C9,CUP,-1,2011-06-09 10:00,30.00,77
D,MUG,1,2011-05-01 10:00,20.00,78
CD,MUG,-1,2011-05-02 10:00,20.00,78
CE,MUG,-1,2011-05-02 10:00,20.00,79
"""


@pytest.fixture
def net_orders(tmp_path: Path) -> Path:
    (tmp_path / "orders.csv").write_text(NET)
    return tmp_path / "orders.csv"


def test_net_spend_falls_from_the_moment_of_a_return_and_nothing_else_moves(net_orders: Path):
    """By hand: 100 and 40 bought; 10 returned of the first, 30 of something bought before the export begins.

    A return is no visit: recency counts from 2011-06-01. Who returned all (78) or never bought (79) has no row.
    """
    with read_orders(net_orders, ReadingOptions(returns="net")) as history:
        snapshots = build_snapshots(history, [datetime(2011, 6, 8), CUTOFF])

    assert list(snapshots.index) == [(datetime(2011, 6, 8), "77"), (CUTOFF, "77")]
    assert list(snapshots["total_spend"]) == [140.0, 100.0]
    after = snapshots.loc[(CUTOFF, "77")]
    assert after[list(FEATURE_NAMES)].to_list() == [100.0, 50.0, 2, 12, 2, 9]
    assert (after["purchase_days"], after["mean_gap_days"], after["last_order_spend"]) == (2, 31.0, 40.0)
    assert (after["spend_30d"], after["spend_90d"], after["orders_30d"]) == (0.0, 100.0, 1)
    assert after["mean_ln_order_spend"] == pytest.approx((np.log(101) + np.log(41)) / 2)
    assert (after["lines_per_order"], after["is_active"]) == (1.5, True)


def test_net_features_are_finite_and_never_negative(net_orders: Path):
    with read_orders(net_orders, ReadingOptions(returns="net")) as history:
        snapshots = build_snapshots(history, [CUTOFF + timedelta(days=day) for day in range(0, 400, 50)])

    assert (snapshots[list(HISTORY_FEATURE_NAMES)].fillna(0.0) >= 0).all(axis=None)
    assert np.isfinite(snapshots[list(FEATURE_NAMES)]).all(axis=None)


def test_without_returns_net_and_gross_are_the_same(tmp_path: Path):
    shop(customers=30).to_csv(tmp_path / "orders.csv", index=False)

    gross, net = (
        build_snapshots(read_orders(tmp_path / "orders.csv", ReadingOptions(returns=returns)), [datetime(2024, 12, 1)])
        for returns in ("gross", "net")
    )
    pd.testing.assert_frame_equal(gross, net)
