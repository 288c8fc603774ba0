"""The whole way: order lines, training, a real server, an answer."""

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from model.features.definitions import build_features
from model.orders.orders import read_orders
from scripts.cases import EXAMPLES
from tests.orders import shop
from tests.support import ROOT, running_service


@pytest.fixture(scope="module")
def model_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("shop")
    shop().to_csv(directory / "orders.csv", index=False)
    command = [sys.executable, "-m", "training", directory / "orders.csv", "--model-dir", directory / "model"]
    command += ["--report", directory / "report"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return directory / "model"


def test_a_shop_trains_its_own_model_and_asks_it_about_its_customers(model_dir: Path):
    """Every customer of the shop, with the features of the day after its last line, gets a coherent answer."""
    with read_orders(model_dir.parent / "orders.csv") as history:
        features = build_features(history, history.ends_at)

    with running_service(model_dir=model_dir) as base_url, httpx.Client(base_url=base_url) as client:
        answers = [
            client.post("/predict_customer_value", json={"customer_id": str(customer), "features": row.to_list()})
            for customer, row in features.head(40).iterrows()
        ]
        card = client.get("/model").json()

    assert {answer.status_code for answer in answers} == {200}
    assert {answer.json()["model_version"] for answer in answers} == {card["model_version"]}
    spends = [answer.json()["predicted_future_spend_30d"] for answer in answers]
    assert min(spends) >= 0
    assert max(spends) <= card["guardrails"]["max_spend"]
    assert len(set(spends)) > 20


def test_the_service_refuses_a_model_of_another_horizon(model_dir: Path, tmp_path: Path):
    command = [sys.executable, "-m", "training", model_dir.parent / "orders.csv", "--model-dir", tmp_path]
    command += ["--report", tmp_path / "report"]
    subprocess.run([*command, "--horizon-days", "7"], cwd=ROOT, check=True, capture_output=True)

    refused = subprocess.run(
        [sys.executable, "-m", "uvicorn", "app:app", "--port", "0"],
        cwd=ROOT,
        env={"MODEL_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert refused.returncode != 0
    assert "forecasts 7 days, but answers are for 30; train it with --horizon-days 30" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_the_five_archetypes_land_in_five_segments_of_the_committed_model():
    with running_service() as base_url:
        segments = {
            name: httpx.post(f"{base_url}/predict_customer_value", json=body).json()["customer_segment"]
            for name, body in EXAMPLES.items()
        }

    assert segments == {
        "high_value_active": "High Value",
        "at_risk": "At Risk",
        "new_customer": "New Customer",
        "habitual_buyer": "Habitual Buyer",
        "low_value_inactive": "Low Value",
    }
