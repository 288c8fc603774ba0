"""``model.pkl`` and its card: saved as one, and loaded only after every check has passed.

Where the card holds the numbers of the pickle with this SHA-256, they answer, and the pickle is only hashed:
scikit-learn is imported where one is unpickled.
"""

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import Any, Protocol, TypeVar

from pydantic import ValidationError

from model.arrays import FloatArray
from model.artifact.card import ModelCard, feature_entries
from model.artifact.inputs import LoadedPipeline
from model.atomic_write import read_described, replaced_when_whole, write_described
from model.documents import Document
from model.errors import ArtifactError
from model.features.definitions import FEATURE_NAMES

MODEL_FILE = "model.pkl"
HISTORY_FILE = "history_model.json"
CARD_FILE = "model_card.json"
PREVIOUS = "previous"
ALLOW_HINT = "set ALLOW_UNVERIFIED_MODEL=1 if you trust where it comes from (a pickle can run any code)"
RETRAIN_HINT = "train it here: python -m training ORDERS"

T = TypeVar("T", bound=Document)


class Regressor(Protocol):
    """What answers for six numbers."""

    def predict(self, features: FloatArray) -> FloatArray:
        """Spend (n,) before any guardrail, from features (n, 6) in the order of ``FEATURES``."""


@dataclass(frozen=True)
class Artifact:
    """What a predictor needs: the regressor, which is the card's own ``linear`` or a loaded pipeline, and the card."""

    regressor: Regressor
    card: ModelCard
    warnings: tuple[str, ...] = ()

    @property
    def is_verified(self) -> bool:
        """Whether the regressor came with a card that describes it."""
        return not self.card.model_version.startswith("unverified.")


def dump_pipeline(pipeline: Any) -> bytes:  # Any: scikit-learn has no types
    """The bytes of ``model.pkl``."""
    import joblib  # noqa: PLC0415 - see the head of this file

    buffer = io.BytesIO()
    joblib.dump(pipeline, buffer)
    return buffer.getvalue()


def save_artifact(directory: Path, pickled: bytes, card: ModelCard, others: Mapping[str, bytes] | None = None) -> None:
    """Write pipeline, card and other files by name in one atomic step: the old set stands, or the new.

    The old set is kept in the folder ``PREVIOUS``.

    Raises
    ------
    ArithmeticError
        If the numbers of ``card.linear`` do not answer as the pickle does; nothing is written then.
    """
    if card.linear is not None:
        card.linear.check_against(pickled)
    description = (card.model_dump_json(indent=2) + "\n").encode()
    replace_files(directory, {MODEL_FILE: pickled, **(others or {}), CARD_FILE: description})


def read_files(directory: Path) -> dict[str, bytes]:
    """The files of a set by name, the card last, as it describes them; raises ArtifactError."""
    card = _load_card(directory)
    if card is None:
        raise ArtifactError(f"there is no set in {directory}: {CARD_FILE} is missing")
    described = {MODEL_FILE: card.model_sha256}
    if card.history is not None:
        described[HISTORY_FILE] = card.history.sha256
    files = {name: read_checked(directory, name, digest) for name, digest in described.items()}
    return {**files, CARD_FILE: read_bytes(directory, CARD_FILE, None)}


def replace_files(directory: Path, files: Mapping[str, bytes]) -> None:
    """Put a set in the place of another, which is kept where it is whole."""
    try:
        former = read_files(directory)
    except ArtifactError:
        write_described(directory, files, CARD_FILE)
        return
    with replaced_when_whole(directory / PREVIOUS) as kept:
        write_described(kept, former, CARD_FILE)
        write_described(directory, files, CARD_FILE)


def load_artifact(directory: Path, *, allow_unverified: bool = False, horizon_days: int | None = None) -> Artifact:
    """Load a model whose bytes, library version, features and horizon are what its card says.

    Where the card holds the pipeline in plain numbers, scikit-learn is neither imported nor asked for its version.

    Parameters
    ----------
    directory : Path
        Holds ``model.pkl`` and ``model_card.json``.
    allow_unverified : bool
        Also load a ``model.pkl`` without a card of its own.
    horizon_days : int, optional
        The horizon that the caller can serve; any where left out.

    Raises
    ------
    ArtifactError
        If the files are missing or broken or any check fails; says how to mend it.
    """
    card = _load_card(directory)
    pickled = read_bytes(directory, MODEL_FILE, card.model_sha256 if card else None)
    sha256 = hashlib.sha256(pickled).hexdigest()
    if card is None or (allow_unverified and card.model_sha256 != sha256):
        return _load_unverified(directory, pickled, sha256, allow_unverified=allow_unverified, ignored_card=card)
    _check_card(card, sha256, directory, horizon_days)
    if card.linear is not None:
        return Artifact(card.linear, card)
    check_library(card, directory / MODEL_FILE)
    return Artifact(LoadedPipeline.of(unpickle(pickled, directory / MODEL_FILE)), card)


