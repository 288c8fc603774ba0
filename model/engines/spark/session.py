"""A session of Spark: on this machine, on a cluster, or of a Connect server; whoever does not answer is named soon."""

import os
import queue
import re
import shutil
import signal
import socket
import sys
import threading
import time
import tomllib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from model.engines.memory import memory_bytes
from model.engines.spark.failures import failures_told
from model.errors import TransactionsError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

INSTALL_HINT = "pip install -r requirements-spark.txt"
ANSWER_SECONDS = 15
# As often a Connect server that stops answering is asked again, a quarter of a minute; PySpark's client would take ten.
RETRIES = 5
STANDALONE = "spark://"
_CONNECT = "sc://"
# Spark's own setting for how long it waits for machines; without it we wait as long as it waits for a master.
PATIENCE, PATIENCE_DEFAULT = "spark.scheduler.maxRegisteredResourcesWaitingTime", "60s"
_UNITS = {"us": 1e-6, "ms": 1e-3, "": 1e-3, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}


def _settings(section: str) -> dict[str, Any]:  # Any: texts, to which numbers may be added
    """A section of ``settings.toml``."""
    return dict(tomllib.loads((Path(__file__).parent / "settings.toml").read_text(encoding="utf-8"))[section])


def start_session(master: str | None, memory_limit: str | None) -> tuple["SparkSession", bool]:
    """A session on ``--master``, on ``SPARK_REMOTE``, or on all cores of this machine, and whether it is new.

    Raises TransactionsError if PySpark or Java is missing, or nobody answers at the address.
    """
    # Both versions are pinned, and the suite compares what comes of them with DuckDB.
    warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas")
    try:
        from pyspark.sql import SparkSession  # noqa: PLC0415 - Spark is optional
    except ImportError as error:
        raise TransactionsError(f"--engine spark needs PySpark: {INSTALL_HINT}") from error
    master = master or os.environ.get("SPARK_REMOTE") or os.environ.get("MASTER", "local[*]")
    with failures_told():
        is_new = SparkSession.getActiveSession() is None
        session = _of_server(master) if master.startswith(_CONNECT) else _with_java(master, memory_limit)
        if is_new and master.startswith(_CONNECT):
            retry(session, RETRIES)
        for name, value in _settings("moments").items():
            session.conf.set(name, value)
        if master.startswith((STANDALONE, _CONNECT)):
            _require_workers(session, _place(master))
    return session, is_new


def context_of(session: "SparkSession") -> Any | None:  # Any: PySpark gives out the context under a private name
    """The context of a session whose driver runs here; None where a Connect server holds it."""
    return getattr(session, "_sc", None)


@contextmanager
def _interrupted_later() -> Iterator[None]:
    """Put the first Ctrl-C off until Java has started; PySpark would leave it behind, running for ever.

    PySpark's own handler does not stay: it speaks to Java in the middle of a call, and fails in pages.
    """
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield
        return
    pressed: list[int] = []

    def put_off(number: int, frame: FrameType | None) -> None:
        pressed.append(number)
        if len(pressed) > 1:
            before(number, frame)

    signal.signal(signal.SIGINT, put_off)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if pressed:
        raise KeyboardInterrupt


def _with_java(master: str, memory_limit: str | None) -> "SparkSession":
    """A session whose driver runs here, in a JVM."""
    from pyspark import SparkConf, SparkContext  # noqa: PLC0415 - Spark is optional
    from pyspark.sql import SparkSession  # noqa: PLC0415

    if shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
        raise TransactionsError(
            "--engine spark needs Java 17: apt-get install openjdk-17-jre-headless, or set JAVA_HOME"
        )
    if master.startswith(STANDALONE):
        _require_master(master)
    settings = {**_settings("classic"), "spark.master": master}
    if master.startswith("local"):
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")  # or Spark warns about the machine's name
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # workers of this machine, with our packages
        memory, partitions = f"{memory_bytes(memory_limit) // 1024**2}m", str(8 * (os.cpu_count() or 4))
        settings |= _settings("local")
        settings |= {"spark.driver.memory": memory, "spark.sql.shuffle.partitions": partitions}
    # The option wins; PySpark would take the variable.
    os.environ.pop("SPARK_REMOTE", None)
    with _interrupted_later():
        SparkContext.getOrCreate(SparkConf().setAll(list(settings.items())))
    return SparkSession.builder.config(map=settings).getOrCreate()


