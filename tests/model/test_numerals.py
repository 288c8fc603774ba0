"""Amounts as other shops write them: one reading for all of a file, or a refusal with both."""

from pathlib import Path

import pytest

from model.cleaning import CleaningReport
from model.errors import TransactionsError
from model.reading import ReadingOptions
from model.transactions import read_orders


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
    ],
)
def test_words_and_blanks_of_every_kind_stand_around_amounts(amounts: list[str], spend: float, tmp_path: Path):
    assert read(tmp_path, *amounts).spend == spend


def test_points_and_commas_in_one_file_are_refused_with_an_example_of_each(tmp_path: Path):
    """A month that another program wrote; read in the way of the others, 12,50 would be 1250."""
    with pytest.raises(TransactionsError, match=r"a decimal point .*'12\.50'.* and some a comma .*'12,50'.*--decimal"):
        read(tmp_path, "12.50", "12,50")

    chosen = read(tmp_path, "12.50", "12,50", decimal="point")
    assert (chosen.spend, [drop.reason for drop in chosen.dropped]) == (12.5, ["price is no number"])


def test_amounts_with_signs_of_several_currencies_are_refused(tmp_path: Path):
    with pytest.raises(TransactionsError, match=r"several currencies: \$ \(2 lines\), € \(1 lines\)"):
        read(tmp_path, "$5.00", "€5.00", "$7.00")
