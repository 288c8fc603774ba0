"""The model of whole order histories, loaded when first asked for: it brings pandas, DuckDB and scikit-learn."""

import logging
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from app.errors import NoHistoryModel
from model.artifact.card import ModelCard
from model.errors import ArtifactError

if TYPE_CHECKING:
    from model.prediction.history_predictor import HistoryPredictor

log = logging.getLogger(__name__)


class HistoryLoader:
    """The history model of the service; the first thread that asks loads it."""

    def __init__(self, directory: Path, card: ModelCard) -> None:
        self._directory, self._card = directory, card
        self._loading = Lock()
        self._predictor: HistoryPredictor | None = None

    def require(self) -> None:
        """Refuse at once where no model can come; raises NoHistoryModel."""
        if self._card.history is None:
            raise NoHistoryModel

    def loaded(self) -> "HistoryPredictor":
        """The model; raises NoHistoryModel."""
        with self._loading:
            if self._predictor is None:
                self._predictor = self._load()
            return self._predictor

    def _load(self) -> "HistoryPredictor":
        self.require()
        try:
            from model.artifact.history_artifact import load_history  # noqa: PLC0415 - see the head of this file
            from model.prediction.history_predictor import HistoryPredictor  # noqa: PLC0415

            predictor = HistoryPredictor(load_history(self._directory, self._card))
        except (ArtifactError, ImportError) as error:  # a file or a library is not there; the six numbers need neither
            log.error("history.unavailable", extra={"reason": str(error)})
            raise NoHistoryModel from error
        log.info("history.loaded", extra={"model": predictor.name})
        return predictor