def _require_master(master: str) -> None:
    """Spark would try for a minute, and tell it in pages."""
    problems = []
    for address in master.removeprefix(STANDALONE).split(","):
        try:
            place = urlsplit(f"//{address}")
            socket.create_connection((place.hostname or "", place.port or 7077), timeout=ANSWER_SECONDS).close()
            return
        except (OSError, ValueError) as error:
            problems.append(f"{address}: {getattr(error, 'strerror', None) or error}")
    raise TransactionsError(f"no Spark master answers at {master} ({'; '.join(problems)}); check --master")


def _require_workers(session: "SparkSession", place: str) -> None:
    """One small task; Spark would wait for a worker for ever, and say so in its log alone."""
    context = context_of(session)
    settings, cancel = session.conf, session.interruptAll
    if context is not None:
        settings, cancel = context.getConf(), context.cancelAllJobs
    seconds = duration_seconds(str(settings.get(PATIENCE, PATIENCE_DEFAULT)))
    is_over, began_at = threading.Event(), time.monotonic()

    def give_up() -> None:
        while not is_over.wait(seconds):  # what has not reached the scheduler yet cannot be cancelled
            cancel()

    threading.Thread(target=give_up, daemon=True).start()
    try:
        with failures_told():
            session.range(1).collect()
    except TransactionsError as error:
        if time.monotonic() - began_at < seconds:
            raise
        raise TransactionsError(
            f"no worker of {place} has served this command for {seconds:g} s: none is running, or others hold their "
            "cores and memory"
        ) from error
    finally:
        is_over.set()


def duration_seconds(duration: str) -> float:
    """Seconds of one of Spark's durations: ``60s``, ``2min``, or a number of milliseconds."""
    found = re.fullmatch(r"(\d+)(us|ms|s|min|m|h|d|)", duration.strip().lower())
    return int(found[1]) * _UNITS[found[2]] if found else duration_seconds(PATIENCE_DEFAULT)


def _of_server(address: str) -> "SparkSession":
    """A session that a Connect server holds; needs no Java here."""
    try:
        import grpc  # noqa: PLC0415 - Connect alone needs it
        from pyspark.sql.connect.client import DefaultChannelBuilder  # noqa: PLC0415
    except ImportError as error:
        raise TransactionsError(f"{_place(address)} needs the packages of Spark Connect: {INSTALL_HINT}") from error
    from pyspark.sql import SparkSession  # noqa: PLC0415 - Spark is optional

    with DefaultChannelBuilder(address).toChannel() as channel:
        if not _answers(channel, grpc.ChannelConnectivity):
            raise TransactionsError(f"no Spark Connect server answers at {_place(address)}; check the address")
    return SparkSession.builder.appName("customer value").remote(address).getOrCreate()


def retry(session: "SparkSession", times: int) -> None:
    """Ask a Connect server again only so often."""
    from pyspark.sql.connect.client.retries import DefaultPolicy  # noqa: PLC0415 - Connect alone needs it

    client: Any = session.client  # Any: PySpark's client has no types for it
    client.set_retry_policies([DefaultPolicy(max_retries=times)])


def _answers(channel: Any, states: Any) -> bool:  # Any: gRPC has no types
    """Whether somebody speaks Spark Connect's protocol there; PySpark's client would try for ten minutes."""
    told: queue.SimpleQueue[Any] = queue.SimpleQueue()
    channel.subscribe(told.put, try_to_connect=True)
    with suppress(queue.Empty):
        while (state := told.get(timeout=ANSWER_SECONDS)) is not states.TRANSIENT_FAILURE:
            if state is states.READY:
                return True
    return False


def _place(address: str) -> str:
    """An address without its parameters, of which one may be a token."""
    return address.partition("/;")[0]
