"""Ids of other shops: none merged, none split, and columns that hold nothing play no role."""

from pathlib import Path

import pytest

from model.orders.cleaning import CleaningReport
from model.orders.options import ReadingOptions
from model.orders.orders import read_orders


def read(tmp_path: Path, text: str) -> tuple[CleaningReport, list[str]]:
    path = tmp_path / "orders.csv"
    path.write_text(text)
    with read_orders(path, ReadingOptions()) as transactions:
        found = transactions.connection.execute("SELECT DISTINCT customer_id FROM orders ORDER BY 1").fetchall()
        return transactions.report, [customer for (customer,) in found]


def customers(tmp_path: Path, *ids: str) -> list[str]:
    rows = "".join(f"{each};2011-01-{day:02};5.00\n" for day, each in enumerate(ids, start=1))
    return read(tmp_path, "customer;date;amount\n" + rows)[1]


def test_an_address_in_two_spellings_is_one_customer(tmp_path: Path):
    assert customers(tmp_path, "Zoe@Shop.com", "zoe@shop.com ", "Zoe") == ["Zoe", "zoe@shop.com"]


def test_leading_zeros_make_another_customer(tmp_path: Path):
    assert customers(tmp_path, "00123", "123", "123.0") == ["00123", "123"]


def test_ids_that_were_guarded_from_a_spreadsheet_lose_their_guard(tmp_path: Path):
    assert customers(tmp_path, '"=""00123"""', '"=""00123"""') == ["00123"]


@pytest.mark.parametrize("word", ["\\N", "(null)", "#N/A", "-", "?", "NULL"])
def test_words_for_nobody_are_no_customer(word: str, tmp_path: Path):
    assert customers(tmp_path, "7", word) == ["7"]


def test_an_empty_column_plays_no_role(tmp_path: Path):
    """Of payments; the invoice would make all of them one order, and the quantity none of them a purchase."""
    header = "Customer,Invoice ID,Created,Quantity,Gross,Price\n"

    report, _ = read(tmp_path, header + "7,,2011-01-01,,5.00,\n7,,2011-02-01,,6.00,\n")
    assert (report.orders, report.spend, report.missing_columns) == (2, 11.0, ("invoice", "product", "quantity"))


def test_lines_without_an_invoice_are_an_order_of_their_day(tmp_path: Path):
    report, _ = read(tmp_path, "customer,invoice,date,amount\n7,1,2011-01-01,5\n7,,2011-02-01,6\n7,,2011-03-01,6\n")

    assert report.orders == 3
