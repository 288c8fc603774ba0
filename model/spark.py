"""Spark under the same definitions: a connection that takes DuckDB's SQL and runs it on a cluster."""

import os
import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model.errors import TransactionsError
from model.memory import half_of_memory, parse_size, temporary_folder
from model.reading import ReadingOptions
from model.sources import find_files, kind_of
from model.tables import listed
from model.text_files import headless_hint, looks_like_data, text_form

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

INSTALL_HINT = "pip install -r requirements-spark.txt"
# For all cores of one machine. Java's compiler takes a third of a short run, so it waits for what runs often. Parts of
# 32 MB keep what is grouped small; the default is as few parts as cores.
_LOCAL = {
    "spark.driver.host": "localhost",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.extraJavaOptions": "-XX:+UseParallelGC -XX:CompileThresholdScaling=3",
    "spark.sql.adaptive.coalescePartitions.parallelismFirst": "false",
    "spark.sql.adaptive.advisoryPartitionSizeInBytes": "32m",
}


class SparkResult:
    """Rows of a query that Spark has not run yet, or ``known`` without Spark."""

    def __init__(self, frame: "DataFrame | None", known: Sequence[tuple[Any, ...]] = ()) -> None:
        self.frame = frame
        self.known = known

    def fetchall(self) -> list[tuple[Any, ...]]:
        """All rows, as Python values."""
        return list(self.known) if self.frame is None else [tuple(row) for row in self.frame.collect()]

    def df(self) -> Any:  # Any: a pandas frame
        """All rows as a data frame, collected as Arrow."""
        return None if self.frame is None else self.frame.toArrow().to_pandas()


class SparkConnection:
    """Runs DuckDB's SQL on Spark; tables and views are temporary views of the session.

    Moments have no time zone here (TIMESTAMP_NTZ) and the session is in UTC, so neither the zone of the machine
    nor that of the cluster moves a cutoff.
    """

    def __init__(self, session: "SparkSession", *, is_ours: bool) -> None:
        self.session = session
        self._is_ours = is_ours
        self._kept: list[DataFrame] = []
        self._columns: dict[str, list[str]] = {}
        self.scratch = temporary_folder()

    def execute(self, query: str, parameters: Any = None) -> SparkResult:  # Any: see ``Connection``
        """Run one statement; see ``Connection``."""
        from sqlglot import exp  # noqa: PLC0415 - comes with requirements-spark.txt

        from model.spark_sql import parse, to_spark  # noqa: PLC0415

        if query.startswith("DESCRIBE "):
            return SparkResult(None, self.session.table(query.removeprefix("DESCRIBE ")).dtypes)
        tree = parse(query, parameters)
        if isinstance(tree, exp.Drop):
            self.session.catalog.dropTempView(query.rsplit(maxsplit=1)[-1])
            return SparkResult(None)
        if isinstance(tree, exp.Create):
            if tree.expression is None:
                self._columns[tree.this.this.name] = [column.name for column in tree.this.expressions]
                return SparkResult(None)
            frame = self.session.sql(to_spark(tree.expression))
            if tree.kind == "TABLE":
                self._kept.append(frame.persist())
                frame = frame.select("*")  # another plan than the kept one, which would go with its view
            self.show(tree.this.name, frame)
            return SparkResult(None)
        return SparkResult(self.session.sql(to_spark(tree)))

    def executemany(self, query: str, parameters: Any = None) -> SparkResult:  # Any: see ``Connection``
        """Fill a small table that was created with its columns; see ``Connection``."""
        import pyarrow  # noqa: PLC0415 - comes with requirements-spark.txt

        table = re.fullmatch(r"INSERT INTO (\w+) VALUES \([?, ]+\)", query)
        if table is None:
            raise ValueError(f"Spark tables are filled by INSERT INTO name VALUES (?) alone, not by {query}")
        # As Arrow: rows of Python objects would start a Python process on each core, whenever they are read.
        values = dict(zip(self._columns[table[1]], map(list, zip(*parameters, strict=True)), strict=True))
        self.show(table[1], self.session.createDataFrame(pyarrow.table(values)))
        return SparkResult(None)

    def show(self, name: str, frame: "DataFrame") -> None:
        """Make a frame the view ``name``. Replaced at once, the old one would free all kept tables made from it."""
        self.session.catalog.dropTempView(name)
        frame.createTempView(name)

    def close(self) -> None:
        """Free cached tables; a session that was there before us stays."""
        for frame in self._kept:
            frame.unpersist()
        self._kept.clear()
        if self._is_ours:
            self.session.stop()
        self.scratch.cleanup()


