"""Scoring on Spark: features on the cluster, the model sent to every worker once, batches scored as Arrow."""

import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from model.definitions import definition_text
from model.errors import TransactionsError
from model.features import ACTIVE_DAYS, register_cutoffs
from model.scoring import Scorer
from model.spark import SparkConnection
from model.spark_batches import Broadcasted, Given, scores_batches
from model.spark_sql import parse, to_spark
from model.transactions import Transactions


def score_on_spark(transactions: Transactions, out: Path, scorer: Scorer, *, as_of: datetime) -> int:
    """Write the forecast of every customer as a folder of part files; see ``model.score.score``.

    Raises
    ------
    TransactionsError
        If nobody bought before ``as_of``.
    """
    connection = transactions.connection
    if not isinstance(connection, SparkConnection):
        raise TypeError("score_on_spark wants orders that were read with engine='spark'")
    scored = scored_frame(connection, scorer, as_of).persist()
    customers = int(scored.count())
    if customers == 0:
        raise TransactionsError(f"--as-of {as_of:%Y-%m-%d}: nobody bought before")
    scored.createOrReplaceTempView("scored")
    ranked = connection.session.sql(
        "SELECT row_number() OVER (ORDER BY predicted_future_spend_30d DESC, customer_id) AS rank, *, "
        f"DATE '{as_of:%Y-%m-%d}' AS as_of, '{scorer.card.model_version}' AS model_version FROM scored"
    )
    # Spark writes into a folder of its own and renames it last; _SUCCESS stands in a whole one.
    writer = ranked.write.mode("overwrite")
    if out.suffix == ".csv":
        writer.csv(str(out), header=True)
    else:
        writer.parquet(str(out))
    scored.unpersist()
    return customers


def scored_frame(connection: SparkConnection, scorer: Scorer, as_of: datetime) -> Any:  # Any: a Spark frame
    """Forecasts of every customer known before ``as_of``, unordered."""
    register_cutoffs(connection, [as_of])
    wanted = ", ".join(f"CAST({name} AS DOUBLE) AS {name}" for name in scorer.features)
    features = connection.session.sql(
        to_spark(
            parse(
                f"SELECT customer_id, is_active, {wanted} FROM ({definition_text('features')}) AS known_customers",
                {"active_days": ACTIVE_DAYS},
            )
        )
    )
    _send_package(connection)
    return features.mapInArrow(scores_batches(_sent_once(connection, scorer)), _schema(scorer))


def _sent_once(connection: SparkConnection, scorer: Scorer) -> Callable[[], Scorer]:
    """The model as a broadcast; Spark Connect has none and sends it with the function."""
    context = getattr(connection.session, "_sc", None)
    return Given(scorer) if context is None else Broadcasted(context.broadcast(scorer))


def _schema(scorer: Scorer) -> str:
    probe = scorer.score({name: np.ones(1) for name in scorer.features})
    interval = ", spend_low_80 DOUBLE, spend_high_80 DOUBLE" if "low" in probe else ""
    return (
        "customer_id STRING, predicted_future_spend_30d DOUBLE, purchase_probability_30d DOUBLE, "
        f"customer_segment STRING, is_active BOOLEAN{interval}"
    )


def _send_package(connection: SparkConnection) -> None:
    """Workers need the classes of the model: this package goes to them as a zip file."""
    package = Path(__file__).parent
    archive = Path(connection.scratch.name) / "model.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path in package.glob("*.py"):
            file.write(path, f"{package.name}/{path.name}")
    connection.session.addArtifacts(str(archive), pyfile=True)
