"""Run by the Spark tests in a process of its own: what Spark and DuckDB say about one export, side by side.

The zone of a JVM is settled when it starts, so each zone needs a process.
"""

import io
import json
import sys
from contextlib import closing, redirect_stdout
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd

from model.engines.connection import Connection
from model.engines.spark.connection import SparkConnection, connect_spark
from model.features.definitions import build_features, build_snapshots
from model.orders.options import ReadingOptions
from model.orders.orders import clean_transactions, open_orders, read_orders
from model.prediction.scorers import HistoryScorer, load_scorer
from model.prediction.spark_score import score_on_spark
from model.score import score
from training import fit_shop
from training.checks.data_checks import examine
from training.pipeline import TrainingOptions, train


def compare(
    orders: str, cutoffs: list[datetime], model_dir: Path, folder: Path, spark: ReadingOptions, *, examined: bool
) -> dict[str, object]:
    """Whether reports agree, the largest relative difference of any feature, and whether scores agree."""
    local = replace(spark, engine="duckdb", master=None)
    opened = open_orders(orders, local)
    with clean_transactions(opened) as transactions:
        expected = build_snapshots(transactions, cutoffs)
        scorers = load_scorer(model_dir, "summary"), HistoryScorer(fit_shop(transactions, cutoffs[-1]))
        for scorer in scorers:
            score(transactions, folder / f"duckdb-{scorer.name}.parquet", scorer, as_of=cutoffs[-1])
        report, findings = transactions.report, examine(opened, transactions) if examined else []
    opened = open_orders(orders, spark)
    with clean_transactions(opened) as transactions:
        found = build_snapshots(transactions, cutoffs)
        same_report = transactions.report == report
        pairs = list(zip(examine(opened, transactions) if examined else [], findings, strict=True))
        other_findings = [f"{told} / {said}" for told, said in pairs if told != said]
        for scorer in scorers:
            score_on_spark(transactions, folder / f"spark-{scorer.name}.parquet", scorer, as_of=cutoffs[-1])
    with read_orders(orders, spark) as transactions:
        kept_again = all(_is_kept(transactions.connection, table) for table in ("orders", "first_products"))
    scores = [
        pd.concat(
            [pd.read_parquet(folder / f"{engine}-{scorer.name}.parquet").sort_values("rank") for scorer in scorers]
        )
        for engine in ("duckdb", "spark")
    ]
    return {
        "rows": len(found),
        "same_customers": list(found.index) == list(expected.index),
        "same_report": same_report,
        "other_findings": other_findings,
        "kept_again": kept_again,
        "largest_difference": max(_difference(expected[name], found[name]) for name in expected.columns),
        "same_ranking": scores[0]["customer_id"].tolist() == scores[1]["customer_id"].tolist(),
        "largest_score_difference": _difference(
            scores[0]["predicted_future_spend_30d"], scores[1]["predicted_future_spend_30d"]
        ),
        "same_segments": scores[0]["customer_segment"].tolist() == scores[1]["customer_segment"].tolist(),
    }


def _is_kept(connection: Connection, table: str) -> bool:
    """Whether Spark computes a table once for all who ask; a second reading in a session asks by the same plan."""
    assert isinstance(connection, SparkConnection)
    told = io.StringIO()
    with redirect_stdout(told):
        connection.session.table(table).explain()
    return "InMemoryTableScan" in told.getvalue()


def compare_training(orders: str, folder: Path, spark: ReadingOptions) -> dict[str, object]:
    """Whether models that were trained on either engine's features saw the same lines and forecast the same."""
    local = replace(spark, engine="duckdb", master=None)
    with read_orders(orders, local) as transactions:
        features = build_features(transactions, transactions.ends_at)
    cards, forecasts = [], []
    for reading in (local, spark):
        directory = folder / f"trained-{reading.engine}"
        options = TrainingOptions(reading=reading, report=folder / "report")
        cards.append(train(orders, directory, options, tell=lambda _: None))
        forecasts.append(
            load_scorer(directory, "summary").score({name: features[name].to_numpy() for name in features})
        )
    return {
        "same_training_data": cards[0].data == cards[1].data,
        "largest_training_difference": max(
            _difference(pd.Series(forecasts[0][name]), pd.Series(forecasts[1][name]))
            for name in ("spend", "probability")
        ),
    }


def _difference(expected: "pd.Series[float]", found: "pd.Series[float]") -> float:
    one, other = expected.to_numpy(dtype=float), found.to_numpy(dtype=float)
    if (np.isnan(one) != np.isnan(other)).any():
        return float("inf")
    return float(np.nanmax(np.abs(one - other) / np.maximum(np.abs(one), 1)))


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    moments = [datetime.fromisoformat(moment) for moment in asked["cutoffs"]]
    places = Path(asked["model_dir"]), Path(asked["folder"])
    # Without a master SPARK_REMOTE decides.
    spark = ReadingOptions(engine="spark", master=asked.get("master"), columns=asked["columns"])
    with closing(connect_spark(spark.master, spark.memory_limit)):  # one session for all policies
        found = {
            policy: compare(
                asked["orders"], moments, *places, replace(spark, returns=policy), examined=asked.get("examined", True)
            )
            for policy in asked["policies"]
        }
        for policy in asked.get("trained", []):
            found[policy] |= compare_training(asked["orders"], places[1], replace(spark, returns=policy))
    print("RESULT " + json.dumps(found))
