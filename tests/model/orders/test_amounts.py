"""Amounts as other shops write them: one reading for all of a file, or a refusal with both."""

from pathlib import Path

import pytest

from model.errors import TransactionsError
from model.orders.cleaning import CleaningReport
from model.orders.options import ReadingOptions
from model.orders.orders import read_orders


def read(tmp_path: Path, *amounts: str, decimal: str | None = None) -> CleaningReport:
    path = tmp_path / "orders.csv"
    rows = "".join(f"{number};2011-01-31;{amount}\n" for number, amount in enumerate(amounts))
    path.write_text("customer;date;amount\n" + rows, encoding="utf-8")
    with read_orders(path, ReadingOptions(decimal=decimal)) as transactions:
        return transactions.report


@pytest.mark.parametrize(
    ("amounts", "spend"),
    [
        (["Rs. 1,234.50", "Rs. .50"], 1235.0),
        (["1.234,50 kr.", "0,50 kr."], 1235.0),
        (["1\u202f234,50 €", "0,50 €"], 1235.0),
        (["1\u00a0234,50 €", "0,50 €"], 1235.0),
        (["1’234.50", "CHF 0.50"], 1235.0),
        (["₹1,23,456.50", "₹0.50"], 123457.0),
        (["€ 5,50", "EUR 5,50"], 11.0),
        (["US $5.50", "US$ 5.50"], 11.0),
        (["49,-", "12,50"], 61.5),
        (["CHF 12.-", "CHF 12.50"], 24.5),
        (["Rs. 500/-", "Rs. 0.50"], 500.5),
        (["12,– €", "0,50 €"], 12.5),
        (["1.500", "0.250"], 1.75),
    ],
)
def test_words_and_blanks_of_every_kind_stand_around_amounts(amounts: list[str], spend: float, tmp_path: Path):
    assert read(tmp_path, *amounts).spend == spend


@pytest.mark.parametrize("refund", ["\u221212,50", "\u201312,50", "kr \u221212,50", "12,50\u2212", "\uff0d12,50"])
def test_a_minus_of_any_kind_makes_a_return(refund: str, tmp_path: Path):
    report = read(tmp_path, "20,00", refund)
    assert (report.spend, [drop.spend for drop in report.dropped]) == (20.0, [-12.5])


@pytest.mark.parametrize("others", [["990"], []])
def test_points_before_three_digits_alone_are_refused_with_both_readings(others: list[str], tmp_path: Path):
    """12.990 pesos, and 1.500 of anything."""
    with pytest.raises(TransactionsError, match=r"'12\.990' could be 12990 or 12\.990, and no row decides.*--decimal"):
        read(tmp_path, "12.990", *others)

    assert read(tmp_path, "12.990", *others, decimal="comma").spend == 12990 + sum(map(float, others))
    assert read(tmp_path, "12.990", *others, decimal="point").spend == 12.99 + sum(map(float, others))


@pytest.mark.parametrize("amount", ["12.50 CR", "12,50 H", "1.2K", "1,2 Mio", "99p", "12.5%", "12.5 %"])
def test_letters_that_change_an_amount_are_refused_with_it(amount: str, tmp_path: Path):
    with pytest.raises(TransactionsError, match=f"'{amount}' ends in .* write amounts as numbers"):
        read(tmp_path, amount)


def test_points_and_commas_in_one_file_are_refused_with_an_example_of_each(tmp_path: Path):
    """A month that another program wrote; read in the way of the others, 12,50 would be 1250."""
    with pytest.raises(TransactionsError, match=r"a decimal point .*'12\.50'.* and some a comma .*'12,50'.*--decimal"):
        read(tmp_path, "12.50", "12,50")

    chosen = read(tmp_path, "12.50", "12,50", decimal="point")
    assert (chosen.spend, [drop.reason for drop in chosen.dropped]) == (12.5, ["price is no number"])


def test_amounts_with_signs_of_several_currencies_are_refused(tmp_path: Path):
    with pytest.raises(TransactionsError, match=r"several currencies: \$ \(2 lines\), € \(1 line\)"):
        read(tmp_path, "$5.00", "€5.00", "$7.00")


@pytest.mark.parametrize(
    "amounts", [("5,00 kr", "5,00 €"), ("5,00 kr", "5,00 zł"), ("R$ 5.00", "US$ 5.00"), ("US $5.00", "C $5.00")]
)
def test_words_and_dollars_of_several_countries_are_currencies_too(amounts: tuple[str, str], tmp_path: Path):
    with pytest.raises(TransactionsError, match="several currencies"):
        read(tmp_path, *amounts)
