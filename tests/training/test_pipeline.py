import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from model.artifact.history_artifact import load_history
from model.artifact.store import load_artifact
from model.errors import ArtifactError
from model.features.definitions import build_snapshots
from model.prediction.model_set import load_model_set
from model.prediction.predictor import Predictor
from tests.orders import lines, shop, transactions
from tests.processors import ANOTHER_PROCESSOR, RELATIVE, assert_cards_alike
from tests.support import ROOT
from training.__main__ import main
from training.evaluation.promotion import HISTORY_MODELS, RANKS
from training.models.candidates import CANDIDATES


def train(orders: Path, model_dir: Path, *options: str) -> int:
    return main([str(orders), "--model-dir", str(model_dir), "--report", str(model_dir / "report"), *options])


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A smaller shop than that of other tests, for it is trained on so often."""
    path = tmp_path_factory.mktemp("shop") / "orders.csv"
    shop().to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def trained(orders: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("model")
    assert train(orders, directory) == 0
    return directory


def test_a_shop_becomes_models_that_answer(trained: Path):
    artifact = load_artifact(trained, horizon_days=30)

    assert Predictor(artifact).predict([345.7, 49.3, 7, 12, 5, 4]).future_spend_30d >= 0
    with transactions(shop()) as history:
        snapshots = build_snapshots(history, [history.ends_at])
    answers = load_history(trained, artifact.card).answer(snapshots)
    assert (answers.spend > 0).all()


def test_the_card_holds_what_gives_the_numbers_their_meaning(trained: Path):
    card = json.loads((trained / "model_card.json").read_text())

    assert [feature["name"] for feature in card["features"]][::5] == ["total_spend", "recency_days"]
    assert card["data"]["lines_kept"] == len(shop())
    assert card["evaluation"]["held_out"]["as_of"] == card["refitted_on"][-1]["as_of"]
    assert card["evaluation"]["fitted_on"] == [window["as_of"] for window in card["refitted_on"][:-1]]
    assert set(card["evaluation"]["metrics"]) == set(CANDIDATES)
    assert set(card) >= {"segments", "guardrails", "probability", "intervals", "history", "libraries", "model_sha256"}
    assert set(card["evaluation"]["metrics_all_known"]) == set(CANDIDATES)
    assert card["history"]["name"] in (*HISTORY_MODELS, RANKS)
    assert set(card["linear"]["fit"]) == {"label_cap", "least_spend_per_30d", "level_factor"}


def test_a_trained_model_knows_how_sure_a_total_is(trained: Path):
    """Every window but the first taught it, the held-out one too."""
    card = load_artifact(trained).card

    assert card.totals.windows == len(card.refitted_on) - 1
    assert load_history(trained, card).totals.windows == len(card.refitted_on)


def test_the_report_is_written_beside(trained: Path):
    assert "<svg" in (trained / "report" / "index.html").read_text()


def test_reasons_of_the_summary_model_sum_to_its_forecast(trained: Path):
    predictor = Predictor(load_artifact(trained))

    for features in ([345.7, 49.3, 7, 12, 5, 4], [9000.0, 450.0, 20, 900, 30, 400], [10.0, 10.0, 1, 1, 1, 80]):
        prediction = predictor.predict(features)
        total = prediction.reasons.base + sum(reason.amount for reason in prediction.reasons.reasons)
        assert total == pytest.approx(prediction.future_spend_30d, abs=0.005)
        mean, median, low, high = prediction.spend_if_purchase
        assert 0 < low <= median <= high
        assert mean * prediction.purchase_probability_30d == pytest.approx(
            prediction.future_spend_30d, rel=0.01, abs=0.01
        )


@pytest.mark.parametrize("name", HISTORY_MODELS)
def test_the_history_model_can_be_chosen(name: str, orders: Path, tmp_path: Path):
    assert train(orders, tmp_path, "--history-model", name) == 0

    card = load_artifact(tmp_path).card
    assert card.history.name == name
    assert card.history.reason == "asked for by --history-model"
    assert load_history(tmp_path, card).name == name


def test_another_summary_model_can_be_chosen(orders: Path, tmp_path: Path):
    assert train(orders, tmp_path, "--summary-model", "random_forest") == 0

    predictor = Predictor(load_artifact(tmp_path))
    prediction = predictor.predict([345.7, 49.3, 7, 12, 5, 4])
    assert "RandomForestRegressor" in predictor.card.estimator
    assert 0 < prediction.spend_if_purchase.low <= prediction.spend_if_purchase.high
    assert prediction.reasons is None


def test_a_history_model_of_another_training_is_refused(trained: Path, tmp_path: Path):
    for name in ("model.pkl", "model_card.json", "history_model.json"):
        shutil.copy(trained / name, tmp_path)
    (tmp_path / "history_model.json").write_bytes(b"another")

    with pytest.raises(ArtifactError, match=r"history_model\.json has SHA-256 .* but the card describes"):
        load_history(tmp_path, load_artifact(tmp_path).card)


def test_training_twice_gives_the_same_model(orders: Path, tmp_path: Path):
    for name in ("first", "second"):
        train(orders, tmp_path / name)

    first, second = (load_artifact(tmp_path / name).card for name in ("first", "second"))
    assert first.model_copy(update={"trained_at": second.trained_at}) == second
    assert (tmp_path / "first" / "history_model.json").read_bytes() == (
        tmp_path / "second" / "history_model.json"
    ).read_bytes()


def test_training_on_another_processor_gives_the_same_model_within_the_tolerances(orders: Path, tmp_path: Path):
    """Other vector instructions add up in another order."""
    train(orders, tmp_path / "here")
    command = [sys.executable, "-m", "training", orders, "--model-dir", tmp_path / "there", "--report", tmp_path / "r"]

    subprocess.run(command, cwd=ROOT, env={**os.environ, **ANOTHER_PROCESSOR}, capture_output=True, check=True)

    here, there = (json.loads((tmp_path / place / "model_card.json").read_text()) for place in ("here", "there"))
    assert_cards_alike(there, here)
    with transactions(shop()) as history:
        snapshots = build_snapshots(history, [history.ends_at])
    ours, theirs = (load_history(path, load_artifact(path).card) for path in (tmp_path / "here", tmp_path / "there"))
    np.testing.assert_allclose(theirs.answer(snapshots).spend, ours.answer(snapshots).spend, rtol=RELATIVE)


def test_a_set_is_kept_until_the_next_training_and_comes_back(orders: Path, trained: Path, tmp_path: Path, capsys):
    """Both as the service reads them, with the rows that they answered at their training."""
    for name in ("model.pkl", "model_card.json", "history_model.json"):
        shutil.copy(trained / name, tmp_path)
    train(orders, tmp_path, "--example", "--history-model", HISTORY_MODELS[-1])
    first, second = load_model_set(tmp_path / "previous"), load_model_set(tmp_path)

    assert main(["--restore", "--model-dir", str(tmp_path)]) == 0

    assert f"restored version {first.artifact.card.model_version}" in capsys.readouterr().out
    assert (first.artifact.card.example, second.artifact.card.example) == (False, True)
    for models in (first, second):
        assert len(models.artifact.card.self_test.spend) == len(models.history.self_test.spend) == 5
    assert load_model_set(tmp_path).fingerprint == first.fingerprint
    assert load_model_set(tmp_path / "previous").fingerprint == second.fingerprint


def test_the_future_of_the_held_out_window_changes_nothing_before_it(orders: Path, tmp_path: Path):
    """Spend multiplied after the cutoff moves the actual numbers, and no forecast that was fitted before it."""
    order_lines = shop()
    cutoff = "2024-09-01"
    order_lines.loc[order_lines["InvoiceDate"] >= cutoff, "Price"] *= 7
    order_lines.to_csv(tmp_path / "louder.csv", index=False)

    bias = {}
    for path in (orders, tmp_path / "louder.csv"):
        train(path, tmp_path / path.stem, "--cutoff", cutoff)
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

    assert train(orders, tmp_path) == 0
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

    assert train(tmp_path / "orders.csv", tmp_path / "model", *options) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert "Traceback" not in captured.err
    assert not (tmp_path / "model").exists()


def test_a_directory_that_cannot_be_written_ends_with_a_clear_message(orders: Path, tmp_path: Path, capsys):
    (tmp_path / "model").write_text("a file, no directory")

    assert train(orders, tmp_path / "model") == 2
    assert "error: " in capsys.readouterr().err


def test_no_progress_bar_where_the_output_is_no_terminal(orders: Path, tmp_path: Path):
    command = [sys.executable, "-m", "training", orders, "--model-dir", tmp_path, "--report", tmp_path / "report"]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)

    assert finished.stderr == ""
    assert "\r" not in finished.stdout
