"""A pipeline, its serving form and its card: saved as one, and loaded only after every check has passed.

scikit-learn is imported where a pickle is read or written. With a serving form beside it, none is read.
"""

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import Any

from pydantic import ValidationError

from model.atomic import current_path, write_together
from model.card import ModelCard
from model.errors import ArtifactError
from model.features import FEATURE_NAMES
from model.inputs import InputMapping
from model.serving import ServingForm, load_form

MODEL_FILE = "model.pkl"
CARD_FILE = "model_card.json"
ALLOW_HINT = "set ALLOW_UNVERIFIED_MODEL=1 if you trust where it comes from (a pickle can run any code)"
RETRAIN_HINT = "train it here: python -m training ORDERS"


@dataclass(frozen=True)
class Artifact:
    """What a predictor needs: the pipeline, its card, and the order of its inputs."""

    pipeline: Any  # a ``ServingForm``, or a scikit-learn pipeline, which has no types
    card: ModelCard
    inputs: InputMapping
    warnings: tuple[str, ...] = ()

    @property
    def is_verified(self) -> bool:
        """Whether the pipeline came with a card that describes it."""
        return not self.card.model_version.startswith("unverified.")


def dump_pipeline(pipeline: Any) -> bytes:  # Any: see ``Artifact``
    """The bytes of ``model.pkl``."""
    import joblib  # noqa: PLC0415 - see the head of this file

    buffer = io.BytesIO()
    joblib.dump(pipeline, buffer)
    return buffer.getvalue()


def save_artifact(
    directory: Path,
    pickled: bytes,
    card: ModelCard,
    form: bytes | None = None,
    others: Mapping[str, bytes] | None = None,
) -> None:
    """Write pipeline, card, serving form and other files by name in one atomic step: the old set stands, or the new.

    A file that an older training left behind does no harm: each is bound to its model by SHA-256.
    """
    contents = {MODEL_FILE: pickled, CARD_FILE: (card.model_dump_json(indent=2) + "\n").encode(), **(others or {})}
    write_together(directory, contents if form is None else {**contents, form_name(MODEL_FILE): form})


def form_name(pickle_name: str) -> str:
    """The file of the serving form beside a pickle: ``model.npz`` beside ``model.pkl``."""
    return str(Path(pickle_name).with_suffix(".npz"))


def load_artifact(directory: Path, *, allow_unverified: bool = False, horizon_days: int | None = None) -> Artifact:
    """Load a pipeline whose bytes, library version, features and horizon are what its card says.

    The serving form is loaded instead where it belongs to these bytes; then scikit-learn is neither imported
    nor asked for its version.

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
    pickled = read_bytes(directory, MODEL_FILE)
    sha256 = hashlib.sha256(pickled).hexdigest()
    card = _load_card(directory)
    if card is None or (allow_unverified and card.model_sha256 != sha256):
        return _load_unverified(directory, pickled, sha256, allow_unverified=allow_unverified, ignored_card=card)
    _check_card(card, sha256, directory, horizon_days)
    if (loaded := _load_form(directory, sha256)) is not None:
        form, positions = loaded
        return Artifact(pipeline=form, card=card, inputs=InputMapping(positions))
    check_library(card, directory / MODEL_FILE)
    pipeline = unpickle(pickled, directory / MODEL_FILE)
    return Artifact(pipeline=pipeline, card=card, inputs=InputMapping.of(pipeline))


def library_versions() -> dict[str, str]:
    """The versions that decide whether a pickle loads."""
    libraries = {name: version(name) for name in ("scikit-learn", "numpy", "joblib")}
    return {"python": python_version(), **libraries}


def _load_form(directory: Path, sha256: str) -> tuple[ServingForm, tuple[int, ...]] | None:
    """The serving form of the pickle with this SHA-256, where there is one."""
    path = current_path(directory, form_name(MODEL_FILE))
    return load_form(path.read_bytes(), sha256) if path.is_file() else None


def read_bytes(directory: Path, name: str) -> bytes:
    """The current content of one of the model's files."""
    try:
        return current_path(directory, name).read_bytes()
    except OSError as error:
        raise ArtifactError(f"{directory / name} cannot be read ({error.strerror}); {RETRAIN_HINT}") from error


def _load_card(directory: Path) -> ModelCard | None:
    path = current_path(directory, CARD_FILE)
    if not path.exists():
        return None
    try:
        return ModelCard.model_validate_json(read_bytes(directory, CARD_FILE))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the document"
        raise ArtifactError(f"{path} is no model card: {place}: {first['msg']}; {RETRAIN_HINT}") from error


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


def _load_unverified(
    directory: Path, pickled: bytes, sha256: str, *, allow_unverified: bool, ignored_card: ModelCard | None
) -> Artifact:
    path = directory / MODEL_FILE
    if not allow_unverified:
        raise ArtifactError(f"{path} has no {CARD_FILE} beside it; {ALLOW_HINT}, or {RETRAIN_HINT}")
    pipeline = unpickle(pickled, directory / MODEL_FILE)
    card = ModelCard.unverified(
        estimator=type(pipeline).__name__,
        sha256=sha256,
        loaded_at=datetime.now(UTC),
        libraries=library_versions(),
    )
    warnings = ["model.pkl is unverified: no card describes it, so default thresholds and guardrails (GBP) are in use"]
    if ignored_card is not None:
        warnings.append(f"{CARD_FILE} describes another model ({ignored_card.model_version}) and was ignored")
    return Artifact(pipeline=pipeline, card=card, inputs=InputMapping.of(pipeline), warnings=tuple(warnings))


def unpickle(pickled: bytes, path: Path) -> Any:  # Any: see ``Artifact``
    """What lies in a pickle, if it can predict."""
    import joblib  # noqa: PLC0415 - see the head of this file

    try:
        pipeline = joblib.load(io.BytesIO(pickled))
    except Exception as error:  # a pickle can raise anything, and none of it may reach the server's start unexplained
        raise ArtifactError(f"{path} cannot be unpickled ({type(error).__name__}); {RETRAIN_HINT}") from error
    if not hasattr(pipeline, "predict"):
        raise ArtifactError(f"{path} holds a {type(pipeline).__name__}, which cannot predict; {RETRAIN_HINT}")
    return pipeline
