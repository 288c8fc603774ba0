import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from tests.orders import lines, shop
from tests.support import ROOT
from training import doctor


def written(tmp_path: Path, *parts: pd.DataFrame) -> Path:
    path = tmp_path / "orders.csv"
    pd.concat(parts).to_csv(path, index=False)
    return path


def test_a_healthy_shop_is_enough_for_a_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    code = doctor.main([str(written(tmp_path, shop(customers=400, days=420, seed=1)))])

    told = capsys.readouterr().out
    assert code in (0, 1)
    assert "is this enough for a 30-day model?: yes" in told
    assert "customers with one order" in told


def test_a_small_shop_is_not_enough_and_hears_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert doctor.main([str(written(tmp_path, lines("1", "2011-01-01 20.00", "2011-02-01 20.00")))]) == 2
    assert "X is this enough for a 30-day model?: no: 32 days of history" in capsys.readouterr().out


def test_returns_are_matched_to_their_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """100.00 spent, 10.00 of it returned with a purchase before it, 5.00 without one."""
    bought = lines("7", "2011-01-01 10.00 A1", "2011-01-02 90.00 B1")
    returned = lines("7", "2011-01-03 10.00 A1 C9", "2011-01-03 5.00 Z1 C9").assign(Quantity=-1)

    doctor.main([str(written(tmp_path, bought, returned))])

    assert "2 lines, 15.00, 15.00% of spend; 67% of it matches an earlier purchase" in capsys.readouterr().out


def test_copies_tests_and_non_products_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    products = [f"2011-01-{day:02} 10.00 P{day}" for day in range(1, 28)]
    twice = lines("7", "2011-01-05 10.00 P5 other")
    odd = lines("8", "2011-01-06 3.00 POST", "2011-01-06 2.00 TEST001")

    doctor.main([str(written(tmp_path, lines("7", *products), twice, odd))])

    told = capsys.readouterr().out
    assert "near duplicates: 1 line, 10.00" in told
    assert "2 codes such as postage or tests, 5.00 (1.75% of spend), are kept: POST (3.00), TEST001 (2.00)" in told


def test_gaps_and_a_last_day_that_was_cut_off_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    fridays = [f"2011-01-{day:02}T{hour}:00 5.00" for day in (7, 14, 21) for hour in range(10, 20)]
    parts = lines("7", *fridays), lines("8", "2011-01-28T09:10 5.00", "2010-12-25 5.00")

    doctor.main([str(written(tmp_path, *parts))])

    told = capsys.readouterr().out
    assert "! gaps: 1 gaps of more than 7 days without an order: 2010-12-25 to 2011-01-07" in told
    assert "! last day: 2011-01-28 has 1 orders until 09:10; the median of this weekday is 10" in told


def test_the_page_stands_alone_and_escapes_what_the_export_holds(tmp_path: Path):
    path = written(tmp_path, lines("<script>alert(1)</script>", "2011-01-01 20.00"))

    doctor.main([str(path), "--html", str(tmp_path / "page.html")])

    page = (tmp_path / "page.html").read_text()
    assert "&lt;script&gt;" in page
    assert "<script" not in page
    assert "http" not in page


def test_a_proposed_mapping_reads_columns_that_nobody_knows(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path, mapping = tmp_path / "orders.csv", tmp_path / "shop.toml"
    rows = shop(customers=250, days=300).rename(
        columns={"Customer ID": "wer", "InvoiceDate": "wann", "Price": "wieviel", "Invoice": "welche", "Quantity": "x"}
    )
    rows[["wer", "wann", "wieviel"]].to_csv(path, index=False)

    assert doctor.main([str(path)]) == 2
    assert "no column found" in capsys.readouterr().err
    doctor.main([str(path), "--write-mapping", str(mapping)])
    assert 'ordered_at = "wann"\nline_total = "wieviel"\ncustomer_id = "wer"' in mapping.read_text()
    assert doctor.main([str(path), "--mapping", str(mapping)]) in (0, 1)
    assert doctor.main([str(path), "--write-mapping", str(mapping)]) == 2
    assert "exists already" in capsys.readouterr().err


def test_a_proposed_customer_is_one_who_comes_back(tmp_path: Path):
    """Not the order, which has more ids, stands first, and is proposed as what it is."""
    path, mapping = tmp_path / "orders.csv", tmp_path / "shop.toml"
    shop(customers=50, days=300)[["Invoice", "InvoiceDate", "Customer ID", "Price"]].to_csv(
        path, index=False, header=False
    )

    doctor.main([str(path), "--write-mapping", str(mapping)])

    assert 'ordered_at = "2"\nline_total = "4"\ncustomer_id = "3"\ninvoice = "1"' in mapping.read_text()


def test_a_proposed_customer_is_the_one_of_an_order(tmp_path: Path):
    """Not the product, of which there are more, and which comes back too."""
    path, mapping = tmp_path / "orders.csv", tmp_path / "shop.toml"
    rows = shop(customers=20, days=300)
    columns = {"StockCode": "Mercadoria", "Invoice": "Nota", "InvoiceDate": "Quando", "Customer ID": "Freguês"}
    rows = rows.rename(columns=columns)[[*columns.values(), "Price"]].assign(Mercadoria=range(len(rows)))
    rows["Mercadoria"] = "M" + (rows["Mercadoria"] % 400).astype(str)
    rows.to_csv(path, index=False)

    doctor.main([str(path), "--write-mapping", str(mapping)])

    assert 'customer_id = "Freguês"\ninvoice = "Nota"' in mapping.read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.csv"], "there is no such file"),
        (["nowhere.csv", "--columns", "kunde=x"], "names the role 'kunde'"),
        (["nowhere.csv", "--memory-limit", "much"], "is no size"),
        (["nowhere.csv", "--mapping", "none.toml"], "there is no such file"),
    ],
)
def test_what_cannot_be_read_ends_with_2_and_no_traceback(arguments: list[str], message: str):
    command = [sys.executable, "-m", "training.doctor", *arguments]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert finished.returncode == 2
    assert message in finished.stderr
    assert "Traceback" not in finished.stderr
