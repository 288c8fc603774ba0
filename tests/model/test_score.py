import csv
from datetime import datetime
from pathlib import Path

import duckdb
import numpy as np
import pytest

from model import load_artifact
from model.features.definitions import FEATURE_NAMES, build_features
from model.prediction.predictor import Predictor
from model.prediction.scorers import Scorer, load_scorer
from model.score import main, score
from tests.orders import lines, shop, transactions
from tests.support import small_model

AS_OF = datetime(2024, 12, 1)


@pytest.fixture(scope="module")
def model_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_model(tmp_path_factory.mktemp("model"))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file))


def test_the_file_says_what_the_service_would_say(model_dir: Path, tmp_path: Path):
    history = transactions(shop())
    predictor = Predictor(load_artifact(model_dir))

    score(history, tmp_path / "out.csv", load_scorer(model_dir, "summary"), as_of=AS_OF)

    features = build_features(history, AS_OF)[list(FEATURE_NAMES)]
    written = rows(tmp_path / "out.csv")
    assert len(written) == len(features)
    for row in written:
        expected = predictor.predict(features.loc[row["customer_id"]].to_list())
        assert float(row["predicted_future_spend_30d"]) == pytest.approx(expected.future_spend_30d, abs=0.011)
        assert float(row["purchase_probability_30d"]) == pytest.approx(expected.purchase_probability_30d, abs=0.00011)


def test_the_highest_spend_stands_first_and_equal_ones_by_id(model_dir: Path, tmp_path: Path):
    history = transactions(
        *(lines(name, "2024-11-01 20.00") for name in ("b", "a", "c")), lines("z", "2024-11-01 9000")
    )

    score(history, tmp_path / "out.csv", load_scorer(model_dir, "summary"), as_of=AS_OF)

    assert [(row["rank"], row["customer_id"]) for row in rows(tmp_path / "out.csv")] == [
        ("1", "z"), ("2", "a"), ("3", "b"), ("4", "c")
    ]  # fmt: skip


def test_the_same_orders_give_the_same_bytes(model_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Also in batches of another size, and with the lines in another order."""
    scorer = load_scorer(model_dir, "summary")
    score(transactions(shop()), tmp_path / "one.csv", scorer, as_of=AS_OF)
    monkeypatch.setattr("model.prediction.customer_tables.ROWS_AT_ONCE", 7)
    score(transactions(shop().sample(frac=1, random_state=1)), tmp_path / "two.csv", scorer, as_of=AS_OF)

    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()


def test_a_model_of_another_horizon_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Its columns would say 30 days."""
    lines("7", "2024-11-01 20.00").to_csv(tmp_path / "orders.csv", index=False)
    small_model(tmp_path, horizon_days=60)

    assert main([str(tmp_path / "orders.csv"), str(tmp_path / "out.csv"), "--model-dir", str(tmp_path)]) == 2
    assert "the model forecasts 60 days" in capsys.readouterr().err


def test_who_is_active_is_told_by_the_models_own_days(tmp_path: Path):
    history = transactions(lines("a", "2024-11-01 20.00"), lines("b", "2024-09-01 20.00"))
    scorer = load_scorer(small_model(tmp_path, active_days=60), "summary")
    score(history, tmp_path / "out.csv", scorer, as_of=datetime(2024, 11, 15))

    assert [row["is_active"] for row in rows(tmp_path / "out.csv")] == ["true", "false"]


def test_parquet_holds_types(model_dir: Path, tmp_path: Path):
    score(transactions(shop()), tmp_path / "out.parquet", load_scorer(model_dir, "summary"), as_of=AS_OF)

    types = {row[0]: row[1] for row in duckdb.execute(f"DESCRIBE FROM '{tmp_path}/out.parquet'").fetchall()}
    assert types["predicted_future_spend_30d"] == "DOUBLE"
    assert types["as_of"] == "DATE"


def test_nothing_after_as_of_is_known(model_dir: Path, tmp_path: Path):
    history = transactions(lines("early", "2024-11-01 20.00"), lines("late", "2024-12-01 20.00"))

    score(history, tmp_path / "out.csv", load_scorer(model_dir, "summary"), as_of=AS_OF)

    assert [row["customer_id"] for row in rows(tmp_path / "out.csv")] == ["early"]


class Broken:
    """Fails in the second batch."""

    def __init__(self, scorer: Scorer) -> None:
        self.scorer, self.features, self.card, self.calls = scorer, scorer.features, scorer.card, 0

    def at(self, *_: object) -> "Broken":
        return self

    def score(self, batch: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        self.calls += 1
        if self.calls == 2:
            raise KeyboardInterrupt
        return dict(self.scorer.score(batch))


def test_an_interruption_leaves_the_old_file_and_no_half_of_a_new_one(
    model_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    out = tmp_path / "out.csv"
    out.write_text("old")
    monkeypatch.setattr("model.prediction.customer_tables.ROWS_AT_ONCE", 7)

    with pytest.raises(KeyboardInterrupt):
        score(transactions(shop()), out, Broken(load_scorer(model_dir, "summary")), as_of=AS_OF)

    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]
    assert out.read_text() == "old"


@pytest.mark.parametrize(
    ("out", "options", "message"),
    [
        ("out.json", [], "must end in .parquet or .csv"),
        ("nowhere/out.csv", [], "there is no folder"),
        ("orders.csv", [], "orders.csv is the export itself, and would be lost"),
        ("out.csv", ["--as-of", "2001-01-01"], "nobody bought before"),
        ("out.csv", ["--model", "history"], "no model of whole histories"),
        ("out.csv", ["--model-dir", "nowhere"], "cannot be read"),
    ],
)
def test_what_cannot_be_scored_ends_with_2_and_a_reason(
    out: str, options: list[str], message: str, model_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    lines("7", "2024-11-01 20.00").to_csv(tmp_path / "orders.csv", index=False)

    code = main([str(tmp_path / "orders.csv"), str(tmp_path / out), "--model-dir", str(model_dir), *options])

    assert code == 2
    assert message in capsys.readouterr().err
    assert (tmp_path / "orders.csv").read_text().startswith("Invoice")


def test_the_command_scores_another_shops_export(model_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Old research data: blanks between columns, no header, no invoice, no product."""
    (tmp_path / "master.txt").write_text(" 00001 19970101  1   11.77\n 00002 19970112  5   77.00\n")
    columns = "customer_id=1,ordered_at=2,quantity=3,line_total=4"

    code = main(
        [str(tmp_path / "master.txt"), str(tmp_path / "out.csv"), "--columns", columns, "--model-dir", str(model_dir)]
    )

    assert code == 0
    assert "scored 2 customers" in capsys.readouterr().out
