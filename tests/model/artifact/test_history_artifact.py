"""Whose numbers an artifact holds, for which moment, and that it is the one its card describes."""

from datetime import datetime, timedelta
from pathlib import Path
from shutil import copy

import pytest

from model.artifact.history_artifact import HistoryArtifact, load_history
from model.artifact.store import CARD_FILE, HISTORY_FILE, MODEL_FILE, load_artifact
from model.errors import ArtifactError
from model.estimators.history_model import Level
from model.prediction import warnings
from tests.support import ROOT, small_model


@pytest.fixture(scope="module")
def artifact() -> HistoryArtifact:
    directory = ROOT / "model"
    return load_history(directory, load_artifact(directory).card)


def folder(directory: Path) -> Path:
    for name in (MODEL_FILE, CARD_FILE, HISTORY_FILE):
        copy(ROOT / "model" / name, directory / name)
    return directory


def test_the_level_holds_for_the_window_after_the_training_in_its_own_shop(artifact):
    same = artifact.at(artifact.as_of, artifact.data)

    assert same.model.level == artifact.model.level != Level()
    assert list(warnings.of_shop(artifact, artifact.as_of, artifact.data)) == []


@pytest.mark.parametrize(("days", "words"), [(30, "answers without one"), (-30, "has seen what came after")])
def test_at_any_other_moment_there_is_none_and_a_warning_says_so(artifact, days, words):
    moment = artifact.as_of + timedelta(days=days)

    other = artifact.at(moment, artifact.data)

    assert other.model.level == Level()
    assert other.totals == artifact.totals, "what sums are off by is the shop's own, at any moment"
    (warning,) = warnings.of_shop(artifact, moment, artifact.data)
    assert words in warning


def test_another_shop_has_neither_level_nor_sums_and_a_warning_says_so(artifact):
    foreign = artifact.data.model_copy(update={"first_line_at": datetime(2020, 1, 1)})

    other = artifact.at(artifact.as_of, foreign)

    assert other.model.level == Level()
    assert (other.totals, other.track_record) == (None, ()), "no record of it, so no sum is told"
    (warning,) = warnings.of_shop(artifact, artifact.as_of, foreign)
    assert "another shop" in warning


def test_the_same_shop_a_month_later_is_still_the_same_shop(artifact):
    grown = artifact.data.model_copy(update={"customers": artifact.data.customers + 100})

    assert artifact.at(artifact.as_of, grown) is artifact


def test_an_artifact_survives_its_own_json(artifact):
    assert HistoryArtifact.model_validate_json(artifact.to_json()) == artifact


def test_a_file_that_the_card_does_not_describe_is_refused(tmp_path: Path):
    directory = folder(tmp_path)
    (directory / HISTORY_FILE).write_bytes((directory / HISTORY_FILE).read_bytes() + b" ")

    with pytest.raises(ArtifactError, match=r"has SHA-256 .* but the card describes"):
        load_history(directory, load_artifact(directory).card)


def test_a_missing_file_is_told_with_its_remedy(tmp_path: Path):
    directory = folder(tmp_path)
    (directory / HISTORY_FILE).unlink()

    with pytest.raises(ArtifactError, match=r"history_model.json cannot be read .* python -m training"):
        load_history(directory, load_artifact(directory).card)


def test_a_card_without_a_history_model_says_so(tmp_path: Path):
    directory = small_model(tmp_path)

    with pytest.raises(ArtifactError, match="no model of whole histories"):
        load_history(directory, load_artifact(directory).card)


def test_the_track_record_is_of_the_newest_windows_and_knows_whether_it_held(artifact):
    record = artifact.track_record

    assert [window.as_of for window in record] == sorted(window.as_of for window in record)
    assert record[-1].as_of == (artifact.as_of - timedelta(days=30)).date()
    assert [window.is_covered for window in record] == [w.low <= w.realised <= w.high for w in record]
