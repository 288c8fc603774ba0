"""The six features of the public API, and how order lines become them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # serving needs the names alone, and neither pandas nor DuckDB
    import pandas as pd
    from duckdb import DuckDBPyConnection

    from model.transactions import Transactions

SQL = Path(__file__).parent / "sql"
ACTIVE_DAYS = 90


@dataclass(frozen=True)
class Feature:
    """One number that a forecast is made from."""

    name: str
    unit: str
    meaning: str


FEATURES = (
    Feature("total_spend", "currency", "spend before as_of"),
    Feature("avg_spend", "currency", "average order value: total_spend / num_transactions"),
    Feature("num_transactions", "count", "distinct invoices before as_of"),
    Feature("total_units", "count", "sum of quantity before as_of"),
    Feature("unique_products", "count", "distinct products bought before as_of"),
    Feature("recency_days", "days", "whole days from the last purchase to as_of"),
)
FEATURE_NAMES = tuple(feature.name for feature in FEATURES)


def build_features(transactions: "Transactions", as_of: datetime) -> "pd.DataFrame":
    """One row per customer: what was known just before ``as_of``.

    The same definition serves training (a past date) and scoring (tomorrow), so nothing
    on or after ``as_of`` may reach the result.

    Parameters
    ----------
    transactions : Transactions
        Clean order lines.
    as_of : datetime
        Without time zone; the first moment that is *not* known.

    Returns
    -------
    DataFrame of shape (n_customers, 6)
        Index ``customer_id``, columns in the order of ``FEATURES``. Money in the
        currency of the input; ``recency_days`` in whole days, never negative.
        A customer without a purchase before ``as_of`` has no row.
    """
    snapshots = build_snapshots(transactions, [as_of])
    return snapshots.droplevel("as_of")[list(FEATURE_NAMES)]


def build_snapshots(
    transactions: "Transactions", cutoffs: Sequence[datetime], *, active_days: int = ACTIVE_DAYS
) -> "pd.DataFrame":
    """The features of every customer at several cutoffs, in one pass.

    Returns
    -------
    DataFrame of shape (n_rows, 8)
        Index (``as_of``, ``customer_id``), sorted; the columns of ``FEATURES``, ``spend_last_30d``
        and ``is_active``: a purchase in ``[as_of - active_days, as_of)``.
    """
    connection = transactions.connection
    register_cutoffs(connection, cutoffs)
    query = (SQL / "features.sql").read_text()
    frame = connection.execute(query, {"active_days": active_days}).df().set_index(["as_of", "customer_id"])
    return frame.astype(dict.fromkeys(FEATURE_NAMES, float))


def register_cutoffs(connection: "DuckDBPyConnection", cutoffs: Sequence[datetime]) -> None:
    """Make the table ``cutoffs`` that features and labels are computed for."""
    connection.execute("CREATE OR REPLACE TEMP TABLE cutoffs (as_of TIMESTAMP)")
    connection.executemany("INSERT INTO cutoffs VALUES (?)", [[cutoff] for cutoff in cutoffs])
