"""Moments as other systems write them."""

from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from model.errors import TransactionsError
from model.orders.options import ReadingOptions
from model.orders.orders import read_orders


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
        "31JAN11:08:26:00",
        "31 Jan 11 08:26",
        "31 January 11 08:26",
        "Jan-31-11 08:26",
        "Jan 31, 11 08:26",
        "2011-01-31 08:26:00 AM",
        "2011/01/31 8:26 am",
        "31.01.2011 08.26",
        "31-JAN-11 08.26.00.000000000 AM",
        "1/31/2011 08:26:00.000",
        "31/01/2011 08:26:00 a. m.",
        "1/31/2011, 8:26:00\u202fAM",
        "2011-01-31 08:26\t",
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


@pytest.mark.parametrize("value", ["2011-01-31 08:26:00 PM", "2011/01/31 8:26pm", "31-JAN-11 08.26.00 PM"])
def test_evenings_are_twelve_hours_later(value: str, tmp_path: Path):
    assert first_line_at(tmp_path, value) == datetime(2011, 1, 31, 20, 26)


@pytest.mark.parametrize("nothing", ["9999-12-31", "1900-01-01 00:00:00", "0001-01-01", "1970-01-01"])
def test_moments_that_stand_for_none_leave_their_line_out(nothing: str, tmp_path: Path):
    """What databases write where a date is missing, as text and as a type of Parquet."""
    path = tmp_path / "orders.parquet"
    duckdb.execute(
        f"COPY (SELECT 1 AS customer, TIMESTAMP '{nothing}' AS date, 5.0 AS amount UNION ALL "
        f"SELECT 2, TIMESTAMP '2011-01-31', 5.0) TO '{path}' (FORMAT parquet)"
    )
    with read_orders(path, ReadingOptions()) as transactions:
        report = transactions.report

    assert [(drop.reason, drop.lines, drop.spend) for drop in report.dropped] == [("no date", 1, 5.0)]
    assert report.first_line_at == first_line_at(tmp_path, nothing, "2011-01-31") == datetime(2011, 1, 31)


@pytest.mark.parametrize("nothing", ["NULL", "NaT", "0000-00-00 00:00:00", "00000000", "00.00.0000", "-"])
def test_a_word_for_no_date_leaves_its_line_out(nothing: str, tmp_path: Path):
    assert first_line_at(tmp_path, nothing, "2011-01-31") == datetime(2011, 1, 31)


def test_days_that_are_counted_are_refused_with_what_to_do(tmp_path: Path):
    with pytest.raises(TransactionsError, match=r"whole numbers from 1 to 711.*add them to the first day"):
        first_line_at(tmp_path, "1", "711")


def test_a_short_year_in_front_is_not_read_as_a_day(tmp_path: Path):
    with pytest.raises(TransactionsError, match="if the year comes first, write it with four digits"):
        first_line_at(tmp_path, "10-12-01", "11-01-02")


def test_a_short_year_that_changes_more_rarely_than_the_day_stands_in_front(tmp_path: Path):
    """Japan and Korea; read by days, these would lie in 2001, 2015 and 2030."""
    dates = ["24/03/15", "24/11/30", "25/02/01"]
    with pytest.raises(TransactionsError, match=r"'24/03/15' and all others could have the year in front; .* four"):
        first_line_at(tmp_path, *dates)

    assert first_line_at(tmp_path, "15/03/24", "30/11/24", "01/02/25") == datetime(2024, 3, 15)


def test_what_dot_net_counts_is_refused(tmp_path: Path):
    with pytest.raises(TransactionsError, match=r"'634320591600000000' is no date"):
        first_line_at(tmp_path, "634320591600000000")


@pytest.mark.parametrize(
    ("dates", "told"),
    [
        (("2567-01-05", "2567-02-05"), "2567-01-05 is of the year 2567.*Thailand, where 2567 is 2024"),
        (("05/01/2567", "28/02/2567"), "year 2567"),
        (("1403-01-05", "1403-05-06"), "year 1403.*Iran"),
        (("1403-02-31", "1403-05-06"), "'1403-02-31' is no date.*another calendar"),
        (("113/01/05", "113/02/05"), "'113/01/05' is no date.*another calendar"),
    ],
)
def test_years_of_other_calendars_are_named(dates: tuple[str, ...], told: str, tmp_path: Path):
    """They were left out as no dates, and the message asked to check the columns."""
    with pytest.raises(TransactionsError, match=told):
        first_line_at(tmp_path, *dates)
