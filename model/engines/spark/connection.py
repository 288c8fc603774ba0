"""Spark under the same definitions: a connection that takes DuckDB's SQL and runs it on a cluster."""

import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from model.engines.connection import listed
from model.engines.spark.failures import failures_told
from model.engines.spark.session import context_of, hurry, silence, start_session
from model.engines.spark.timeout import watch_over
from model.errors import TransactionsError
from model.orders.options import ReadingOptions
from model.orders.sources.encodings import WESTERN, odd_lines, western_or_refused
from model.orders.sources.files import find_files, kind_of, require_same_columns, require_same_parquet, stripped_name
from model.orders.sources.text import headless_hint, looks_like_data, refuse_rows_beyond_header, text_form

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


class SparkResult:
    """Rows of a query that Spark has not run yet, or ``known`` without Spark."""

    def __init__(self, frame: "DataFrame | None", known: Sequence[tuple[Any, ...]] = ()) -> None:
        self.frame = frame
        self.known = known

    @failures_told()
    def fetchall(self) -> list[tuple[Any, ...]]:
        """All rows, as Python values."""
        return list(self.known) if self.frame is None else [tuple(row) for row in self.frame.collect()]

    @failures_told()
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
        self._watch = watch_over(session)
        self._kept: list[DataFrame] = []
        self._fixed: list[str] = []

    @failures_told()
    def execute(self, query: str, parameters: Any = None) -> SparkResult:  # Any: see ``Connection``
        """Run one statement; see ``Connection``."""
        from sqlglot import exp  # noqa: PLC0415 - comes with requirements-spark.txt

        from model.engines.spark.dialect import parse, to_spark  # noqa: PLC0415

        tree = parse(query, parameters)
        if isinstance(tree, exp.Describe):
            return SparkResult(None, self.session.table(tree.this.name).dtypes)
        if not isinstance(tree, exp.Create):
            return SparkResult(self.session.sql(to_spark(tree)))
        frame = self.session.sql(to_spark(tree.expression))
        if tree.kind == "TABLE":
            frame = self.keep(tree.this.name, frame)
        else:
            self.show(tree.this.name, frame)
        return SparkResult(frame)

    @failures_told()
    def show(self, name: str, frame: "DataFrame") -> None:
        """Make a frame the view ``name``. Replaced at once, the old one would free all kept tables made from it."""
        fixed = self._fix(frame)
        self.session.catalog.dropTempView(name)
        fixed.createTempView(name)

    @failures_told()
    def keep(self, name: str, frame: "DataFrame") -> "DataFrame":
        """Make a frame the view ``name``, and have it computed once for all who ask; gives the kept frame."""
        fixed = self._fix(frame)
        self.session.catalog.dropTempView(name)  # of an earlier reading: it would take what is kept by the same plan
        kept = fixed.persist()
        self._kept.append(kept)
        self.show(name, kept.select("*"))  # another plan than the kept one, which would go with its view
        return kept

    def _fix(self, frame: "DataFrame") -> "DataFrame":
        """The same frame, whatever becomes of the views in it: Spark Connect would look them up at each use."""
        if context_of(self.session) is not None:
            return frame
        name = f"fixed_{len(self._fixed)}"
        frame.createTempView(name)
        self._fixed.append(name)
        return self.session.table(name)

    def close(self) -> None:
        """Free cached tables; a session that was there before us stays."""
        if self._watch is not None:
            self._watch.close()
        if self._is_ours:
            hurry(self.session)
            if isinstance(sys.exception(), KeyboardInterrupt):
                with suppress(TransactionsError), failures_told():  # the first call after an interrupted one may fail
                    silence(self.session)
        with suppress(TransactionsError), failures_told():  # what has failed cannot be freed
            for frame in self._kept:
                frame.unpersist()
            for name in self._fixed:
                self.session.catalog.dropTempView(name)
            if self._is_ours:
                self.session.stop()
        self._kept.clear()
        self._fixed.clear()
        self._is_ours = False


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
    # A Connect server does not stand where we do.
    files = [location] if is_remote_path(location) else [str(Path(name).absolute()) for name in find_files(location)]
    # A remote folder has no ending; on a cluster it holds Parquet.
    kind = kind_of(files[0]) if "." in Path(files[0]).name else "parquet"
    if kind == "workbook":
        raise TransactionsError(f"{location}: --engine spark cannot read a workbook; save it as CSV or Parquet")
    connection = connect_spark(reading)
    try:
        _show_source(connection, kind, files, reading)
    except BaseException:
        connection.close()
        raise
    return connection


@failures_told()
def _show_source(connection: SparkConnection, kind: str, files: list[str], reading: ReadingOptions) -> None:
    session = connection.session
    if kind == "text":
        frame = _read_text_files(session, files, reading)
    else:
        # What lies with the cluster, Spark alone can look at.
        with duckdb.connect() as looking:
            require_same_parquet(looking, files, reading)
        frame = session.read.option("mergeSchema", len(files) > 1).parquet(*files)
    stripped = frame.toDF(*map(stripped_name, frame.columns))
    stripped.createOrReplaceTempView("source")


def is_remote_path(location: str) -> bool:
    """Whether the cluster, not this machine, knows the path: ``s3a://``, ``hdfs://``, ``dbfs:/``."""
    return re.match(r"^[a-z][a-z0-9+.-]+:/", location) is not None


@failures_told()
def connect_spark(reading: ReadingOptions) -> SparkConnection:
    """A connection on a new session, or on the one that is there already; errors as in ``start_session``."""
    session, is_new = start_session(reading)
    return SparkConnection(session, is_ours=is_new)


def _read_text_files(session: "SparkSession", files: list[str], reading: ReadingOptions) -> "DataFrame":
    """All files by the names of their columns, which may stand in any order."""
    frames = [_read_text(session, name, reading) for name in files]
    require_same_columns([(name, frame.columns) for name, frame in zip(files, frames, strict=True)], reading)
    return reduce(lambda one, other: one.unionByName(other, allowMissingColumns=True), frames)


def _read_text(session: "SparkSession", path: str, reading: ReadingOptions) -> "DataFrame":
    """A text file with every column as text, as the DuckDB reader does it."""
    lines = [str(row[0]) for row in session.read.text(path).limit(200).collect()]
    form = text_form("\n".join(lines), path, has_header=not reading.by_position)
    if form.has_header and looks_like_data(form.names):
        raise TransactionsError(headless_hint(path, form.names))
    refuse_rows_beyond_header(form, path)
    if form.delimiter is None or form.skipped:
        raise TransactionsError(
            f"{path}: --engine spark reads text with a separator and nothing above the header; this file has "
            f"{listed(form.names[:4])} by blanks or below a title. Leave --engine out, or save it as Parquet"
        )
    encoding = reading.encoding or "UTF-8"
    if not reading.encoding and any("\ufffd" in line for line in lines):
        read = session.read.csv(path, schema="line STRING", sep="\x01", quote="", encoding="ISO-8859-1")
        odd = odd_lines(str(row[0]).encode("latin-1") for row in read.limit(len(lines)).collect())
        encoding = western_or_refused(path, odd, WESTERN)
    schema = ", ".join("`" + name.replace("`", "``") + "` STRING" for name in form.names)
    return session.read.csv(
        path, schema=schema, sep=form.delimiter, header=form.has_header, quote='"', escape='"', encoding=encoding,
        multiLine=False, enforceSchema=True,
    )  # fmt: skip
