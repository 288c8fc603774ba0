"""The features and forecasts of POST /predict_from_orders are those of training: the whole shop at once, to 1e-9."""

import os
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from model import FEATURE_NAMES, load_artifact
from model.artifact.history_artifact import load_history
from model.features.definitions import build_snapshots
from model.orders.orders import Transactions, read_orders
from model.prediction.history_predictor import OrderLine, snapshot_of
from tests.orders import shop, transactions
from tests.support import ROOT, skip_or_fail

ARTIFACT = load_history(ROOT / "model", load_artifact(ROOT / "model").card)
FIELDS = {
    "Invoice": "invoice",
    "StockCode": "product",
    "Quantity": "quantity",
    "Price": "unit_price",
    "InvoiceDate": "ordered_at",
}


@pytest.fixture(scope="module")
def client():
    settings = Settings(_env_file=None, model_dir=ROOT / "model", groq_api_key=None)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield client


def body_of(order_lines: pd.DataFrame, customer_id: str, as_of: datetime) -> dict:
    """What a shop would send of one customer; columns that only some exports have stay at home."""
    theirs = order_lines.rename(columns=FIELDS)[list(FIELDS.values())]
    theirs = theirs.astype({"quantity": float, "unit_price": float})
    theirs["ordered_at"] = theirs["ordered_at"].map(pd.Timestamp.isoformat)
    return {"customer_id": customer_id, "order_lines": theirs.to_dict("records"), "as_of": as_of.isoformat()}


def alone(body: dict) -> pd.DataFrame:
    """The snapshot that one customer's lines give."""
    as_of = datetime.fromisoformat(body["as_of"])
    lines = [
        OrderLine(line["invoice"], line["product"], line["quantity"], line["unit_price"], moment)
        for line in body["order_lines"]
        if (moment := datetime.fromisoformat(line["ordered_at"])) < as_of
    ]
    return pd.DataFrame(snapshot_of(lines, as_of, ARTIFACT)[0])


def require_parity(client: TestClient, history: Transactions, order_lines: pd.DataFrame, cutoffs, customers_each: int):
    """Of some customers at each cutoff, lines sent alone must give what the whole shop gives."""
    snapshots = build_snapshots(history, cutoffs, columns=ARTIFACT.needs)
    random = np.random.default_rng(0)
    for as_of in cutoffs:
        at_once = snapshots.xs(as_of, level="as_of")
        at_once = at_once.loc[random.choice(at_once.index, customers_each, replace=False)]
        artifact = ARTIFACT.at(as_of)
        forecast = artifact.answer(at_once)
        bodies = [
            body_of(order_lines[order_lines["Customer ID"] == customer], customer, as_of) for customer in at_once.index
        ]

        rows = pd.concat([alone(body) for body in bodies])
        answers = [client.post("/predict_from_orders?insight=none", json=body).json() for body in bodies]

        columns = list(ARTIFACT.needs)
        np.testing.assert_allclose(
            rows[columns].to_numpy(float), at_once[columns].to_numpy(float), rtol=1e-9, atol=1e-9
        )
        np.testing.assert_allclose(artifact.answer(rows).spend, forecast.spend, rtol=1e-9)
        np.testing.assert_allclose(artifact.answer(rows).probability, forecast.probability, rtol=1e-9)
        for place, answer in enumerate(answers):
            assert answer["features"] == pytest.approx(dict(at_once.iloc[place][list(FEATURE_NAMES)]), rel=1e-9)
            assert answer["purchase_probability_30d"] == pytest.approx(forecast.probability[place], abs=0.00005001)
            assert answer["predicted_future_spend_30d"] == pytest.approx(forecast.spend[place], abs=0.005001)


def test_lines_of_one_customer_give_what_a_whole_shop_gives(client):
    order_lines = shop(customers=60)
    order_lines.loc[::37, "Quantity"] *= -1
    order_lines = pd.concat([order_lines, order_lines.iloc[::29]], ignore_index=True)
    cutoffs = [datetime(2024, 11, 1), datetime(2025, 1, 20, 13, 30)]

    with transactions(order_lines) as history:
        require_parity(client, history, order_lines, cutoffs, customers_each=8)


def test_lines_of_real_customers_give_what_their_whole_shop_gives(client):
    path = os.environ.get("ORDERS_PATH")
    if not path:
        skip_or_fail("needs the real order lines: set ORDERS_PATH")
    order_lines = pd.read_parquet(Path(str(path)), columns=["Customer ID", *FIELDS]).dropna(subset=["Customer ID"])
    order_lines["Customer ID"] = order_lines["Customer ID"].astype(str).str.removesuffix(".0")
    cutoffs = [datetime(2011, 6, 13), datetime(2011, 11, 10), datetime(2011, 12, 10)]

    with read_orders(Path(str(path))) as history:
        require_parity(client, history, order_lines, cutoffs, customers_each=12)
