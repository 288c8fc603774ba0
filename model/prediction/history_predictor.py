"""The order lines of one customer, cleaned, turned into features and forecast as whole shops are in training."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from model.arrays import FloatArray
from model.artifact.history_artifact import HistoryArtifact
from model.errors import NoPurchase, TransactionsError
from model.features.definitions import FEATURE_NAMES
from model.orders.cleaning import CleaningReport, untrained_columns
from model.orders.options import ReadingOptions
from model.orders.orders import Transactions, clean_transactions, open_orders
from model.prediction import warnings
from model.prediction.customer_tables import collect_features
from model.prediction.predictor import Prediction, bound_warnings

Evidence = Literal["one_order", "some", "rich"]

# Any text does: the customer's own id could be one that cleaning takes for a missing one, such as "none".
CUSTOMER = "customer"
RICH_ORDERS = 5


class OrderLine(NamedTuple):
    """One row of an order; ``unit_price`` is None where nothing was bought that a price could be of."""

    invoice: str | None
    product: str | None
    quantity: float
    unit_price: float | None
    ordered_at: datetime


@dataclass(frozen=True)
class HistoryPrediction:
    """What the history model knows about one customer; ``prediction`` has the words and bounds of any other."""

    prediction: Prediction
    evidence: Evidence
    as_of: datetime
    model_name: str


def predict_from_lines(
    artifact: HistoryArtifact, lines: Sequence[OrderLine], as_of: datetime | None = None
) -> HistoryPrediction:
    """Answer for one customer with at least one line, in any order; raises NoPurchase if none before is a purchase.

    Nothing from ``as_of`` on, which is without time zone, reaches a feature; it is the midnight after the last line
    where left out.
    """
    as_of = as_of or midnight_after(lines)
    artifact, known = artifact.at(as_of), [line for line in lines if line.ordered_at < as_of]
    snapshot, report = snapshot_of(known, as_of, artifact)
    answers = artifact.answer(snapshot)
    features = tuple(float(snapshot[name][0]) for name in FEATURE_NAMES)
    later = len(lines) - len(known)
    remarks = (
        *([warnings.later_lines(later, as_of)] if later else []),
        *(warnings.dropped_lines(dropped.lines, dropped.reason) for dropped in report.dropped),
        *_column_warnings(known, artifact),
        *warnings.of_shop(artifact, as_of),
        *bound_warnings(answers, 0),
    )
    reasons = artifact.reasons(snapshot, answers.spend.item())
    return HistoryPrediction(
        prediction=Prediction.of(artifact, features, answers.spend, answers.probability, remarks, reasons),
        evidence=evidence_of(int(features[FEATURE_NAMES.index("num_transactions")])),
        as_of=as_of,
        model_name=artifact.name,
    )


def snapshot_of(
    lines: Sequence[OrderLine], as_of: datetime, artifact: HistoryArtifact
) -> tuple[dict[str, FloatArray], CleaningReport]:
    """The history features of one customer, as ``build_snapshots`` makes them of a whole shop.

    Gives columns of ``model.features`` by name, of shape (1,), and what cleaning left out; raises NoPurchase if none of
    the lines is a purchase.
    """
    try:
        with _transactions(lines, artifact) as transactions:
            collect_features(transactions, artifact.needs, as_of, active_days=artifact.active_days)
            wanted = ", ".join(artifact.needs)
            snapshot = transactions.connection.execute(f"SELECT {wanted} FROM features").fetchnumpy()
            report = transactions.report
    except TransactionsError as error:
        raise NoPurchase(as_of) from error
    # Spend that rounds to nothing is no purchase either.
    if not snapshot["num_transactions"][0] > 0 or not snapshot["total_spend"][0] > 0:
        raise NoPurchase(as_of)
    return snapshot, report


def midnight_after(lines: Sequence[OrderLine]) -> datetime:
    """The midnight after the last line: the first moment of which nothing is known."""
    return datetime.combine(max(line.ordered_at for line in lines).date(), time.min) + timedelta(days=1)


def evidence_of(orders: int) -> Evidence:
    """How much a history of so many orders can tell."""
    if orders <= 1:
        return "one_order"
    return "rich" if orders >= RICH_ORDERS else "some"


def _transactions(lines: Sequence[OrderLine], artifact: HistoryArtifact) -> Transactions:
    """Clean the lines with the columns, and the meaning of returns, that the model was trained with."""
    if not lines:
        raise TransactionsError("there is no line")
    invoices, products, quantities, prices, moments = zip(*lines, strict=True)
    columns: dict[str, Any] = {  # Any: texts, numbers and moments
        "customer_id": [CUSTOMER] * len(lines),
        "quantity": np.array(quantities, dtype=np.float64),
        "unit_price": pd.array(prices, dtype="Float64"),
        "ordered_at": np.array(moments, dtype="datetime64[us]"),
    }
    columns |= {
        role: pd.array(values, dtype="string")
        for role, values in (("invoice", invoices), ("product", products))
        if any(value is not None for value in values)
    }
    reading = ReadingOptions(
        columns={role: role for role in columns}, threads=1, shows_progress=False, is_checked=False
    ).as_in(artifact.data)
    return clean_transactions(open_orders(pd.DataFrame(columns), reading))


def _column_warnings(known: Sequence[OrderLine], artifact: HistoryArtifact) -> list[str]:
    """Where the lines tell less, or more, than those of the training did."""
    given = {
        "invoice": any(line.invoice is not None for line in known),
        "product": any(line.product is not None for line in known),
    }
    return [
        warnings.ignored_column(role) if is_given else warnings.ABSENT_COLUMNS[role]
        for role, is_given in given.items()
        if is_given == (role in untrained_columns(artifact.data))
    ]
