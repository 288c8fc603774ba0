"""Spark under the same definitions: a connection that takes DuckDB's SQL and runs it on a cluster."""

import re
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from model.engines.spark.failures import failures_told
from model.engines.spark.session import context_of, retry, start_session
from model.errors import TransactionsError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


@dataclass(frozen=True)
class SparkResult:
    """Rows of a query that Spark has not run yet."""

    frame: "DataFrame"

    @failures_told()
    def fetchall(self) -> list[tuple[Any, ...]]:
        """All rows, as Python values."""
        return [tuple(row) for row in self.frame.collect()]

    @failures_told()
    def df(self) -> Any:  # Any: a pandas frame
        """All rows as a data frame, collected as Arrow."""
        return self.frame.toArrow().to_pandas()


class SparkConnection:
    """Runs DuckDB's SQL on Spark; tables and views are temporary views of the session.

    Moments have no time zone here (TIMESTAMP_NTZ) and the session is in UTC, so neither the zone of the machine
    nor that of the cluster moves a cutoff.
    """

    def __init__(self, session: "SparkSession", *, is_ours: bool) -> None:
        self.session = session
        self._is_ours = is_ours
        self._kept: list[DataFrame] = []
        self._fixed: list[str] = []

    @failures_told()
    def execute(self, query: str, parameters: Any = None) -> SparkResult:  # Any: see ``Connection``
        """Run one statement; see ``Connection``."""
        from sqlglot import exp  # noqa: PLC0415 - comes with requirements-spark.txt

        from model.engines.spark.dialect import parse, to_spark  # noqa: PLC0415

        tree = parse(query, parameters)
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
        if self._is_ours:
            if (context := context_of(self.session)) is None:
                retry(self.session, 0)  # what remains is to tell the server that we go
            elif isinstance(sys.exception(), KeyboardInterrupt):
                with suppress(TransactionsError), failures_told():  # the first call after an interrupted one may fail
                    context.setLogLevel("OFF")  # what tasks log when they are stopped in the middle is no news
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


def is_remote_path(location: str) -> bool:
    """Whether the cluster, not this machine, knows the path: ``s3a://``, ``hdfs://``, ``dbfs:/``."""
    return re.match(r"^[a-z][a-z0-9+.-]+:/", location) is not None


@failures_told()
def connect_spark(master: str | None, memory_limit: str | None) -> SparkConnection:
    """A connection on a new session, or on the one that is there already; errors as in ``start_session``."""
    session, is_new = start_session(master, memory_limit)
    return SparkConnection(session, is_ours=is_new)
