"""Every customer known at a moment, in tables of the same order: ``features``, ``scores`` and ``segments``."""

from collections.abc import Collection
from datetime import datetime

import duckdb
import numpy as np
from tqdm import tqdm

from model.artifact.history_artifact import WRITTEN
from model.engines.connection import Connection
from model.features.definitions import ACTIVE_DAYS, known_customers, register_cutoffs
from model.orders.cleaning import nobody_bought
from model.orders.orders import Transactions
from model.prediction.scorers import Columns, Scorer, shown
from model.segments import SEGMENT_FEATURES, SegmentThresholds, segment_codes

# Enough to keep numpy busy, few enough for a small host.
ROWS_AT_ONCE = 50_000
SCORED = "features JOIN scores ON features.rowid = scores.row"
SEGMENTED = f"{SCORED} JOIN segments ON segments.row = scores.row"


def collect_features(
    transactions: Transactions, names: Collection[str], as_of: datetime, *, active_days: int = ACTIVE_DAYS
) -> int:
    """Fill the table ``features`` with these columns of every customer known before ``as_of``, and count them.

    Who bought in the last ``active_days`` days is active. Raises TransactionsError if nobody bought before.
    """
    connection = transactions.connection
    register_cutoffs(connection, [as_of])
    query = known_customers(("customer_id", "is_active"), names)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE features AS {query}", {"active_days": active_days})
    customers = int(connection.execute("SELECT count(*) FROM features").fetchall()[0][0])
    if customers == 0:
        raise nobody_bought(as_of, transactions.report)
    return customers


def add_segments(connection: Connection) -> SegmentThresholds:
    """Fill the table ``segments``, in the order of ``features``, by thresholds of all the customers of ``scores``."""
    told = connection.execute(
        f"SELECT {', '.join((WRITTEN['spend'], *SEGMENT_FEATURES))} FROM {SCORED} ORDER BY scores.row"
    ).fetchnumpy()
    numbers = {name: np.ma.filled(values, np.nan) for name, values in told.items()}
    spend = numbers[WRITTEN["spend"]]
    thresholds = SegmentThresholds.of(spend, numbers["avg_spend"], numbers["median_gap_days"])
    codes = segment_codes(numbers, spend, thresholds)
    _fill(connection, "CREATE OR REPLACE TEMP TABLE segments AS", {"row": np.arange(len(codes)), "segment": codes})
    return thresholds


def add_scores(connection: Connection, scorer: Scorer, customers: int, *, is_quiet: bool = False) -> list[str]:
    """Fill the table ``scores``, batch by batch, in the order of ``features``; gives the names of its columns."""
    names: list[str] = []
    wanted, size = ", ".join(scorer.features), ROWS_AT_ONCE
    starts = range(0, customers, size)
    for start in tqdm(starts, desc="scoring", unit="batch", disable=True if is_quiet else None, leave=False):
        batch = connection.execute(
            f"SELECT {wanted} FROM features WHERE rowid >= {start} AND rowid < {start + size} ORDER BY rowid"
        ).fetchnumpy()
        numbers = {name: np.ma.filled(batch[name].astype(np.float64), np.nan) for name in scorer.features}
        scores = shown(scorer.score(numbers))
        places = np.arange(start, start + len(scores[WRITTEN["spend"]]))
        verb = "INSERT INTO scores" if names else "CREATE OR REPLACE TEMP TABLE scores AS"
        _fill(connection, verb, {"row": places, **scores})
        names = list(scores)
    return names


def _fill(connection: Connection, verb: str, columns: Columns) -> None:
    """Bring arrays into a table; on Spark ``spark_score`` does without."""
    if not isinstance(connection, duckdb.DuckDBPyConnection):
        raise TypeError("only DuckDB takes arrays")
    connection.register("filled", columns)
    connection.execute(f"{verb} SELECT * FROM filled")
    connection.unregister("filled")
