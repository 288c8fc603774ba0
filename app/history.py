"""Answers from whole order histories, by a model that is loaded when first asked for."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from app.errors import NoHistoryModel
from model.card import ModelCard
from model.errors import ArtifactError

if TYPE_CHECKING:  # brings pandas, DuckDB and scikit-learn, which the six numbers need not
    from model.one_customer import HistoryPredictor

log = logging.getLogger(__name__)

Result = TypeVar("Result")

# A history keeps a processor busy for tens of milliseconds; the others answer meanwhile.
WORKERS = 2


class Histories:
    """The history model and the threads that it works in; the first request waits until it is loaded."""

    def __init__(self, directory: Path, card: ModelCard) -> None:
        self._directory, self._card = directory, card
        self._loading = Lock()
        self._predictor: HistoryPredictor | None = None
        self._threads = ThreadPoolExecutor(WORKERS, thread_name_prefix="history")

    def require(self) -> None:
        """Refuse at once where no model can come; raises NoHistoryModel."""
        if self._card.history is None:
            raise NoHistoryModel

    async def work(self, task: "Callable[[HistoryPredictor], Result]") -> Result:
        """What ``task`` makes of the loaded model, in a thread; raises NoHistoryModel, and what the task raises."""
        context = copy_context()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: context.run(lambda: task(self.loaded())))

    def close(self) -> None:
        """Start no more work."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def loaded(self) -> "HistoryPredictor":
        """The model, loaded by the first thread that asks; raises NoHistoryModel."""
        with self._loading:
            if self._predictor is None:
                self._predictor = self._load()
            return self._predictor

    def _load(self) -> "HistoryPredictor":
        self.require()
        try:
            from model.one_customer import HistoryPredictor  # noqa: PLC0415 - see the head of this class

            predictor = HistoryPredictor(self._directory, self._card)
        except (ArtifactError, ImportError) as error:  # a file or a library is not there; the six numbers need neither
            log.error("history.unavailable", extra={"reason": str(error)})
            raise NoHistoryModel from error
        log.info("history.loaded", extra={"model": predictor.name})
        return predictor