def library_versions() -> dict[str, str]:
    """The versions that decide whether a pickle loads."""
    libraries = {name: version(name) for name in ("scikit-learn", "numpy", "joblib")}
    return {"python": python_version(), **libraries}


def read_bytes(directory: Path, name: str, sha256: str | None) -> bytes:
    """The content of one of the model's files that the card describes by this SHA-256."""
    try:
        return read_described(directory / name, sha256)
    except OSError as error:
        raise ArtifactError(f"{directory / name} cannot be read ({error.strerror}); {RETRAIN_HINT}") from error


def read_checked(directory: Path, name: str, sha256: str) -> bytes:
    """The same, where it is what the card describes."""
    content = read_bytes(directory, name, sha256)
    if (found := hashlib.sha256(content).hexdigest()) != sha256:
        raise ArtifactError(
            f"{directory / name} has SHA-256 {found[:12]}…, but the card describes {sha256[:12]}…; "
            f"restore the files or {RETRAIN_HINT}"
        )
    return content


def _load_card(directory: Path) -> ModelCard | None:
    path = directory / CARD_FILE
    if not path.exists():
        return None
    return validated(ModelCard, read_bytes(directory, CARD_FILE, None), f"{path} is no model card")


def validated(kind: type[T], content: bytes, otherwise: str) -> T:
    """JSON as one of our documents; raises ArtifactError with these words, the place and the rule that it breaks."""
    try:
        return kind.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the document"
        raise ArtifactError(f"{otherwise}: {place}: {first['msg']}; {RETRAIN_HINT}") from error


def _check_card(card: ModelCard, sha256: str, directory: Path, horizon_days: int | None) -> None:
    if card.model_sha256 != sha256:
        raise ArtifactError(
            f"{directory / MODEL_FILE} has SHA-256 {sha256[:12]}…, but its card describes {card.model_sha256[:12]}…; "
            f"restore the pair or {RETRAIN_HINT}; for a pipeline of your own, remove {CARD_FILE} and {ALLOW_HINT}"
        )
    names = tuple(entry.name for entry in card.features)
    if names != FEATURE_NAMES:
        raise ArtifactError(
            f"the card lists the features {', '.join(names)}, but this version builds {', '.join(FEATURE_NAMES)}; "
            f"{RETRAIN_HINT}"
        )
    if horizon_days is not None and card.horizon_days != horizon_days:
        raise ArtifactError(
            f"the model forecasts {card.horizon_days} days, but answers are for {horizon_days}; "
            f"train it with --horizon-days {horizon_days}"
        )


def check_library(card: ModelCard, path: Path) -> None:
    """Refuse a pickle of another scikit-learn: it may load and answer wrongly."""
    trained_with, installed = card.libraries.get("scikit-learn", "unknown"), version("scikit-learn")
    if trained_with != installed:
        raise ArtifactError(
            f"{path} was trained with scikit-learn {trained_with}, "
            f"but {installed} is installed; pip install scikit-learn=={trained_with}, or {RETRAIN_HINT}"
        )


def unverified_card(estimator: str, sha256: str) -> ModelCard:
    """The card of a pipeline that came without one: default thresholds, nothing measured."""
    return ModelCard(
        model_version=f"unverified.{sha256[:8]}",
        model_sha256=sha256,
        trained_at=datetime.now(UTC),
        estimator=estimator,
        features=feature_entries(),
        libraries=library_versions(),
    )


def _load_unverified(
    directory: Path, pickled: bytes, sha256: str, *, allow_unverified: bool, ignored_card: ModelCard | None
) -> Artifact:
    path = directory / MODEL_FILE
    if not allow_unverified:
        raise ArtifactError(f"{path} has no {CARD_FILE} beside it; {ALLOW_HINT}, or {RETRAIN_HINT}")
    pipeline = unpickle(pickled, directory / MODEL_FILE)
    card = unverified_card(type(pipeline).__name__, sha256)
    warnings = ["model.pkl is unverified: no card describes it, so default thresholds and guardrails (GBP) are in use"]
    if ignored_card is not None:
        warnings.append(f"{CARD_FILE} describes another model ({ignored_card.model_version}) and was ignored")
    return Artifact(LoadedPipeline.of(pipeline), card, warnings=tuple(warnings))


def unpickle(pickled: bytes, path: Path) -> Any:  # Any: see ``dump_pipeline``
    """What lies in a pickle, if it can predict."""
    import joblib  # noqa: PLC0415 - see the head of this file

    try:
        pipeline = joblib.load(io.BytesIO(pickled))
    except Exception as error:  # a pickle can raise anything, and none of it may reach the server's start unexplained
        raise ArtifactError(f"{path} cannot be unpickled ({type(error).__name__}); {RETRAIN_HINT}") from error
    if not hasattr(pipeline, "predict"):
        raise ArtifactError(f"{path} holds a {type(pipeline).__name__}, which cannot predict; {RETRAIN_HINT}")
    return pipeline
