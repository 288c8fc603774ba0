"""The saved model of whole histories, bound to the card by its SHA-256."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from model.artifact import RETRAIN_HINT, check_library, read_bytes, unpickle
from model.atomic import current_path
from model.card import ModelCard
from model.errors import ArtifactError

if TYPE_CHECKING:  # loading it imports scikit-learn; asking whether there is one does not
    from model.history_model import WithIntervals

HISTORY_FILE = "history_model.pkl"


def form_name(pickle_name: str) -> str:
    """The file of the serving form beside a pickle: ``model.npz`` beside ``model.pkl``."""
    return str(Path(pickle_name).with_suffix(".npz"))


def history_files(pickled: bytes, form: bytes | None) -> dict[str, bytes]:
    """What is saved of the model, by name: the pickle, and its serving form where it has one."""
    return {HISTORY_FILE: pickled, **({} if form is None else {form_name(HISTORY_FILE): form})}


def load_history_model(directory: Path, card: ModelCard) -> "WithIntervals":
    """Load the model that the card describes: its serving form, where there is one of this pickle.

    Raises
    ------
    ArtifactError
        If the card knows of none, the file is missing or another one, or scikit-learn has another version.
    """
    if card.history is None:
        raise ArtifactError(f"the card in {directory} describes no model of whole histories; {RETRAIN_HINT}")
    pickled = read_bytes(directory, HISTORY_FILE)
    sha256 = hashlib.sha256(pickled).hexdigest()
    if sha256 != card.history.sha256:
        raise ArtifactError(
            f"{directory / HISTORY_FILE} has SHA-256 {sha256[:12]}…, but the card describes "
            f"{card.history.sha256[:12]}…; restore the files or {RETRAIN_HINT}"
        )
    if (form := _load_form(directory, sha256)) is not None:
        return form
    check_library(card, directory / HISTORY_FILE)
    model: WithIntervals = unpickle(pickled, directory / HISTORY_FILE)
    return model


def _load_form(directory: Path, sha256: str) -> "WithIntervals | None":
    path = current_path(directory, form_name(HISTORY_FILE))
    if not path.is_file():
        return None
    from model.history_form import load_history_form  # noqa: PLC0415 - heavy, and not every service is asked

    return load_history_form(path.read_bytes(), sha256)