def open_spark_source(orders: str | Path, reading: ReadingOptions) -> SparkConnection:
    """A connection whose view ``source`` is the export.

    Raises
    ------
    TransactionsError
        If Spark or Java is missing, or the export is of a kind that Spark cannot read.
    """
    location = str(orders)
    if location.startswith("postgres"):
        raise TransactionsError(
            "--engine spark cannot read a PostgreSQL table; export it as Parquet, or leave --engine out"
        )
    files = [location] if is_remote_path(location) else find_files(location)
    # A remote folder has no ending; on a cluster it holds Parquet.
    kind = kind_of(files[0]) if "." in Path(files[0]).name else "parquet"
    if kind == "workbook":
        raise TransactionsError(f"{location}: --engine spark cannot read a workbook; save it as CSV or Parquet")
    connection = connect_spark(reading)
    frame = (
        connection.session.read.parquet(*files) if kind == "parquet" else _read_text(connection.session, files, reading)
    )
    stripped = frame.toDF(*[name.strip().removeprefix("\ufeff").strip() for name in frame.columns])
    stripped.createOrReplaceTempView("source")
    return connection


def is_remote_path(location: str) -> bool:
    """Whether the cluster, not this machine, knows the path: ``s3a://``, ``hdfs://``, ``dbfs:/``."""
    return re.match(r"^[a-z][a-z0-9+.-]+:/", location) is not None


def connect_spark(reading: ReadingOptions) -> SparkConnection:
    """A session on ``--master``, on ``SPARK_REMOTE``, or on all cores of this machine.

    Raises
    ------
    TransactionsError
        If PySpark or Java is missing, or the cluster cannot be reached.
    """
    try:
        from pyspark.errors import PySparkException  # noqa: PLC0415 - Spark is optional
        from pyspark.sql import SparkSession  # noqa: PLC0415
    except ImportError as error:
        raise TransactionsError(f"--engine spark needs PySpark: {INSTALL_HINT}") from error
    remote = reading.master if reading.master and reading.master.startswith("sc://") else os.environ.get("SPARK_REMOTE")
    is_remote = bool(remote) and (reading.master is None or reading.master == remote)
    if not is_remote and shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
        raise TransactionsError(
            "--engine spark needs Java 17: apt-get install openjdk-17-jre-headless, or set JAVA_HOME"
        )
    there_already = SparkSession.getActiveSession() is not None
    builder = SparkSession.builder.appName("customer value")
    if is_remote:
        builder = builder.remote(str(remote))
    else:
        master = reading.master or os.environ.get("MASTER", "local[*]")
        builder = builder.master(master).config("spark.ui.enabled", "false")
        builder = builder.config("spark.ui.showConsoleProgress", "false")
        # Copies and first purchases have nearly as many groups as lines: a small map before the large one only costs.
        builder = builder.config("spark.sql.codegen.aggregate.map.twolevel.enabled", "false")
        if master.startswith("local"):
            os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # workers of this machine, with our packages
            limit = parse_size(reading.memory_limit) if reading.memory_limit else half_of_memory()
            builder = builder.config("spark.driver.memory", f"{limit // 1024**2}m")
            for name, value in _LOCAL.items():
                builder = builder.config(name, value)
            builder = builder.config("spark.sql.shuffle.partitions", str(8 * (os.cpu_count() or 4)))
    try:
        session = builder.getOrCreate()
        session.conf.set("spark.sql.session.timeZone", "UTC")
        session.conf.set("spark.sql.timestampType", "TIMESTAMP_NTZ")
        session.conf.set("spark.sql.execution.arrow.pyspark.enabled", "true")
    except (PySparkException, RuntimeError) as error:
        raise TransactionsError(f"Spark does not start: {str(error).splitlines()[0]}") from error
    return SparkConnection(session, is_ours=not there_already)


def _read_text(session: "SparkSession", files: list[str], reading: ReadingOptions) -> "DataFrame":
    """Text files with every column as text, as the DuckDB reader does it."""
    lines = [str(row[0]) for row in session.read.text(files[0]).limit(200).collect()]
    form = text_form("\n".join(lines), files[0], has_header=not reading.by_position)
    if form.has_header and looks_like_data(form.names):
        raise TransactionsError(headless_hint(files[0], form.names))
    if form.delimiter is None or form.skipped:
        raise TransactionsError(
            f"{files[0]}: --engine spark reads text with a separator and nothing above the header; this file has "
            f"{listed(form.names[:4])} by blanks or below a title. Leave --engine out, or save it as Parquet"
        )
    encoding = "UTF-8" if not any("\ufffd" in line for line in lines) else "windows-1252"
    schema = ", ".join("`" + name.replace("`", "``") + "` STRING" for name in form.names)
    return session.read.csv(
        files, schema=schema, sep=form.delimiter, header=form.has_header, quote='"', escape='"', encoding=encoding,
        multiLine=False, enforceSchema=True,
    )  # fmt: skip
