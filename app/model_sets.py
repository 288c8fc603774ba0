"""The model set that answers, and how another takes its place while requests go on."""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool

from app.insights import InsightService
from app.metrics import Metrics
from app.orders.service import OrderService
from app.predictions.service import PredictionService
from app.rankings.service import RankingService
from app.settings import Settings
from model import Artifact, ModelError
from model.prediction.model_set import ModelSet, load_model_set

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Serving:
    """One model set and the services that answer by it; a request keeps to one of these."""

    models: ModelSet
    predictions: PredictionService
    orders: OrderService
    rankings: RankingService


class ModelSets:
    """Holds what serves; the set is read whole, so what is written into its folder later changes nothing."""

    def __init__(self, settings: Settings, insights: InsightService, metrics: Metrics) -> None:
        """Read the set of ``settings``; raises ArtifactError."""
        self._settings, self._insights, self._metrics = settings, insights, metrics
        self._one_at_a_time = asyncio.Lock()
        self.serving = self._load()

    @property
    def artifact(self) -> Artifact:
        """What answers for six numbers now, and the card of the whole set."""
        return self.serving.models.artifact

    async def reload(self) -> Artifact:
        """Read the set that lies in the folder, beside the one that answers, and let it answer from now on.

        Raises ArtifactError if it is not whole, or fails a check or its self-test; nothing has changed then.
        """
        async with self._one_at_a_time:
            try:
                self.serving = await run_in_threadpool(self._load)
            except ModelError as error:
                log.error("model.refused", extra={"reason": str(error)})
                raise
            log.info("model.reloaded", extra={"model_version": self.artifact.card.model_version})
            return self.artifact

    def _load(self) -> Serving:
        settings, insights, metrics = self._settings, self._insights, self._metrics
        models = load_model_set(settings.model_dir, allow_unverified=settings.allow_unverified_model)
        for warning in models.artifact.warnings:
            log.warning("model.warning", extra={"warning": warning})
        return Serving(
            models,
            predictions=PredictionService(models.predictor, insights, metrics),
            orders=OrderService(models, insights, metrics),
            rankings=RankingService(settings, models, insights.catalogue, metrics),
        )


@contextmanager
def reloaded_on_hangup(model_sets: ModelSets) -> Iterator[None]:
    """Within it SIGHUP reloads; the end of the terminal that the service was started from ends it, as ever."""
    if not hasattr(signal, "SIGHUP") or threading.current_thread() is not threading.main_thread():
        yield  # Windows has no such signal, and an application within another's thread gets none
        return
    loop, had_terminal, tasks = asyncio.get_running_loop(), os.isatty(0), set[asyncio.Task[None]]()

    async def reload() -> None:
        with suppress(ModelError):  # the log has it
            await model_sets.reload()

    def on_hangup() -> None:
        if had_terminal and not os.isatty(0):
            signal.raise_signal(signal.SIGTERM)
        else:
            tasks.add(task := asyncio.create_task(reload()))
            task.add_done_callback(tasks.discard)

    loop.add_signal_handler(signal.SIGHUP, on_hangup)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)
