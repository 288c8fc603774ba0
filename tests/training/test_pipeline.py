import json
import subprocess
import sys
from pathlib import Path

import pytest

from model.artifact import load_artifact
from model.predictor import Predictor
from tests.orders import lines, shop
from tests.support import ROOT
from training.__main__ import main


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("shop") / "orders.csv"
    shop().to_csv(path, index=False)
    return path


def test_a_shop_becomes_a_model_that_answers(orders: Path, tmp_path: Path, capsys):
    assert main([str(orders), "--model-dir", str(tmp_path)]) == 0

    artifact = load_artifact(tmp_path, horizon_days=30)
    printed = capsys.readouterr().out
    assert "exact duplicate" not in printed
    assert "held out" in printed
    for name in ("zero", "mean", "last_30_days", "lasso_6", "random_forest", "xgboost"):
        assert name in printed
        assert set(artifact.card.evaluation.metrics[name]) >= {"rmse", "rmse_w99", "mae", "r2", "gini", "bias_pct"}
    assert Predictor(artifact).predict([345.7, 49.3, 7, 12, 5, 4]).future_spend_30d >= 0


def test_the_card_holds_what_gives_the_numbers_their_meaning(orders: Path, tmp_path: Path):
    main([str(orders), "--model-dir", str(tmp_path)])

    card = json.loads((tmp_path / "model_card.json").read_text())
    assert [feature["name"] for feature in card["features"]][::5] == ["total_spend", "recency_days"]
    assert card["data"]["lines_kept"] == len(shop())
    assert card["evaluation"]["held_out"]["as_of"] == card["refitted_on"][-1]["as_of"]
    assert card["evaluation"]["fitted_on"] == [window["as_of"] for window in card["refitted_on"][:-1]]
    assert set(card) >= {"segments", "guardrails", "probability", "libraries", "model_sha256"}


def test_training_twice_gives_the_same_model(orders: Path, tmp_path: Path):
    for name in ("first", "second"):
        main([str(orders), "--model-dir", str(tmp_path / name)])

    first, second = (load_artifact(tmp_path / name).card for name in ("first", "second"))
    assert first.model_sha256 == second.model_sha256
    assert first.evaluation == second.evaluation


def test_the_future_of_the_held_out_window_changes_nothing_before_it(orders: Path, tmp_path: Path):
    """Spend multiplied after the cutoff moves the actual numbers, and no forecast that was fitted before it."""
    order_lines = shop()
    cutoff = "2024-09-01"
    order_lines.loc[order_lines["InvoiceDate"] >= cutoff, "Price"] *= 7
    order_lines.to_csv(tmp_path / "louder.csv", index=False)

    bias = {}
    for path in (orders, tmp_path / "louder.csv"):
        main([str(path), "--model-dir", str(tmp_path / path.stem), "--cutoff", cutoff])
        evaluation = load_artifact(tmp_path / path.stem).card.evaluation
        bias[path.stem] = {
            name: (1 + metrics["bias_pct"] / 100) * evaluation.held_out.spend
            for name, metrics in evaluation.metrics.items()
        }
    assert bias["louder"] == pytest.approx(bias["orders"], rel=1e-6)


def test_the_card_is_printed_as_markdown(capsys):
    assert main(["--card", "--model-dir", str(ROOT / "model")]) == 0

    printed = capsys.readouterr().out
    assert printed.startswith("# Model card ")
    assert "| 6 | recency_days | days | whole days from the last purchase to as_of |" in printed


def test_a_missing_package_leaves_its_row_out_with_a_note(orders: Path, tmp_path: Path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "xgboost", None)

    assert main([str(orders), "--model-dir", str(tmp_path)]) == 0
    assert "xgboost is left out: the package xgboost is not installed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("frame", "options", "message"),
    [
        (
            lines("1", "2024-01-01 5.00", "2025-02-03 5.00"),
            [],
            "the export has 1 customer, of whom 0 bought shortly before a cutoff; a model needs at least 10",
        ),
        (shop(days=60), [], "60 days; 90 days of history and two horizons of 30 days need at least 150"),
        (shop(), ["--cutoff", "2020-01-01"], "--cutoff 2020-01-01 leaves no complete window"),
        (shop(), ["--columns", "customer_id=Kunde"], "there is no such column; the export has 'Invoice'"),
        (shop().drop(columns="Customer ID"), [], "no column found for customer_id"),
    ],
)
def test_bad_input_ends_with_code_2_and_writes_nothing(frame, options, message, tmp_path: Path, capsys):
    frame.to_csv(tmp_path / "orders.csv", index=False)

    assert main([str(tmp_path / "orders.csv"), "--model-dir", str(tmp_path / "model"), *options]) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert "Traceback" not in captured.err
    assert not (tmp_path / "model").exists()


def test_a_directory_that_cannot_be_written_ends_with_a_clear_message(orders: Path, tmp_path: Path, capsys):
    (tmp_path / "model").write_text("a file, no directory")

    assert main([str(orders), "--model-dir", str(tmp_path / "model")]) == 2
    assert "error: " in capsys.readouterr().err


def test_no_progress_bar_where_the_output_is_no_terminal(orders: Path, tmp_path: Path):
    command = [sys.executable, "-m", "training", str(orders), "--model-dir", str(tmp_path)]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)

    assert finished.stderr == ""
    assert "\r" not in finished.stdout
