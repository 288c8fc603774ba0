"""A set is read whole or not at all, and answers as it did when it was trained."""

import os
import shutil
import signal
import time
from pathlib import Path

import pytest

from model import ModelError, load_artifact
from model.artifact.store import CARD_FILE, HISTORY_FILE, MODEL_FILE, PREVIOUS
from model.prediction.model_set import fingerprint_of, load_model_set, restore_previous
from tests.support import ROOT, small_model

CUSTOMER = (1400.0, 140.0, 10, 800, 60, 12)


def committed(directory: Path) -> Path:
    directory.mkdir(exist_ok=True)
    for name in (MODEL_FILE, CARD_FILE, HISTORY_FILE):
        shutil.copy(ROOT / "model" / name, directory / name)
    return directory


def test_the_committed_set_is_whole_and_passes_both_self_tests():
    models = load_model_set(ROOT / "model")

    assert models.history is not None
    for test in (models.artifact.card.self_test, models.history.self_test):
        assert len(test.spend) == len(test.probability) == 5
        assert sorted(test.spend) == list(test.spend) or len(set(test.spend)) > 1


@pytest.mark.parametrize("name", [MODEL_FILE, HISTORY_FILE])
@pytest.mark.parametrize("damage", ["missing", "changed"])
def test_a_file_that_is_not_what_the_card_says_makes_the_set_none(tmp_path, name, damage):
    path = committed(tmp_path) / name
    path.unlink() if damage == "missing" else path.write_bytes(path.read_bytes() + b" ")

    with pytest.raises(ModelError, match=rf"{name} (cannot be read|has SHA-256)"):
        load_model_set(tmp_path)


def test_a_model_that_answers_otherwise_than_in_training_is_refused(tmp_path):
    """Here the bounds of the card changed after its self-test was written."""
    small_model(tmp_path)
    test = load_artifact(tmp_path).card.self_test
    small_model(tmp_path, self_test=test.model_copy(update={"spend": tuple(each * 1.01 for each in test.spend)}))

    with pytest.raises(ModelError, match=r"model.pkl fails its self-test: it answered .* when it was trained"):
        load_model_set(tmp_path)


def test_the_last_digits_of_another_processor_are_no_difference(tmp_path):
    small_model(tmp_path)
    test = load_artifact(tmp_path).card.self_test
    small_model(tmp_path, self_test=test.model_copy(update={"spend": tuple(each * (1 + 1e-9) for each in test.spend)}))

    assert load_model_set(tmp_path).artifact.is_verified


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_set_that_is_replaced_while_it_is_read_is_read_again(tmp_path):
    """A child replaces the set without pause; every reading gives one that its fingerprint names, or the next."""
    small_model(tmp_path)
    child = os.fork()
    if child == 0:
        try:
            for turn in range(10_000):
                small_model(tmp_path, model_version=f"turn-{turn}", share=0.1 + turn % 7 / 10)
        finally:
            os._exit(1)
    try:
        seen = set()
        for _ in range(200):
            models = load_model_set(tmp_path)
            turn = int(models.artifact.card.model_version.removeprefix("turn-").replace("small-", ""))
            seen.add(turn)
            time.sleep(0.005)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    assert len(seen) > 5


def test_the_set_before_is_kept_and_comes_back_and_a_second_time_undoes_it(tmp_path):
    small_model(tmp_path, model_version="first")
    small_model(tmp_path, model_version="second", share=0.5)
    first, second = fingerprint_of(tmp_path / PREVIOUS), fingerprint_of(tmp_path)

    assert restore_previous(tmp_path).artifact.card.model_version == "first"
    assert (fingerprint_of(tmp_path), fingerprint_of(tmp_path / PREVIOUS)) == (first, second)
    assert load_model_set(tmp_path).predictor.predict(CUSTOMER).future_spend_30d == pytest.approx(280, rel=0.01)

    assert restore_previous(tmp_path).artifact.card.model_version == "second"
    assert (fingerprint_of(tmp_path), fingerprint_of(tmp_path / PREVIOUS)) == (second, first)
    assert sorted(path.name for path in tmp_path.iterdir()) == [MODEL_FILE, CARD_FILE, PREVIOUS]


def test_a_set_that_is_not_whole_never_takes_the_place_of_one_that_is_kept(tmp_path):
    small_model(tmp_path, model_version="first")
    small_model(tmp_path, model_version="second")
    (tmp_path / MODEL_FILE).write_bytes(b"broken")

    small_model(tmp_path, model_version="third")

    assert load_artifact(tmp_path / PREVIOUS).card.model_version == "first"
    assert load_artifact(tmp_path).card.model_version == "third"


def test_without_a_set_before_nothing_is_restored(tmp_path):
    small_model(tmp_path)

    with pytest.raises(ModelError, match=r"there is no set in .*previous"):
        restore_previous(tmp_path)
    assert load_artifact(tmp_path).is_verified
