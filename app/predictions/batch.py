"""Up to ten thousand customers: their body, and the answers column by column."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter

from app.bodies import parse_body
from app.errors import ContractBroken
from app.insights import InsightMode, InsightService
from app.predictions.answers import reasons_fields, spend_fields
from app.predictions.schemas import CustomerColumns, CustomerList
from app.responses import Columns
from app.validation_errors import FieldError
from model import Predictor
from model.estimators.intervals import SpendIfPurchase
from model.features.definitions import FEATURE_NAMES
from model.prediction.predictor import Predictions

ROWS_AT_ONCE = 500
ROWS: TypeAdapter[CustomerList] = TypeAdapter(CustomerList)
COLUMNS: TypeAdapter[CustomerColumns] = TypeAdapter(CustomerColumns)


@dataclass(frozen=True)
class Customers:
    """Ids, and features of shape (n_customers, 6) in the order of ``FEATURES``; and whether they came as columns."""

    ids: list[str]
    features: npt.NDArray[np.float64]
    came_as_columns: bool

    def slices(self) -> Iterator["Customers"]:
        """All of them, some at a time."""
        for start in range(0, len(self.ids), ROWS_AT_ONCE):
            rows = slice(start, start + ROWS_AT_ONCE)
            yield Customers(self.ids[rows], self.features[rows], self.came_as_columns)


def read_customers(body: bytes) -> Customers:
    """The 1 to 10,000 customers of a list, or of an object of their columns; raises ContractBroken, with every row."""
    if body.lstrip()[:1] != b"{":
        customers = parse_body(ROWS, body, row_at=0)
        features = np.array([customer.features_in_order() for customer in customers], dtype=np.float64)
        return Customers([customer.customer_id for customer in customers], features, came_as_columns=False)
    columns = parse_body(COLUMNS, body, row_at=1)
    ids, *numbers = dict(columns).values()
    rule = f"there are {len(ids)} ids, and all columns are as long"
    errors = [
        FieldError.of(("body", name), rule, column)
        for name, column in zip(FEATURE_NAMES, numbers, strict=True)
        if len(column) != len(ids)
    ]
    if errors:
        raise ContractBroken(errors)
    return Customers(ids, np.array(numbers, dtype=np.float64).T, came_as_columns=True)


def answer_columns(
    predictor: Predictor, insights: InsightService, customers: Customers, fields: Sequence[str], mode: InsightMode
) -> Columns:
    """The wanted fields of the answers to some customers, each as a list, in the order wanted; no other is made."""
    predictions, count = predictor.predict_many(customers.features), len(customers.ids)
    words = cache(lambda: insights.write_many(predictions, mode=mode))
    made: dict[str, Callable[[], Sequence[Any]]] = {
        "customer_id": lambda: customers.ids,
        "predicted_future_spend_30d": predictions.future_spend_30d.tolist,
        "purchase_probability_30d": predictions.purchase_probability_30d.tolist,
        "customer_segment": lambda: predictions.segments,
        "insight": lambda: words().insights,
        "recommended_action": lambda: words().recommended_actions,
        "insight_source": lambda: ["rules"] * count,
        "model_version": lambda: [predictor.card.model_version] * count,
        "warnings": lambda: predictions.warnings,
        "segment_reason": lambda: predictions.segment_reasons,
        "action_id": lambda: words().action_ids,
        "features": lambda: [dict(zip(FEATURE_NAMES, row, strict=True)) for row in predictions.features.tolist()],
        "spend_if_purchase": lambda: _spends(predictions),
        "reasons": lambda: list(map(reasons_fields, predictions.reasons)),
    }
    return {field: list(made[field]()) for field in fields}


def _spends(predictions: Predictions) -> list[dict[str, float] | None]:
    if (told := predictions.spend_if_purchase) is None:
        return [None] * len(predictions)
    return [spend_fields(SpendIfPurchase(*each)) for each in np.column_stack(told).tolist()]


def joined(slices: Iterable[Columns], fields: Sequence[str]) -> Columns:
    """The columns of all slices, one after another."""
    columns: Columns = {field: [] for field in fields}
    for part in slices:
        for field, values in part.items():
            columns[field] += values
    return columns
