"""Up to ten thousand customers: their body, and the answers column by column."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter
from pydantic_core import to_json

from app.bodies import parse_body
from app.errors import ContractBroken
from app.insights import InsightMode, InsightService, Words
from app.predictions.answers import reasons_fields, spend_fields
from app.predictions.schemas import CustomerColumns, CustomerList
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


class BatchAnswers:
    """The answers to some customers, every field as one list; only those that are asked for are made."""

    def __init__(self, predictor: Predictor, insights: InsightService, customers: Customers, mode: InsightMode) -> None:
        self.ids, self.model_version = customers.ids, predictor.card.model_version
        self.predictions: Predictions = predictor.predict_many(customers.features)
        self._insights, self._mode = insights, mode

    @cached_property
    def words(self) -> Words:
        """Insights and actions, by rules."""
        return self._insights.write_many(self.predictions, mode=self._mode)

    @property
    def spends(self) -> list[dict[str, float] | None]:
        """What a purchase would come to."""
        if (told := self.predictions.spend_if_purchase) is None:
            return [None] * len(self.ids)
        return [spend_fields(SpendIfPurchase(*each)) for each in np.column_stack(told).tolist()]

    def columns(self, fields: Sequence[str]) -> dict[str, list[Any]]:  # Any: JSON
        """The wanted fields, in the order wanted."""
        return {field: list(FIELDS[field](self)) for field in fields}


FIELDS: Mapping[str, Callable[[BatchAnswers], Sequence[Any]]] = {  # Any: JSON
    "customer_id": lambda answers: answers.ids,
    "predicted_future_spend_30d": lambda answers: answers.predictions.future_spend_30d.tolist(),
    "purchase_probability_30d": lambda answers: answers.predictions.purchase_probability_30d.tolist(),
    "customer_segment": lambda answers: answers.predictions.segments,
    "insight": lambda answers: answers.words.insights,
    "recommended_action": lambda answers: answers.words.recommended_actions,
    "insight_source": lambda answers: ["rules"] * len(answers.ids),
    "model_version": lambda answers: [answers.model_version] * len(answers.ids),
    "warnings": lambda answers: answers.predictions.warnings,
    "segment_reason": lambda answers: answers.predictions.segment_reasons,
    "action_id": lambda answers: answers.words.action_ids,
    "features": lambda answers: [
        dict(zip(FEATURE_NAMES, row, strict=True)) for row in answers.predictions.features.tolist()
    ],
    "spend_if_purchase": lambda answers: answers.spends,
    "reasons": lambda answers: list(map(reasons_fields, answers.predictions.reasons)),
}


def rows(answers: BatchAnswers, fields: Sequence[str]) -> list[dict[str, Any]]:  # Any: JSON
    """The answers as objects with these fields."""
    return [dict(zip(fields, row, strict=True)) for row in zip(*answers.columns(fields).values(), strict=True)]


def written_columns(slices: Iterator[BatchAnswers], fields: Sequence[str]) -> bytes:
    """The body of an answer in columns, which JSON has one after another."""
    columns: dict[str, list[Any]] = {field: [] for field in fields}  # Any: JSON
    for answers in slices:
        for field, values in answers.columns(fields).items():
            columns[field] += values
    return to_json(columns)
