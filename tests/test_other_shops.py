"""Exports of other shops, from the file to the scored base as a person would: doctor, training, scoring."""

from pathlib import Path

import duckdb
import pandas as pd
import pytest

from model.artifact.store import load_artifact
from model.score import main as score
from tests.orders import shop
from training.__main__ import main as train
from training.doctor import main as doctor


def blanks_without_a_header(rows: pd.DataFrame, folder: Path) -> tuple[Path, str]:
    days = rows.assign(paid=rows["Quantity"] * rows["Price"]).groupby(["Customer ID", rows["InvoiceDate"].dt.date])
    path = folder / "master.txt"
    path.write_text(
        "".join(
            f" {customer[1:]} {day:%Y%m%d} {int(part['Quantity'].sum()):2d} {part['paid'].sum():8.2f}\n"
            for (customer, day), part in days
        )
    )
    return path, "customer_id=1,ordered_at=2,quantity=3,line_total=4"


def american(rows: pd.DataFrame, folder: Path) -> tuple[Path, str]:
    path = folder / "us.csv"
    rows.assign(
        InvoiceDate=rows["InvoiceDate"].dt.strftime("%m/%d/%Y"), Price=rows["Price"].map("${:,.2f}".format)
    ).rename(columns={"Invoice": "Order #", "InvoiceDate": "Order Date", "Customer ID": "Customer Number"}).to_csv(
        path, index=False
    )
    return path, ""


def german_in_latin_1(rows: pd.DataFrame, folder: Path) -> tuple[Path, str]:
    path = folder / "umsatz.csv"
    rows.assign(
        StockCode="Größe " + rows["StockCode"],
        InvoiceDate=rows["InvoiceDate"].dt.strftime("%d.%m.%Y %H:%M"),
        Price=rows["Price"].map("{:,.2f}".format).str.translate(str.maketrans(",.", ".,")),
    ).set_axis(["Beleg-Nr.", "Artikel", "Stück", "Datum", "Preis", "Kundennummer"], axis=1).to_csv(
        path, index=False, sep=";", encoding="latin-1"
    )
    return path, ""


def totals_alone(rows: pd.DataFrame, folder: Path) -> tuple[Path, str]:
    """No invoice, no product, no quantity."""
    path = folder / "totals.csv"
    pd.DataFrame(
        {"who": rows["Customer ID"], "date": rows["InvoiceDate"], "amount": rows["Quantity"] * rows["Price"]}
    ).to_csv(path, index=False)
    return path, "customer_id=who"


def parquet_with_names_of_its_own(rows: pd.DataFrame, folder: Path) -> tuple[Path, str]:
    path = folder / "sales.parquet"
    numbered = rows.assign(**{"Customer ID": rows["Customer ID"].str[1:].astype(float)})
    duckdb.from_df(numbered.set_axis(["was", "ding", "anz", "wann", "teuer", "wer"], axis=1)).write_parquet(str(path))
    return path, "customer_id=wer,ordered_at=wann,invoice=was,product=ding,quantity=anz,unit_price=teuer"


@pytest.mark.parametrize(
    ("export", "missing"),
    [
        (blanks_without_a_header, ("invoice", "product")),
        (american, ()),
        (german_in_latin_1, ()),
        (totals_alone, ("invoice", "product", "quantity")),
        (parquet_with_names_of_its_own, ()),
    ],
)
def test_another_shop_trains_and_scores_with_its_columns_named_at_most(export, missing, tmp_path: Path, capsys):
    path, columns = export(shop(customers=130, days=270), tmp_path)
    reading = ["--columns", columns] if columns else []
    model = ["--model-dir", str(tmp_path)]

    assert doctor([str(path), *reading]) in (0, 1)
    assert "yes: 2" in capsys.readouterr().out
    assert train([str(path), *reading, *model, "--report", str(tmp_path / "report")]) == 0
    assert score([str(path), str(tmp_path / "out.csv"), *reading, *model]) == 0
    assert score([str(path), str(tmp_path / "history.csv"), *reading, *model, "--model", "history", "--reasons"]) == 0

    card = load_artifact(tmp_path).card
    assert card.data is not None
    assert card.data.missing_columns == missing
    page = (tmp_path / "report" / "index.html").read_text()
    for role in missing:
        assert f"the export has no {role}" in page
    scored = pd.read_csv(tmp_path / "out.csv")
    assert len(scored) == 130
    assert (scored["predicted_future_spend_30d"] >= 0).all()
    reasons = " ".join(pd.read_csv(tmp_path / "history.csv")["reasons"])
    assert ("product" in reasons) <= ("product" not in missing)


def test_net_returns_hold_from_training_to_scoring(tmp_path: Path, capsys):
    """The card remembers the policy; scoring follows it, and refuses the other."""
    rows = shop(customers=130, days=270)
    back = rows.sample(frac=0.1, random_state=1)
    back = back.assign(Quantity=-back["Quantity"], InvoiceDate=back["InvoiceDate"] + pd.Timedelta(days=2))
    path = tmp_path / "orders.csv"
    pd.concat([rows, back.assign(Invoice="C" + back["Invoice"])]).to_csv(path, index=False)
    model = ["--model-dir", str(tmp_path)]

    assert train([str(path), *model, "--returns", "net", "--report", str(tmp_path / "report")]) == 0
    assert score([str(path), str(tmp_path / "out.csv"), *model]) == 0
    assert score([str(path), str(tmp_path / "other.csv"), *model, "--returns", "gross"]) == 2

    assert "trained with --returns net" in capsys.readouterr().err
    card = load_artifact(tmp_path).card
    assert card.data is not None
    assert card.data.returns == "net"
    assert "returns are subtracted from spend" in (tmp_path / "report" / "index.html").read_text()
    scored = pd.read_csv(tmp_path / "out.csv")
    assert (scored["predicted_future_spend_30d"] >= 0).all()
    assert not (tmp_path / "other.csv").exists()
