import json
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import joblib
import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from model.artifact.linear import LinearParts
from model.artifact.store import dump_pipeline, load_artifact, save_artifact
from model.errors import ArtifactError
from model.prediction.predictor import Predictor
from tests.support import ROOT, small_model


def edit_card(directory: Path, **changes) -> None:
    path = directory / "model_card.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def four_input_pipeline() -> LinearRegression:
    rows = np.random.default_rng(0).uniform(0, 100, (50, 4))
    return LinearRegression().fit(rows, rows.sum(axis=1))


def test_a_saved_pair_loads(tmp_path: Path):
    artifact = load_artifact(small_model(tmp_path))

    assert artifact.is_verified
    assert artifact.warnings == ()


def test_the_committed_pair_loads_and_is_a_scaler_with_a_lasso(tmp_path: Path):
    for name in ("model.pkl", "model_card.json"):
        shutil.copy(ROOT / "model" / name, tmp_path)

    artifact = load_artifact(tmp_path, horizon_days=30)

    pipeline = joblib.load(tmp_path / "model.pkl")
    assert [type(step).__name__ for _, step in pipeline.steps] == ["StandardScaler", "Lasso"]
    assert artifact.card.data.lines_read == 1_067_370


def test_the_numbers_of_the_card_answer_and_the_pickle_is_not_read(tmp_path: Path):
    """Reading it takes scikit-learn, which a service of linear models needs for nothing else."""
    small_model(tmp_path / "numbers")
    code = (
        "import sys; from pathlib import Path; from model import Predictor, load_artifact\n"
        "Predictor(load_artifact(Path('numbers'))).predict([1400.0, 140.0, 10, 800, 60, 12])\n"
        "print({'sklearn', 'scipy', 'pandas', 'joblib', 'duckdb'} & set(sys.modules))"
    )

    environment = {"PYTHONPATH": str(ROOT)}
    finished = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )

    assert finished.stdout.strip() == "set()", finished.stderr


def test_a_card_without_numbers_answers_from_the_pickle(tmp_path: Path):
    customer = [1400.0, 140.0, 10, 800, 60, 12]
    by_card = Predictor(load_artifact(small_model(tmp_path / "numbers"))).predict(customer)
    by_pickle = Predictor(load_artifact(small_model(tmp_path / "pickle", linear=None))).predict(customer)

    assert by_pickle == by_card._replace(reasons=None)
    assert by_card.reasons is not None


def test_numbers_that_answer_otherwise_than_the_pickle_are_never_saved(tmp_path: Path):
    rows = np.random.default_rng(0).uniform(0, 100, (50, 6))
    pipeline = make_pipeline(StandardScaler(), LinearRegression()).fit(rows, rows.sum(axis=1))
    card = load_artifact(small_model(tmp_path)).card.model_copy(update={"linear": LinearParts.of(pipeline)})
    save_artifact(tmp_path / "right", dump_pipeline(pipeline), card)

    pipeline[-1].intercept_ += 1e-4
    with pytest.raises(ArithmeticError, match="the card differs from the pipeline by"):
        save_artifact(tmp_path / "wrong", dump_pipeline(pipeline), card)
    assert not (tmp_path / "wrong").exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model_sha256": "0" * 64}, "its card describes 000000000000.*restore the pair"),
        (
            {"libraries": {"scikit-learn": "0.24.2"}},
            r"trained with scikit-learn 0\.24\.2.*pip install scikit-learn==0\.24\.2",
        ),
        ({"features": []}, "the card lists the features .*train it here"),
        ({"horizon_days": 7}, "forecasts 7 days, but answers are for 30; train it with --horizon-days 30"),
        ({"probability": {"base_odds": -1}}, "is no model card: probability.base_odds"),
    ],
)
def test_a_pair_that_fails_a_check_is_refused_with_how_to_mend_it(changes: dict, message: str, tmp_path: Path):
    edit_card(small_model(tmp_path, linear=None), **changes)

    with pytest.raises(ArtifactError, match=message):
        load_artifact(tmp_path, horizon_days=30)


def test_with_its_numbers_in_the_card_the_version_of_scikit_learn_is_nobodys_business(tmp_path: Path):
    edit_card(small_model(tmp_path), libraries={"scikit-learn": "0.24.2"})

    assert load_artifact(tmp_path).is_verified


def test_a_card_from_before_totals_had_an_interval_still_loads(tmp_path: Path):
    card_path = small_model(tmp_path) / "model_card.json"
    card = json.loads(card_path.read_text())
    assert "totals" in card

    card_path.write_text(json.dumps({name: value for name, value in card.items() if name != "totals"}))

    assert load_artifact(tmp_path).card.totals is None


def test_a_missing_model_says_how_to_train_one(tmp_path: Path):
    with pytest.raises(ArtifactError, match=r"model\.pkl cannot be read.*python -m training ORDERS"):
        load_artifact(tmp_path)


def test_a_pipeline_without_a_card_is_refused_with_the_hint(tmp_path: Path):
    (tmp_path / "model.pkl").write_bytes(dump_pipeline(four_input_pipeline()))

    with pytest.raises(ArtifactError, match="ALLOW_UNVERIFIED_MODEL=1"):
        load_artifact(tmp_path)


def test_a_pipeline_without_a_card_is_never_unpickled_uninvited(tmp_path: Path):
    """A pickle is code: refusing must come before loading."""
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(Trap(tmp_path / "sprung")))

    with pytest.raises(ArtifactError):
        load_artifact(tmp_path)
    assert not (tmp_path / "sprung").exists()


class Trap:
    """Touches a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,))


def test_a_pipeline_without_a_card_is_served_with_defaults_when_allowed(tmp_path: Path):
    (tmp_path / "model.pkl").write_bytes(dump_pipeline(four_input_pipeline()))

    artifact = load_artifact(tmp_path, allow_unverified=True)

    assert not artifact.is_verified
    assert "default thresholds" in artifact.warnings[0]
    assert Predictor(artifact).predict([600.0, 60.0, 10, 300, 20, 5]).future_spend_30d > 0


def test_a_pipeline_dropped_beside_a_foreign_card_is_served_without_that_card(tmp_path: Path):
    small_model(tmp_path)
    (tmp_path / "model.pkl").write_bytes(dump_pipeline(four_input_pipeline()))

    with pytest.raises(ArtifactError, match="its card describes"):
        load_artifact(tmp_path)
    assert "was ignored" in load_artifact(tmp_path, allow_unverified=True).warnings[1]


@pytest.mark.parametrize("content", [b"", b"no pickle", pickle.dumps({"not": "a pipeline"})])
def test_a_file_that_is_no_pipeline_is_refused(content: bytes, tmp_path: Path):
    (tmp_path / "model.pkl").write_bytes(content)

    with pytest.raises(ArtifactError, match=r"cannot be unpickled|cannot predict"):
        load_artifact(tmp_path, allow_unverified=True)
