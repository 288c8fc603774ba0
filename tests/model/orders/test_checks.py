"""What an export counts twice, leaves aside, gives to one customer, or dates in the future."""

from pathlib import Path

import pandas as pd
import pytest

from tests.orders import shop
from training import doctor

TOTALS = ["Invoice", "InvoiceDate", "Customer ID", "order_total"]


def told(tmp_path: Path, capsys: pytest.CaptureFixture[str], rows: pd.DataFrame, *options: str) -> str:
    path = tmp_path / "orders.csv"
    rows.to_csv(path, index=False)
    doctor.main([str(path), *options])
    printed = capsys.readouterr()
    return printed.out + printed.err


def with_totals(rows: pd.DataFrame) -> pd.DataFrame:
    spend = rows["Quantity"] * rows["Price"]
    return rows.assign(order_total=spend.groupby(rows["Invoice"]).transform("sum").round(2))


def test_the_total_of_an_order_on_each_of_its_lines_is_not_counted_once_for_each(tmp_path: Path, capsys):
    rows = with_totals(shop(customers=40, days=100))[[*TOTALS, "StockCode"]]

    assert "holds each amount on several lines of an order" in told(tmp_path, capsys, rows)
    assert "X totals of orders: " in told(tmp_path, capsys, rows, "--columns", "line_total=order_total")


def test_a_total_is_one_although_a_line_differs_or_no_invoice_is_there(tmp_path: Path, capsys):
    rows = with_totals(shop(customers=40, days=100))[[*TOTALS, "StockCode"]]
    rows.loc[0, "order_total"] += 1

    assert "holds each amount on several lines of an order" in told(tmp_path, capsys, rows)
    assert " in order C" in told(tmp_path, capsys, rows.drop(columns="Invoice"))


def test_copies_of_lines_are_no_totals(tmp_path: Path, capsys):
    once = with_totals(shop(customers=40, days=100)).drop_duplicates("Invoice")[TOTALS]

    assert "same amount on all lines" not in told(tmp_path, capsys, pd.concat([once, once]))


def test_a_total_that_says_otherwise_than_quantity_times_price_is_told(tmp_path: Path, capsys):
    rows = shop(customers=40, days=100)
    paid = (rows["Quantity"] * rows["Price"]).round(2)

    assert "! another total" not in told(tmp_path, capsys, rows.assign(total=paid))
    assert "--columns line_total=total" in told(tmp_path, capsys, rows.assign(total=(0.9 * paid).round(2)))


def test_an_id_that_stands_for_guests_is_told(tmp_path: Path, capsys):
    rows = shop(customers=60, days=100)
    guests = rows["Invoice"].str.endswith(("0", "1", "2"))

    assert "! one customer for many: customer 'Z9' has" in told(
        tmp_path, capsys, rows.assign(**{"Customer ID": rows["Customer ID"].mask(guests, "Z9")})
    )


def test_orders_of_the_future_are_told(tmp_path: Path, capsys):
    rows = shop(customers=40, days=100)
    later = rows.assign(InvoiceDate=rows["InvoiceDate"] + pd.DateOffset(years=70))

    assert "! future: " in told(tmp_path, capsys, later)
    assert "! future: " not in told(tmp_path, capsys, rows)
