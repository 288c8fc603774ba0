"""An end to waiting for workers that do not come: Spark itself would wait for ever, and say so in its log alone."""

import re
import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from model.engines.spark.session import STANDALONE, context_of

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# Spark's own setting for how long it waits for machines; without it we wait as long as it waits for a master.
PATIENCE, PATIENCE_DEFAULT = "spark.scheduler.maxRegisteredResourcesWaitingTime", "60s"
_UNITS = {"us": 1e-6, "ms": 1e-3, "": 1e-3, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}


def watch_over(session: "SparkSession") -> "WorkerWatch | ServerWatch | None":
    """A watch over a cluster that may be without workers, to be closed in the end; this machine needs none."""
    context = context_of(session)
    if context is None:
        return ServerWatch(session)
    return WorkerWatch(context) if context.master.startswith(STANDALONE) else None


class WorkerWatch:
    """Ends what runs on a standalone cluster when it has had no worker for too long."""

    def __init__(self, context: Any) -> None:  # Any: a SparkContext, whose Java object has no types
        self._java = context._jsc.sc()
        self._patience_seconds = duration_seconds(context.getConf().get(PATIENCE, PATIENCE_DEFAULT))
        self._message = _told(context.master, self._patience_seconds)
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Watch no longer."""
        self._is_over.set()
        self._thread.join(timeout=5)

    def _watch(self) -> None:
        from py4j.protocol import Py4JError  # noqa: PLC0415 - Spark is optional

        served_at = time.monotonic()
        while not self._is_over.wait(1):
            try:
                if len(self._java.statusTracker().getExecutorInfos()) > 1:  # the driver is one
                    served_at = time.monotonic()
                elif time.monotonic() - served_at > self._patience_seconds:
                    self._cancel()
            except (Py4JError, OSError):  # the JVM has ended, which the query tells
                return

    def _cancel(self) -> None:
        for job in self._java.statusTracker().getActiveJobIds():
            self._java.cancelJob(job, self._message)


class ServerWatch:
    """Ends a query of a Connect server of which no task has run for too long, though some wait.

    A server tells how a query goes every few seconds, but not while it looks into files for their columns: so it is
    asked to run one task at the start.
    """

    def __init__(self, session: Any) -> None:  # Any: its hints take no method for a handler of progress
        self._session = session
        self._patience_seconds = duration_seconds(session.conf.get(PATIENCE, PATIENCE_DEFAULT))
        self._query, self._served_at = "", 0.0
        session.registerProgressHandler(self._watch)
        try:
            session.range(1).collect()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Watch no longer."""
        self._session.removeProgressHandler(self._watch)

    def _watch(self, stages: Iterable[Any] | None, inflight_tasks: int, operation_id: str | None, done: bool) -> None:
        from pyspark.errors import PySparkException  # noqa: PLC0415 - Spark is optional

        now, query = time.monotonic(), operation_id or ""
        waits = any(stage.num_completed_tasks < stage.num_tasks for stage in stages or () if not stage.done)
        if done or inflight_tasks or not waits or query != self._query:
            self._query, self._served_at = query, now
        elif now - self._served_at > self._patience_seconds:
            self._session.interruptOperation(query)
            raise PySparkException(_told("the Spark Connect server", self._patience_seconds))


def _told(place: str, patience_seconds: float) -> str:
    return (
        f"no worker of {place} has served this command for {patience_seconds:g} s: none is running, or others hold "
        "their cores and memory!"
    )


def duration_seconds(duration: str) -> float:
    """Seconds of one of Spark's durations: ``60s``, ``2min``, or a number of milliseconds."""
    found = re.fullmatch(r"(\d+)(us|ms|s|min|m|h|d|)", duration.strip().lower())
    return int(found[1]) * _UNITS[found[2]] if found else duration_seconds(PATIENCE_DEFAULT)
