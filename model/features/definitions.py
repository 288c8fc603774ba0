"""What a forecast is made from, and how order lines become it: one definition for training and serving."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from model.engines.sql import definition_text
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


# The six of the public API, in its order.
FEATURES = (
    Feature("total_spend", "currency", "spend before as_of"),
    Feature("avg_spend", "currency", "average order value: total_spend / num_transactions"),
    Feature("num_transactions", "count", "distinct invoices before as_of"),
    Feature("total_units", "count", "sum of quantity before as_of"),
    Feature("unique_products", "count", "distinct products bought before as_of"),
    Feature("recency_days", "days", "whole days from the last purchase to as_of"),
)
FEATURE_NAMES = tuple(feature.name for feature in FEATURES)


def _fading_and_windows() -> tuple[Feature, ...]:
    """Orders and spend, fading with age and counted in windows that end at ``as_of``."""
    features = []
    for what, unit in (("orders", "count"), ("spend", "currency")):
        features += [
            Feature(f"{what}_halflife_{days}d", unit, f"{what}, each order halved every {days} days of age", "fading")
            for days in (10, 30, 60, 120, 240)
        ]
        features += [
            Feature(f"{what}_{days}d", unit, f"{what} in the last {days} days", f"{days} days")
            for days in (30, 60, 90, 180, 365)
        ]
        features += [
            Feature(f"{what}_30d_to_60d", unit, f"{what} in the 30 days before the last 30", "60 to 30 days ago"),
            Feature(f"{what}_60d_to_90d", unit, f"{what} in the 30 days before those", "90 to 60 days ago"),
        ]
    return tuple(features)


# What order lines tell beyond the six; unknown values (a gap after a single purchase) are NaN.
HISTORY_FEATURES = (
    *FEATURES,
    Feature("tenure_days", "days", "from the first purchase to as_of"),
    Feature("purchase_days", "count", "distinct days with a purchase"),
    Feature("purchase_months", "count", "distinct calendar months with a purchase"),
    Feature("last_age_days", "days", "from the last purchase to as_of, with fractions"),
    Feature("first_to_last_days", "days", "from the first to the last purchase"),
    Feature("mean_gap_days", "days", "mean time between successive purchase days"),
    Feature("median_gap_days", "days", "median time between successive purchase days"),
    Feature("sd_gap_days", "days", "standard deviation of the time between successive purchase days"),
    Feature("longest_gap_days", "days", "longest time between successive purchase days"),
    Feature("last_gap_days", "days", "newest time between successive purchase days"),
    Feature("recency_per_mean_gap", "ratio", "time since the last purchase over the mean gap: above 1 is overdue"),
    Feature("recency_per_median_gap", "ratio", "time since the last purchase over the median gap"),
    Feature("recency_per_longest_gap", "ratio", "time since the last purchase over the longest gap"),
    Feature("purchase_days_per_30d", "count per 30 days", "purchase days over tenure, damped by 30 days"),
    Feature("purchase_days_halflife_90d", "count", "purchase days, each halved every 90 days of age", "fading"),
    *_fading_and_windows(),
    Feature("spend_per_30d", "currency per 30 days", "spend over tenure, damped by 30 days"),
    Feature("spend_trend_90d_of_180d", "ratio", "share of the last 180 days' spend in the last 90", "180 days"),
    Feature("last_order_spend", "currency", "value of the newest order"),
    Feature("largest_order_spend", "currency", "value of the largest order"),
    Feature("mean_ln_order_spend", "log currency", "mean of ln(1 + order value)"),
    Feature("mean_ln_order_spend_halflife_90d", "log currency", "the same, orders halved every 90 days", "fading"),
    Feature("sd_ln_order_spend", "log currency", "standard deviation of ln(1 + order value)"),
    Feature("avg_spend_halflife_120d", "currency", "order value, orders halved every 120 days of age", "fading"),
    Feature("orders_horizon_last_year", "count", "orders in the days of the horizon, last year", "365 to 335 days ago"),
    Feature(
        "spend_horizon_last_year", "currency", "spend in the days of the horizon, last year", "365 to 335 days ago"
    ),
    Feature("spend_90d_around_horizon_last_year", "currency", "spend around those days", "395 to 305 days ago"),
    Feature("spend_90d_before_horizon_last_year", "currency", "spend before those days", "455 to 365 days ago"),
    Feature("lines_per_order", "count", "order lines per order"),
    Feature("lines_halflife_90d", "count", "order lines, each halved every 90 days of age", "fading"),
    Feature("spend_per_unit", "currency", "total_spend / total_units"),
    Feature("new_products_90d", "count", "products bought for the first time", "90 days"),
    Feature("product_novelty", "ratio", "unique_products over order lines"),
)
HISTORY_FEATURE_NAMES = tuple(feature.name for feature in HISTORY_FEATURES)


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
    return f"SELECT {', '.join((*first, *numbers, *last))} FROM ({definition_text('features')}) AS known_customers"


def register_cutoffs(connection: "Connection", cutoffs: Sequence[datetime]) -> None:
    """Make the relation ``cutoffs`` that features and labels are computed for; raises TransactionsError."""
    for cutoff in cutoffs:
        if cutoff.tzinfo is not None:  # in UTC it would be another moment of the shop's days
            raise TransactionsError(f"as_of is {cutoff}, but order lines have no time zone; give it without one")
    moments = ", ".join(f"(CAST('{cutoff}' AS TIMESTAMP))" for cutoff in cutoffs)
    connection.execute(f"CREATE OR REPLACE TEMP VIEW cutoffs AS SELECT as_of FROM (VALUES {moments}) AS moments(as_of)")
