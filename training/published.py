"""``python -m training.published ORDERS``: a recipe that is often published for this problem, step by step.

It proves that we read the data alike, and is no measure of a model: see ``CAVEAT``.
"""

import argparse
import sys
from pathlib import Path

import pandas as pd
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Lasso
from sklearn.metrics import r2_score, root_mean_squared_error
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from model.commands import exit_code_of
from model.errors import TransactionsError
from model.orders.options import ReadingOptions, add_reading_options
from model.orders.orders import open_orders

CUTOFF_QUANTILE = 0.8
ACTIVE_DAYS = 90
FEATURES = ["recency", "frequency", "total_spent", "avg_spent"]
CAVEAT = """\
These figures are no measure of a 30-day model: the target runs from {cutoff:%Y-%m-%d} to the end of the data,
{days} days, and is called 30; "active" looks past the cutoff; doubled lines count twice; the split is by customer,
not by time; and one split of {customers:,} customers decides the RMSE, because a few wholesalers do.
Run python -m training for a comparison that holds."""


def published_customers(lines: pd.DataFrame) -> tuple[pd.DataFrame, pd.Timestamp]:
    """One row per customer by the published definitions, in ascending order of customer, and the cutoff.

    ``lines`` are purchase lines, doubled ones included, with ``customer_id`` (number), ``invoice``, ``ordered_at`` and
    ``line_total``; the rows have ``FEATURES`` and ``target``. The cutoff is the 0.8 quantile of the dates of lines.
    """
    cutoff = pd.Timestamp(str(lines["ordered_at"].quantile(CUTOFF_QUANTILE)))
    active = lines.loc[lines["ordered_at"] >= cutoff - pd.Timedelta(days=ACTIVE_DAYS), "customer_id"].unique()
    lines = lines[lines["customer_id"].isin(active)]
    is_past = lines["ordered_at"] < cutoff
    by_customer = lines[is_past].groupby("customer_id")
    customers = pd.DataFrame(
        {
            "recency": (cutoff - by_customer["ordered_at"].max()).dt.days,
            "frequency": by_customer["invoice"].nunique(),
            "total_spent": by_customer["line_total"].sum(),
            "avg_spent": by_customer["line_total"].mean(),
        }
    )
    target = lines[~is_past].groupby("customer_id")["line_total"].sum()
    return customers.assign(target=target.reindex(customers.index, fill_value=0.0)), cutoff


def published_scores(customers: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """RMSE and R2 of each published model on the 20 % of customers that the recipe sets aside."""
    regressors = {
        "mean": DummyRegressor(),
        "lasso": make_pipeline(StandardScaler(), Lasso(alpha=0.1)),
        "random_forest": RandomForestRegressor(random_state=42, n_jobs=-1),
    }
    try:
        from xgboost import XGBRegressor  # noqa: PLC0415 - for comparison only

        regressors["xgboost"] = XGBRegressor(random_state=42)
    except ImportError:
        print("xgboost is left out: the package is not installed", file=sys.stderr)
    parts = train_test_split(customers[FEATURES], customers["target"], test_size=0.2, random_state=42)
    train_features, test_features, train_target, test_target = parts
    scores = {}
    for name, regressor in regressors.items():
        predicted = regressor.fit(train_features, train_target).predict(test_features)
        scores[name] = (float(root_mean_squared_error(test_target, predicted)), float(r2_score(test_target, predicted)))
    return scores


def read_published_lines(orders: str | Path, reading: ReadingOptions) -> pd.DataFrame:
    """Purchase lines as the recipe cleans them: numeric, positive, doubled lines kept.

    Raises TransactionsError if no customer has a number, which the recipe takes for granted.
    """
    opened = open_orders(orders, reading)
    lines: pd.DataFrame = opened.connection.execute(
        "SELECT TRY_CAST(customer_id AS BIGINT) AS customer_id, invoice, ordered_at, "
        "quantity * unit_price AS line_total FROM order_lines "
        "WHERE TRY_CAST(customer_id AS BIGINT) IS NOT NULL AND quantity > 0 AND unit_price > 0"
    ).df()
    if lines.empty:
        column = opened.columns["customer_id"]
        raise TransactionsError(f"column {column!r} holds no number, and the recipe takes customers by numbers alone")
    return lines


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m training.published", description=__doc__)
    parser.add_argument("orders", metavar="ORDERS")
    add_reading_options(parser)
    chosen = parser.parse_args(arguments)
    return exit_code_of(lambda: _run(chosen), when_interrupted="interrupted")


def _run(chosen: argparse.Namespace) -> None:
    lines = read_published_lines(chosen.orders, ReadingOptions.of(chosen))
    customers, cutoff = published_customers(lines)
    print(f"{'model':<14} {'RMSE':>9} {'R2':>7}")
    for name, (rmse, r2) in published_scores(customers).items():
        print(f"{name:<14} {rmse:>9.2f} {r2:>7.3f}")
    days = (lines["ordered_at"].max() - cutoff).days
    print(CAVEAT.format(cutoff=cutoff, days=days, customers=len(customers)))


if __name__ == "__main__":
    sys.exit(main())
