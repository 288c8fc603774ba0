"""Opening a shop's export on Spark, as ``files`` opens it on DuckDB."""

from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from model.engines.connection import listed
from model.engines.spark.connection import SparkConnection, connect_spark, is_remote_path
from model.engines.spark.failures import failures_told
from model.errors import TransactionsError
from model.orders.options import ReadingOptions
from model.orders.sources.encodings import WESTERN, western_or_refused
from model.orders.sources.files import find_files, kind_of, require_same_columns, require_same_parquet, stripped_name
from model.orders.sources.text import refuse_odd_header, text_form

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


def open_spark_source(orders: str | Path, reading: ReadingOptions) -> SparkConnection:
    """A connection whose view ``source`` is the export.

    Raises TransactionsError if Spark or Java is missing, or the export is of a kind that Spark cannot read.
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
    connection = connect_spark(reading.master, reading.memory_limit)
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
        frames = [_read_text(session, name, reading) for name in files]
        require_same_columns([(name, each.columns) for name, each in zip(files, frames, strict=True)], reading)
        frame = reduce(lambda one, other: one.unionByName(other, allowMissingColumns=True), frames)
    else:
        # What lies with the cluster, Spark alone can look at.
        with duckdb.connect() as looking:
            require_same_parquet(looking, files, reading)
        frame = session.read.option("mergeSchema", len(files) > 1).parquet(*files)
    stripped = frame.toDF(*map(stripped_name, frame.columns))
    stripped.createOrReplaceTempView("source")


def _read_text(session: "SparkSession", path: str, reading: ReadingOptions) -> "DataFrame":
    """A text file with every column as text, as the DuckDB reader does it."""
    lines = [str(row[0]) for row in session.read.text(path).limit(200).collect()]
    form = text_form("\n".join(lines), path, has_header=not reading.by_position)
    refuse_odd_header(form, path)
    if form.delimiter is None or form.skipped:
        raise TransactionsError(
            f"{path}: --engine spark reads text with a separator and nothing above the header; this file has "
            f"{listed(form.names[:4])} by blanks or below a title. Leave --engine out, or save it as Parquet"
        )
    encoding = reading.encoding or "UTF-8"
    if not reading.encoding and any("\ufffd" in line for line in lines):
        read = session.read.csv(path, schema="line STRING", sep="\x01", quote="", encoding="ISO-8859-1")
        beginning = (str(row[0]).encode("latin-1") for row in read.limit(len(lines)).collect())
        encoding = western_or_refused(path, beginning, WESTERN)
    schema = ", ".join("`" + name.replace("`", "``") + "` STRING" for name in form.names)
    return session.read.csv(
        path, schema=schema, sep=form.delimiter, header=form.has_header, quote='"', escape='"', encoding=encoding,
        multiLine=False, enforceSchema=True,
    )  # fmt: skip
