"""Scoring on Spark: features on the cluster, the model sent to every worker once, batches scored as Arrow."""

import zipfile
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from model.artifact.history_artifact import WRITTEN
from model.atomic_write import STAGED, replaced_when_whole
from model.csv_injection import defused_sql
from model.engines.memory import temporary_folder
from model.engines.spark.connection import SparkConnection, is_remote_path
from model.engines.spark.failures import failures_told
from model.engines.spark.session import context_of
from model.errors import TransactionsError
from model.estimators.intervals import HIGH, LOW
from model.features.definitions import known_customers, register_cutoffs
from model.orders.cleaning import nobody_bought
from model.orders.orders import Transactions
from model.prediction.scorers import Scorer, ranked_query
from model.prediction.spark_batches import scored, segmented
from model.segments import SEGMENT_FEATURES, SegmentThresholds


def score_on_spark(transactions: Transactions, out: str | Path, scorer: Scorer, *, as_of: datetime) -> int:
    """Write the forecast of every customer as a folder of part files; see ``model.score.score``.

    Raises TransactionsError also if Spark fails, or ``out`` lies where this machine does not see what it wrote.
    """
    connection = transactions.connection
    if not isinstance(connection, SparkConnection):
        raise TypeError("score_on_spark wants orders that were read with engine='spark'")
    scorer = scorer.at(as_of, transactions.report)
    with failures_told():
        frame = connection.keep("scored", scored_frame(connection, scorer, as_of))
        customers = int(frame.count())
        if customers == 0:
            raise nobody_bought(as_of, transactions.report)
        connection.show("segmented", _segmented(connection, frame))
        query = ranked_query(frame.columns, "segmented", as_of=as_of, model_version=scorer.card.model_version)
        ranked = connection.execute(query).frame
        _write(ranked, str(out), connection)
    return customers


def _segmented(connection: SparkConnection, frame: Any) -> Any:  # Any: Spark frames
    """The scored customers with their segments, by thresholds of all of them."""
    told = connection.execute(f"SELECT {WRITTEN['spend']}, avg_spend, median_gap_days FROM scored").df()
    thresholds = SegmentThresholds.of(*told.to_numpy(dtype=np.float64).T)
    schema = ", ".join(f"{name} {kind.upper()}" for name, kind in frame.dtypes)
    return frame.mapInArrow(
        lambda batches: (segmented(batch, thresholds) for batch in batches), f"{schema}, customer_segment STRING"
    )


def _write(ranked: Any, out: str, connection: SparkConnection) -> None:  # Any: a Spark frame
    """Write a folder, which Spark marks by _SUCCESS where it is whole; on a disk it also appears in one step."""
    if is_remote_path(out):
        _save(ranked, out, connection)
        return
    try:
        with replaced_when_whole(Path(out).absolute()) as staged:
            _save(ranked, str(staged), connection)
            if not staged.is_dir():
                raise TransactionsError(
                    f"OUT is {out}, which the cluster wrote on a disk of its own; name a folder that this machine and "
                    "the workers share, or one such as s3a://bucket/scores.parquet"
                )
    except BaseException:
        connection.close()  # ends what still writes
        raise


def _save(ranked: Any, path: str, connection: SparkConnection) -> None:  # Any: a Spark frame
    if path.removesuffix(STAGED).endswith(".csv"):
        connection.show("ranked", ranked)
        columns = ", ".join(("rank", f"{defused_sql('customer_id')} AS customer_id", *ranked.columns[2:]))
        defused: Any = connection.execute(f"SELECT {columns} FROM ranked").frame  # Any: see above
        defused.write.mode("overwrite").csv(path, header=True, escape='"')
    else:
        ranked.write.mode("overwrite").parquet(path)


def scored_frame(connection: SparkConnection, scorer: Scorer, as_of: datetime) -> Any:  # Any: a Spark frame
    """Forecasts of every customer known before ``as_of``, unordered."""
    register_cutoffs(connection, [as_of])
    names = dict.fromkeys((*scorer.features, *SEGMENT_FEATURES))
    query = known_customers(("customer_id", "is_active"), names)
    features: Any = connection.execute(query, {"active_days": scorer.card.active_days}).frame  # Any: see above
    # Workers need the classes of the model; Spark takes a file of one name once, and may fetch it again later.
    connection.session.addArtifacts(str(Path(_package().name) / "model.zip"), pyfile=True)
    sent = _sent_once(connection, scorer)
    return features.mapInArrow(lambda batches: (scored(batch, sent()) for batch in batches), _schema(scorer))


def _sent_once(connection: SparkConnection, scorer: Scorer) -> Callable[[], Scorer]:
    """The model as a broadcast; Spark Connect has none and sends it with the function."""
    context = context_of(connection.session)
    if context is None:
        return lambda: scorer
    shared = context.broadcast(scorer)
    return lambda: shared.value


def _schema(scorer: Scorer) -> str:
    probe = scorer.score({name: np.ones(1) for name in scorer.features})
    more = "".join(f", {name} DOUBLE" for name in (LOW, HIGH) if name in probe)
    more += ", reasons STRING" if "reasons" in probe else ""
    return (
        f"customer_id STRING, {', '.join(f'{name} DOUBLE' for name in WRITTEN.values())}, is_active BOOLEAN, "
        f" {', '.join(f'{name} DOUBLE' for name in SEGMENT_FEATURES)}{more}"
    )


@cache
def _package() -> "TemporaryDirectory[str]":
    """A folder with ``model`` as a zip file, which stays as long as the program."""
    folder, package = temporary_folder(), Path(__file__).parents[1]
    with zipfile.ZipFile(Path(folder.name) / "model.zip", "w") as file:
        for path in (*package.rglob("*.py"), *package.rglob("*.toml")):  # features and words are tables
            file.write(path, path.relative_to(package.parent))
    return folder
