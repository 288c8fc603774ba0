"""Exports that mean something else than they seem: right at every door, or refused by column, value and what to do."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from model.errors import TransactionsError
from model.orders.columns import parse_columns
from model.orders.options import ReadingOptions
from model.orders.orders import read_orders
from model.score import main as score
from tests.support import ROOT
from training.__main__ import backtest_main as backtest
from training.__main__ import main as train
from training.doctor import main as doctor

EXPORTS = Path(__file__).parent / "exports"


class Export(NamedTuple):
    """What a file comes to, worked out by hand; ``said`` are parts of what every door says of it."""

    gross: float | None  # None for a refusal
    net: float | None
    customers: int
    said: tuple[str, ...] = ()
    columns: str = ""


RIGHT = {
    "01-woo-status.csv": Export(350.00, 50.00, 2, ("Order Status", "cancelled", "failed")),
    "02-stripe-failed.csv": Export(100.00, 37.50, 2, ("Status", "Failed", "Captured")),
    "03-shopify-refund-discount.csv": Export(335.00, 120.00, 2, ("Financial Status", "voided")),
    "04-odoo-filldown.csv": Export(
        247.00,
        247.00,
        2,
        ("blank below a filled row",),
        "invoice=Order Reference,product=Order Lines/Product,quantity=Order Lines/Quantity,"
        "unit_price=Order Lines/Unit Price",
    ),
    "05-merged-cells.xlsx": Export(242.00, 242.00, 2),
    "06-olist-items-x-payments.csv": Export(None, None, 0, ("payment_value", "105.48", "line_total=COLUMN")),
    "07-woo-guest-zero.csv": Export(4098.00, 4098.00, 40, ("customer_id", "'0'", "billing_email")),
    "08-excel-scientific-ids.csv": Export(None, None, 0, ("Card Number", "2.63000E+12", "as text")),
    "09-xlsx-ids-beyond-2-53.xlsx": Export(None, None, 0, ("customer_id", "4.687688E+18", "as text")),
    "10-one-mistyped-year.csv": Export(4975.00, 4975.00, 12, ("2062-08-09",)),
    "10-right.csv": Export(5000.00, 5000.00, 12),
    "11-event-log.csv": Export(125.00, 125.00, 2, ("event_type", "view", "cart"), "line_total=price"),
    "12-type-refund.csv": Export(170.00, 110.00, 2, ("Type", "Refund")),
    "13-paypal-refund.csv": Export(82.50, 42.50, 2, ("Status", "Denied")),
    "14-hm-equal-lines.csv": Export(0.0965, 0.0965, 2, ("keep-equal-lines",), "ordered_at=t_dat,line_total=price"),
    "15-id-blank-email-full.csv": Export(140.00, 140.00, 3, ("Customer ID", "Customer Email")),
    "16-discount-rate.csv": Export(440.00, 440.00, 2, ("Discount", "not subtracted")),
    "17-cells-and-texts-of-dates.xlsx": Export(None, None, 0, ("order_date", "13/03/2023")),
    "18-gbk.csv": Export(None, None, 0, ("not UTF-8", "gb18030")),
    "19-both-negative.csv": Export(30.00, 20.00, 2),
    "20-grand-total-row.csv": Export(50.00, 50.00, 2, ("Customer", "Grand Total")),
    "21-invisible-characters.csv": Export(100.00, 100.00, 1),
    "22-other-calendar.csv": Export(None, None, 0, ("order_date", "2567")),
    "23-lifetimes-184.csv": Export(475.00, 475.00, 1, ("keep-equal-lines",), "customer_id=cus_id,ordered_at=buy_date"),
    "24-sku-mostly-blank.csv": Export(753.95, 753.95, 2, ("Lineitem sku", "Lineitem name")),
}
KEPT = {"14-hm-equal-lines.csv": 0.2133, "23-lifetimes-184.csv": 700.00}


@pytest.fixture(scope="module")
def client():
    with TestClient(create_app(Settings(_env_file=None, model_dir=ROOT / "model", groq_api_key=None))) as client:
        yield client


def test_every_file_of_the_folder_has_its_right_value():
    assert sorted(RIGHT) == sorted(file.name for file in EXPORTS.glob("[0-9]*"))


@pytest.mark.parametrize("returns", ["gross", "net"])
@pytest.mark.parametrize("name", RIGHT)
def test_an_export_comes_to_its_right_value_or_is_refused_by_name(name: str, returns: str):
    right = RIGHT[name]
    options = ReadingOptions(columns=parse_columns(right.columns), returns=returns)
    if right.gross is None:
        with pytest.raises(TransactionsError) as refused:
            read_orders(EXPORTS / name, options)
        told = str(refused.value)
    else:
        with read_orders(EXPORTS / name, options) as orders:
            assert orders.report.spend == pytest.approx(right.gross if returns == "gross" else right.net, abs=0.0051)
            assert orders.report.customers == right.customers or returns == "net"  # of whom all was refunded, none
            told = " ".join(str(finding) for finding in orders.findings)
    for part in right.said if returns == "gross" else ():
        assert part in told


@pytest.mark.parametrize(("name", "spend"), KEPT.items())
def test_equal_lines_are_kept_by_the_option_that_the_finding_names(name: str, spend: float):
    options = ReadingOptions(columns=parse_columns(RIGHT[name].columns), keep_equal_lines=True)

    with read_orders(EXPORTS / name, options) as orders:
        assert orders.report.spend == pytest.approx(spend, abs=0.0051)


DOORS: dict[str, Callable[[Path, Path, list[str]], int]] = {
    "doctor": lambda file, _, options: doctor([str(file), *options]),
    "score": lambda file, folder, options: score([str(file), str(folder / "out.csv"), *options]),
    "train": lambda file, folder, options: train([str(file), "--model-dir", str(folder), *options]),
    "backtest": lambda file, folder, options: backtest([str(file), "--out", str(folder), *options]),
}


@pytest.mark.parametrize("name", [name for name, right in RIGHT.items() if right.said])
def test_every_command_and_the_api_say_it(
    name: str, tmp_path: Path, client: TestClient, capsys: pytest.CaptureFixture[str]
):
    right, file = RIGHT[name], EXPORTS / name
    for door, run in DOORS.items():
        run(file, tmp_path, ["--columns", right.columns] if right.columns else [])
        printed = capsys.readouterr()
        for part in right.said:
            assert part in printed.out + printed.err, door

    answer = client.post(
        "/rank_customers",
        files={"file": (name, file.read_bytes())},
        params={"columns": right.columns} if right.columns else {},
    )
    body = answer.json()
    assert answer.status_code == (422 if right.gross is None else 200), body
    told = body["detail"] if right.gross is None else " ".join(body["warnings"])
    for part in right.said:
        assert part.replace("-", "_") in told.replace("-", "_")
    if right.gross is None:
        assert body["preview"] is not None
    else:
        assert body["cleaning"]["spend"] == pytest.approx(right.gross, abs=0.0051)
