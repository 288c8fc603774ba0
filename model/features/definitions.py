"""What a forecast is made from, and how order lines become it: one definition for training and serving."""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import TYPE_CHECKING

from model.engines.sql import definition
from model.errors import TransactionsError

if TYPE_CHECKING:  # serving needs the names alone, and neither pandas nor DuckDB
    import pandas as pd

    from model.engines.connection import Connection
    from model.orders.orders import Transactions

# Active is who bought within so many days before a moment; ``sql/features.sql`` asks.
ACTIVE_DAYS = 90


@dataclass(frozen=True)
class Feature:
    """One number that a forecast is made from."""

    name: str
    unit: str
    meaning: str
    window: str = "all history"


def _features() -> tuple[Feature, ...]:
    # Workers of a cluster have the package as an archive.
    table = tomllib.loads((files("model.features") / "features.toml").read_text(encoding="utf-8"))
    return tuple(Feature(**feature) for feature in table["features"])


# All that order lines tell, and the six of the public API in its order.
HISTORY_FEATURES = _features()
FEATURES = HISTORY_FEATURES[:6]
HISTORY_FEATURE_NAMES = tuple(feature.name for feature in HISTORY_FEATURES)
FEATURE_NAMES = HISTORY_FEATURE_NAMES[:6]


def build_features(
    transactions: "Transactions", as_of: datetime, *, columns: Sequence[str] = FEATURE_NAMES
) -> "pd.DataFrame":
    """One row per customer: what was known just before ``as_of``.

    The same definition serves training (a past date) and scoring (tomorrow), so nothing
    on or after ``as_of`` may reach the result.

    Parameters
    ----------
    transactions : Transactions
        Clean order lines.
    as_of : datetime
        Without time zone; the first moment that is *not* known.
    columns : sequence of str
        Of ``HISTORY_FEATURES``, see docs/features.md; the six of ``FEATURES`` where left out.

    Returns
    -------
    DataFrame of shape (n_customers, n_columns)
        Index ``customer_id``, columns in the order asked for. Money in the
        currency of the input; ``recency_days`` in whole days, never negative.
        A customer without a purchase before ``as_of`` has no row.

    Raises
    ------
    TransactionsError
        If ``as_of`` has a time zone.
    ValueError
        If a column is no feature.
    """
    if unknown := [name for name in columns if name not in HISTORY_FEATURE_NAMES]:
        raise ValueError(f"columns has {', '.join(unknown)}; there are {', '.join(HISTORY_FEATURE_NAMES)}")
    return build_snapshots(transactions, [as_of], columns=columns).droplevel("as_of")[list(columns)]


def build_snapshots(
    transactions: "Transactions",
    cutoffs: Sequence[datetime],
    *,
    active_days: int = ACTIVE_DAYS,
    columns: Sequence[str] | None = None,
) -> "pd.DataFrame":
    """The history features of every customer at several cutoffs, in one pass; all, or some ``columns`` of them.

    Returns
    -------
    DataFrame of shape (n_rows, n_features + 1)
        Index (``as_of``, ``customer_id``), sorted; the columns of ``HISTORY_FEATURES``, of
        which the first six are ``FEATURES``, and ``is_active``: a purchase in
        ``[as_of - active_days, as_of)``.
    """
    connection = transactions.connection
    register_cutoffs(connection, cutoffs)
    names = HISTORY_FEATURE_NAMES if columns is None else tuple(columns)
    query = f"{known_customers(('as_of', 'customer_id'), names, ('is_active',))} ORDER BY as_of, customer_id"
    frame: pd.DataFrame = connection.execute(query, {"active_days": active_days}).df()
    return frame.set_index(["as_of", "customer_id"])


def known_customers(first: Sequence[str], features: Iterable[str], last: Sequence[str] = ()) -> str:
    """The query of these columns of every customer at every cutoff; ``$active_days`` is bound when it runs."""
    numbers = (f"CAST({name} AS DOUBLE) AS {name}" for name in features)
    return f"SELECT {', '.join((*first, *numbers, *last))} FROM ({definition('features')}) AS known_customers"


def register_cutoffs(connection: "Connection", cutoffs: Sequence[datetime]) -> None:
    """Make the relation ``cutoffs`` that features and labels are computed for; raises TransactionsError."""
    for cutoff in cutoffs:
        if cutoff.tzinfo is not None:  # in UTC it would be another moment of the shop's days
            raise TransactionsError(f"as_of is {cutoff}, but order lines have no time zone; give it without one")
    moments = ", ".join(f"(CAST('{cutoff}' AS TIMESTAMP))" for cutoff in cutoffs)
    connection.execute(f"CREATE OR REPLACE TEMP VIEW cutoffs AS SELECT as_of FROM (VALUES {moments}) AS moments(as_of)")
