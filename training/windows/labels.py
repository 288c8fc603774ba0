"""Labels: what customers did in the horizon after a cutoff. The only place that looks past one."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pandas as pd

from model.artifact.card import HORIZON_DAYS
from model.features.definitions import build_snapshots, register_cutoffs
from model.orders.orders import Transactions
from training.windows.windows import Window

SQL = Path(__file__).parent / "sql"


def future_spend(
    transactions: Transactions, cutoffs: Sequence[datetime], *, horizon_days: int = HORIZON_DAYS
) -> pd.Series:
    """Spend of each buyer in ``[as_of, as_of + horizon_days)``, for each cutoff ``as_of``.

    Returns
    -------
    Series of float
        Index (``as_of``, ``customer_id``); a customer who bought nothing has no entry.
    """
    register_cutoffs(transactions.connection, cutoffs)
    query = (SQL / "labels.sql").read_text()
    labels: pd.DataFrame = transactions.connection.execute(query, {"horizon_days": horizon_days}).df()
    return labels.set_index(["as_of", "customer_id"])["future_spend"]


def label_windows(
    transactions: Transactions, windows: Sequence[Window], *, active_days: int, columns: Sequence[str] | None = None
) -> pd.DataFrame:
    """Every known customer at each cutoff: the columns of ``build_snapshots``, and ``future_spend``, 0 for no purchase.

    The index is (``as_of``, ``customer_id``).
    """
    cutoffs = [window.as_of for window in windows]
    horizon_days = (windows[0].ends_at - windows[0].as_of).days
    snapshots = build_snapshots(transactions, cutoffs, active_days=active_days, columns=columns)
    labels = future_spend(transactions, cutoffs, horizon_days=horizon_days)
    return snapshots.assign(future_spend=labels.reindex(snapshots.index, fill_value=0.0))
