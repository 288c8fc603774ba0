"""Spark where it is more than one process: a standalone cluster and a Connect server, on ports of this machine.

No worker has this repository on its path.
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest

from model import score
from model.engines.spark.failures import failures_told
from model.engines.spark.session import PATIENCE, duration_seconds
from model.errors import TransactionsError
from model.orders.options import ReadingOptions
from model.orders.orders import read_orders
from tests.model.engines.spark.support import agreement, check, require_spark
from tests.orders import shop
from tests.support import ROOT, free_port, small_model

START_SECONDS = 60
LONGEST_SECONDS = 90
# Short runs: Java compiles quickly rather than well.
JAVA_OPTIONS = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
SETTINGS = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.extraJavaOptions": JAVA_OPTIONS,
    "spark.executor.extraJavaOptions": JAVA_OPTIONS,
    "spark.executor.memory": "512m",
    "spark.master.rest.enabled": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.ui.enabled": "false",
}


class Cluster(NamedTuple):
    """A master, and the process of its only worker with the folder that it works in."""

    master: str
    worker: "subprocess.Popen[bytes]"
    work_dir: Path


@contextmanager
def spark_process(folder: Path, told: str, *command: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A process of Spark, from the moment it says ``told`` until the block ends; what it started ends with it."""
    import pyspark

    log = folder / f"{len(list(folder.iterdir()))}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(Path(pyspark.__file__).parent / "bin" / command[0]), *command[1:]],
            env=environment(folder), cwd=folder, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    try:
        wait_until(lambda: told in log.read_text(), process, log)
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_until(happens, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not happens():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """Variables of a user of Spark, with a configuration of its own; what is killed leaves its files in the folder."""
    conf = folder / "conf"
    conf.mkdir(exist_ok=True)
    lines = [f"{name} {value}" for name, value in {**SETTINGS, **settings}.items()]
    (conf / "spark-defaults.conf").write_text("\n".join(lines))
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "JAVA_HOME", "TMPDIR") if name in os.environ}
    return {
        **kept, "SPARK_CONF_DIR": str(conf), "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_DIRS": str(folder), "JAVA_TOOL_OPTIONS": f"-Djava.io.tmpdir={folder}",
    }  # fmt: skip


@contextmanager
def running_cluster(folder: Path) -> Iterator[Cluster]:
    port, work_dir = free_port(), folder / "work"
    address = f"spark://127.0.0.1:{port}"
    master = ["org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port", str(port), "--webui-port", "0"]
    worker = ["org.apache.spark.deploy.worker.Worker", "--host", "127.0.0.1", "--webui-port", "0", "--cores", "2",
              "--memory", "1g", "--work-dir", str(work_dir), address]  # fmt: skip
    with (
        spark_process(folder, "New state: ALIVE", "spark-class", *master),
        spark_process(folder, "Successfully registered with master", "spark-class", *worker) as process,
    ):
        yield Cluster(address, process, work_dir)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    require_spark()
    with running_cluster(tmp_path_factory.mktemp("cluster")) as started:
        yield started


