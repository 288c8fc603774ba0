"""What stands behind the endpoints between start and stop."""

import gc
import logging
from dataclasses import dataclass, field

import numpy as np

from app.allocator import reserve_memory
from app.history import Histories
from app.insights import InsightService
from app.logs import configure_logging, silence_server
from app.metrics import Metrics
from app.settings import Settings, SettingsError, read_settings
from app.turns import Turns
from model import ModelError, Predictor, load_artifact
from model.card import HORIZON_DAYS
from model.many import predict_many

log = logging.getLogger(__name__)

OBJECTS_BEFORE_SEARCH = 100_000
# The first prediction takes longest, and a pipeline that cannot predict, one customer or many, must not start.
WARM_UP = (100.0, 50.0, 2.0, 20.0, 10.0, 30.0)


@dataclass(frozen=True)
class Service:
    """Settings, a predictor, whoever words the insights, and the counters.

    ``turns`` are taken by batches, slice by slice.
    """

    settings: Settings
    predictor: Predictor
    insights: InsightService
    metrics: Metrics
    api_keys: tuple[bytes, ...]
    histories: Histories
    turns: Turns = field(default_factory=Turns)


def start_service(settings: Settings | None = None) -> Service:
    """Read settings and artifact; what is wrong with either stops the start with one line.

    Raises
    ------
    SettingsError, ModelError
        After the line is written. The server ends with exit code 3.
    """
    configure_logging()
    try:
        service = _assemble(settings or read_settings())
    except (SettingsError, ModelError) as error:
        log.critical("start.refused", extra={"reason": str(error)})
        silence_server()
        raise
    for warning in service.predictor.artifact.warnings:
        log.warning("model.warning", extra={"warning": warning})
    log.info("service.started", extra={"model_version": service.predictor.card.model_version})
    _spare_the_collector()
    reserve_memory()
    return service


def _spare_the_collector() -> None:
    """Keep Python's search for unreachable rings of objects from what stays, and out of the middle of a batch.

    The objects of ten thousand customers are freed as soon as they are answered, in rings or not; searching
    them takes ten times as long as parsing them.
    """
    gc.freeze()
    gc.set_threshold(OBJECTS_BEFORE_SEARCH)


def _assemble(settings: Settings) -> Service:
    configure_logging(settings.log_level)
    artifact = load_artifact(
        settings.model_dir, allow_unverified=settings.allow_unverified_model, horizon_days=HORIZON_DAYS
    )
    predictor = Predictor(artifact)
    predictor.predict(WARM_UP)
    predict_many(predictor, np.array([WARM_UP]))
    metrics = Metrics()
    return Service(
        settings=settings,
        predictor=predictor,
        insights=InsightService(settings, artifact.card, metrics),
        metrics=metrics,
        api_keys=tuple(key.get_secret_value().encode() for key in settings.api_keys),
        histories=Histories(settings.model_dir, artifact.card),
    )


async def stop_service(service: Service) -> None:
    """Close what holds connections and threads."""
    service.histories.close()
    await service.insights.aclose()
    log.info("service.stopped")
