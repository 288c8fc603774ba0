"""A model set: all that lies in a folder and answers, read whole, checked, and kept in memory."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from model.artifact.card import HORIZON_DAYS
from model.artifact.history_artifact import HistoryArtifact, load_history
from model.artifact.store import (
    CARD_FILE,
    HISTORY_FILE,
    MODEL_FILE,
    PREVIOUS,
    RETRAIN_HINT,
    Artifact,
    load_artifact,
    read_files,
    replace_files,
)
from model.errors import ArtifactError
from model.features.definitions import FEATURE_NAMES
from model.prediction.predictor import Predictor

# Of any customer: a pipeline without rows of its own must at least be able to predict.
WARM_UP = (100.0, 50.0, 2.0, 20.0, 10.0, 30.0)


@dataclass(frozen=True)
class ModelSet:
    """What answers for six numbers and, where there is one, for whole histories; see ``fingerprint_of``."""

    predictor: Predictor
    history: HistoryArtifact | None
    fingerprint: str | None

    @property
    def artifact(self) -> Artifact:
        """What the predictor was loaded from."""
        return self.predictor.artifact


def load_model_set(directory: Path, *, allow_unverified: bool = False) -> ModelSet:
    """Read the set that lies in a folder, also while another is being put there, and run its self-tests.

    Raises ArtifactError if a file is missing, broken or not what the card says, or a self-test fails.
    """
    while True:
        fingerprint = fingerprint_of(directory)
        try:
            artifact = load_artifact(directory, allow_unverified=allow_unverified, horizon_days=HORIZON_DAYS)
            history = None if artifact.card.history is None else load_history(directory, artifact.card)
        except ArtifactError:
            if fingerprint_of(directory) == fingerprint:
                raise
        else:
            if fingerprint_of(directory) == fingerprint:
                break
    models = ModelSet(Predictor(artifact), history, fingerprint)
    try:
        _run_self_tests(models)
    except ArtifactError:
        raise
    except Exception as error:  # a model that fails, however it does, must never answer a customer
        raise ArtifactError(
            f"the set in {directory} cannot answer ({type(error).__name__}: {error}); {RETRAIN_HINT}"
        ) from error
    return models


def restore_previous(directory: Path) -> ModelSet:
    """Put the set before the last training back; what stood is kept in its place, so that a second time undoes it.

    Raises ArtifactError if there is none, or it could not be served; nothing is written then.
    """
    files = read_files(directory / PREVIOUS)
    models = load_model_set(directory / PREVIOUS)
    replace_files(directory, files)
    return models


def fingerprint_of(directory: Path) -> str | None:
    """What tells one set from another: the SHA-256 of the card, or of a pipeline without one; None without either."""
    for name in (CARD_FILE, MODEL_FILE):
        try:
            return sha256((directory / name).read_bytes()).hexdigest()
        except OSError:
            continue
    return None


def _run_self_tests(models: ModelSet) -> None:
    models.predictor.predict(WARM_UP)
    if (asked := models.artifact.card.self_test) is not None:
        features = np.column_stack([asked.columns[name] for name in FEATURE_NAMES])
        forecast = models.predictor.forecast(features)
        asked.check(MODEL_FILE, forecast.spend, forecast.probability)
    if models.history is not None and (asked := models.history.self_test) is not None:
        answers = models.history.answer(asked.columns)
        asked.check(HISTORY_FILE, answers.spend, answers.probability)
