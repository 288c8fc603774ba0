"""Moments as other systems write them."""

from datetime import datetime
from pathlib import Path

import pytest

from model.errors import TransactionsError
from model.reading import ReadingOptions
from model.transactions import read_orders


def first_line_at(tmp_path: Path, *dates: str) -> datetime:
    path = tmp_path / "orders.csv"
    rows = "".join(f"{number};{date};5.00\n" for number, date in enumerate(dates))
    path.write_text("customer;date;amount\n" + rows, encoding="utf-8")
    with read_orders(path, ReadingOptions()) as transactions:
        return transactions.report.first_line_at


@pytest.mark.parametrize(
    "value",
    [
        "31JAN2011:08:26:00",
        "31Jan2011 08:26",
        "Mon, 31 Jan 2011 08:26:00 +0100",
        "Monday, January 31, 2011 8:26 am",
        "1/31/2011 8:26AM",
        "31/01/2011 8:26 a.m.",
        "31. Januar 2011 08:26",
        "31 janv. 2011 08:26",
        "31 de enero de 2011 08:26",
        "1/31/2011 08:26:00 PST",
        "40574,351389",
    ],
)
def test_oddities_of_dates_are_read_over(value: str, tmp_path: Path):
    assert first_line_at(tmp_path, value) == datetime(2011, 1, 31, 8, 26)


@pytest.mark.parametrize(
    ("names", "month"),
    [("Mär Mars marzo maart March", 3), ("Mai mayo mei May", 5), ("août ago Aug agosto", 8), ("Dez déc. dic Dec", 12)],
)
def test_months_have_their_names_in_every_language_that_columns_have(names: str, month: int, tmp_path: Path):
    for name in names.split():
        assert first_line_at(tmp_path, f"31 {name} 2011").month == month


@pytest.mark.parametrize("nothing", ["NULL", "NaT", "0000-00-00 00:00:00", "-"])
def test_a_word_for_no_date_leaves_its_line_out(nothing: str, tmp_path: Path):
    assert first_line_at(tmp_path, nothing, "2011-01-31") == datetime(2011, 1, 31)


def test_days_that_are_counted_are_refused_with_what_to_do(tmp_path: Path):
    with pytest.raises(TransactionsError, match=r"whole numbers from 1 to 711.*add them to the first day"):
        first_line_at(tmp_path, "1", "711")


def test_a_short_year_in_front_is_not_read_as_a_day(tmp_path: Path):
    with pytest.raises(TransactionsError, match="if the year comes first, write it with four digits"):
        first_line_at(tmp_path, "10-12-01", "11-01-02")