@contextmanager
def running_server(folder: Path, master: str, **settings: str) -> Iterator[str]:
    """The address of a Connect server."""
    port = free_port()
    settings |= {"spark.connect.grpc.binding.address": "127.0.0.1", "spark.connect.grpc.binding.port": str(port)}
    options = [word for name, value in settings.items() for word in ("--conf", f"{name}={value}")]
    with spark_process(
        folder, "Spark Connect server started", "spark-submit", "--master", master, "--class",
        "org.apache.spark.sql.connect.service.SparkConnectServer", *options, "spark-internal",
    ):  # fmt: skip
        yield f"sc://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    require_spark()
    with running_server(tmp_path_factory.mktemp("server"), "local[2]") as address:
        yield address


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small shop as text, a tenth of whose lines come back, and some of whose lines stand twice."""
    bought = shop(customers=40, days=200)
    returned = bought[::10].assign(Quantity=lambda rows: -rows["Quantity"], Invoice=lambda rows: "C" + rows["Invoice"])
    path = tmp_path_factory.mktemp("orders") / "orders.csv"
    pd.concat([bought, returned, bought[::25]]).to_csv(path, index=False)
    return path


def asked(orders: Path, folder: Path, policy: str) -> dict[str, object]:
    return {
        "orders": str(orders), "cutoffs": ["2024-05-01", "2024-07-01"], "folder": str(folder), "columns": {},
        "model_dir": str(small_model(folder / "model")), "policies": [policy],
    }  # fmt: skip


def score_command(orders: Path, out: Path, master: str) -> list[str]:
    model_dir = str(small_model(out.parent / "model"))
    return [sys.executable, "-m", "model.score", str(orders), str(out), "--model-dir", model_dir, "--engine", "spark",
            "--master", master]  # fmt: skip


def test_a_standalone_cluster_says_the_same_as_duckdb(cluster: Cluster, orders: Path, tmp_path: Path):
    """Features, scores and a training, returns subtracted, by workers that were sent the package."""
    found = agreement(
        environment(tmp_path), master=cluster.master, examined=False, trained=["net"], **asked(orders, tmp_path, "net")
    )

    check(found)
    assert found["net"]["same_training_data"]


def test_a_connect_server_says_the_same_as_duckdb(server: str, orders: Path, tmp_path: Path):
    """Features, findings and scores; ``SPARK_REMOTE`` names the server, and the client needs no Java."""
    check(agreement({"SPARK_REMOTE": server, "JAVA_HOME": "/nowhere"}, **asked(orders, tmp_path, "gross")))


def test_a_cluster_that_gives_no_worker_is_waited_for_so_long(cluster: Cluster, orders: Path, tmp_path: Path):
    """Spark alone would wait for ever; here for a worker with more memory than there is."""
    impatient = environment(tmp_path, **{"spark.executor.memory": "100g", PATIENCE: "2s"})
    finished = subprocess.run(
        [sys.executable, "-m", "training.doctor", str(orders), "--engine", "spark", "--master", cluster.master],
        cwd=ROOT, env=impatient, capture_output=True, text=True, timeout=LONGEST_SECONDS, check=False,
    )  # fmt: skip

    assert finished.returncode == 2
    assert f"no worker of {cluster.master} has served this command for 2 s" in finished.stderr


def test_a_connect_server_without_workers_is_waited_for_so_long(cluster: Cluster, orders: Path, tmp_path: Path):
    """The same behind a server, whose own setting says how long."""
    starved = {"spark.executor.memory": "100g", PATIENCE: "2s"}
    with running_server(tmp_path, cluster.master, **starved) as address:
        finished = subprocess.run(
            [sys.executable, "-m", "training.doctor", str(orders), "--engine", "spark", "--master", address],
            cwd=ROOT, capture_output=True, text=True, timeout=LONGEST_SECONDS, check=False,
        )  # fmt: skip

    assert finished.returncode == 2
    assert f"no worker of {address} has served this command for 2 s" in finished.stderr


@pytest.mark.parametrize(("said", "seconds"), [("2s", 2), ("30000", 30), ("90000ms", 90), ("2min", 120), ("1H", 3600)])
def test_how_long_is_worded_as_spark_words_it(said: str, seconds: float):
    assert duration_seconds(said) == seconds


def test_ctrl_c_stops_a_run_on_a_cluster(cluster: Cluster, orders: Path, tmp_path: Path):
    out = tmp_path / "scores.parquet"
    process = started_on(cluster, score_command(orders, out, cluster.master), tmp_path)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=LONGEST_SECONDS)

    assert process.returncode == 130, errors
    assert errors.endswith(f"interrupted; {out} was not written\n")
    assert "Traceback" not in errors, errors
    assert not out.exists()
    assert not list(tmp_path.glob(".*"))


def started_on(cluster: Cluster, command: list[str], folder: Path, **settings: str) -> "subprocess.Popen[str]":
    """A command that a worker has begun to work for."""
    before = set(cluster.work_dir.glob("*"))
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment(folder, **settings), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    deadline = time.monotonic() + START_SECONDS
    while not set(cluster.work_dir.glob("*")) - before:
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline
        time.sleep(0.1)
    time.sleep(3)  # into the queries
    return process


@pytest.mark.parametrize("scheme", ["spark", "sc"])
def test_an_address_where_nobody_answers_is_named_at_once(scheme: str, orders: Path):
    """Spark would try for one minute, and its Connect client for ten."""
    require_spark()
    address = f"{scheme}://127.0.0.1:{free_port()}"
    began_at = time.monotonic()

    with pytest.raises(TransactionsError, match=f"no Spark .* answers at {address}"):
        read_orders(orders, ReadingOptions(engine="spark", master=address))
    assert time.monotonic() - began_at < 30


def test_missing_packages_of_spark_connect_are_named(orders: Path, monkeypatch: pytest.MonkeyPatch):
    require_spark()
    monkeypatch.setitem(sys.modules, "grpc", None)

    with pytest.raises(TransactionsError, match="needs the packages of Spark Connect: pip install"):
        read_orders(orders, ReadingOptions(engine="spark", master="sc://127.0.0.1:1"))


def test_only_spark_writes_to_an_address(orders: Path, capsys: pytest.CaptureFixture[str]):
    assert score.main([str(orders), "s3a://shop/scores.parquet"]) == 2
    assert "OUT is s3a://shop/scores.parquet; only --engine spark writes there" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("An exception was thrown from the Python worker:\nModuleNotFoundError: No module named 'pyarrow'",
         "No module named 'pyarrow' on a worker. Workers need the Python minor version of this machine with numpy"),
        ("[PYTHON_VERSION_MISMATCH] Python in worker has different version: 3.9 than that in driver: 3.11, PySpark …",
         "different version: 3.9 than that in driver: 3.11. Workers need the Python minor version"),
        ('Job aborted: Cannot run program "python3.14": error=2', 'Cannot run program "python3.14" on a worker'),
        ("It failed.\n: org.apache.spark.SparkException: Could not parse 'y'\n\tat a.b(c:1)",
         "Spark failed: Could not parse 'y'; nothing was written"),
    ],
)  # fmt: skip
def test_what_spark_says_in_pages_is_told_in_a_sentence(said: str, told: str):
    require_spark()
    from pyspark.errors import PySparkException

    with pytest.raises(TransactionsError, match=re.escape(told)), failures_told():
        raise PySparkException(said)
