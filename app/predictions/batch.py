"""Up to ten thousand customers: their body, and the answers column by column."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from app.errors import ContractBroken
from app.insights import InsightMode, InsightService, Words
from app.predictions.answers import reasons_fields, spend_fields
from app.predictions.schemas import CustomerColumns, CustomerList
from app.validation_errors import MOST_ERRORS, FieldError, field_errors
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
    """The customers of a body, all of them right.

    Raises
    ------
    ContractBroken
        If it is neither a list of 1 to 10,000 customers nor an object of their columns, or any customer breaks a rule;
        names every such row by its index.
    """
    if not body:
        raise ContractBroken([FieldError.missing(("body",))])
    has_columns = body.lstrip()[:1] == b"{"
    try:
        return _of_columns(COLUMNS.validate_json(body)) if has_columns else _of_rows(ROWS.validate_json(body))
    except ValidationError as error:
        raise _broken(error, row_at=1 if has_columns else 0) from None


def _of_rows(rows: CustomerList) -> Customers:
    features = np.array([row.features_in_order() for row in rows], dtype=np.float64)
    return Customers([row.customer_id for row in rows], features, came_as_columns=False)


def _of_columns(columns: CustomerColumns) -> Customers:
    ids: list[str]
    numbers: list[list[float]]
    ids, *numbers = (getattr(columns, name) for name in ("customer_id", *FEATURE_NAMES))
    count = len(ids)
    rule = f"there are {count} ids, and all columns are as long"
    errors = [
        FieldError.of(("body", name), rule, column)
        for name, column in zip(FEATURE_NAMES, numbers, strict=True)
        if len(column) != count
    ]
    if errors:
        raise ContractBroken(errors)
    return Customers(ids, np.array(numbers, dtype=np.float64).T, came_as_columns=True)


def _broken(error: ValidationError, *, row_at: int) -> ContractBroken:
    """What is wrong; where rows are, ``row_at`` tells the index of a row in a place."""
    details = error.errors(include_url=False)
    rows = sorted({int(each["loc"][row_at]) for each in details if len(each["loc"]) > row_at})
    shown = field_errors(details[:MOST_ERRORS], within=("body",))
    return ContractBroken(shown, {"bad_rows": rows} if rows else None)


class BatchAnswers:
    """The answers to some customers, every field as one list; only those that are asked for are made."""

    def __init__(self, predictor: Predictor, insights: InsightService, customers: Customers, mode: InsightMode) -> None:
        self._predictor, self._insights, self._customers, self._mode = predictor, insights, customers, mode
        self.predictions: Predictions = predictor.predict_many(customers.features)

    @cached_property
    def words(self) -> Words:
        """Insights and actions, by rules."""
        return self._insights.write_many(self.predictions, mode=self._mode)

    def columns(self, fields: Sequence[str]) -> dict[str, list[Any]]:  # Any: JSON
        """The wanted fields, in the order wanted."""
        return {field: list(FIELDS[field](self)) for field in fields}

    def repeated(self, value: object) -> list[object]:
        """The same for everybody."""
        return [value] * len(self._customers.ids)

    @property
    def ids(self) -> list[str]:
        """As they came."""
        return self._customers.ids

    @property
    def spends(self) -> list[dict[str, float] | None]:
        """What a purchase would come to."""
        told = self.predictions.spend_if_purchase
        if told is None:
            return [None] * len(self.ids)
        return [
            spend_fields(SpendIfPurchase(*each)) for each in zip(*(column.tolist() for column in told), strict=True)
        ]

    @property
    def model_version(self) -> str:
        """See the card."""
        return self._predictor.card.model_version


FIELDS: Mapping[str, Callable[[BatchAnswers], Sequence[Any]]] = {  # Any: JSON
    "customer_id": lambda answers: answers.ids,
    "predicted_future_spend_30d": lambda answers: answers.predictions.future_spend_30d.tolist(),
    "purchase_probability_30d": lambda answers: answers.predictions.purchase_probability_30d.tolist(),
    "customer_segment": lambda answers: answers.predictions.segments,
    "insight": lambda answers: answers.words.insights,
    "recommended_action": lambda answers: answers.words.recommended_actions,
    "insight_source": lambda answers: answers.repeated("rules"),
    "model_version": lambda answers: answers.repeated(answers.model_version),
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
