"""The answers to many customers, one row each, with the fields of a single answer."""

from collections.abc import Callable, Mapping
from dataclasses import make_dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import orjson

from app.customers import reasons_fields
from app.insights import InsightMode, Words
from app.many_customers import Customers
from app.plain_ids import PlainIds
from app.service import Service
from model.features import FEATURE_NAMES
from model.many import Predictions, predict_many

# Any: JSON. Numbers stay in an array for as long as they can.
Column = list[Any] | np.ndarray[Any, Any]


class _Columns:
    """Every field as one list; only those that are asked for are made."""

    def __init__(self, service: Service, customers: Customers, mode: InsightMode) -> None:
        self._service, self.customers, self._mode = service, customers, mode
        self.predictions: Predictions = predict_many(service.predictor, customers.features)

    @cached_property
    def words(self) -> Words:
        return self._service.insights.write_many(self.predictions, mode=self._mode)

    def repeated(self, value: object) -> list[object]:
        return [value] * len(self.customers)

    @property
    def model_version(self) -> str:
        return self._service.predictor.card.model_version


@lru_cache(maxsize=64)
def row_type(fields: tuple[str, ...]) -> type:
    """A class of objects with these fields: made, and written as JSON, in half the time of dictionaries."""
    return make_dataclass("Row", fields)


COLUMNS: Mapping[str, Callable[[_Columns], Column]] = {
    "customer_id": lambda columns: columns.customers.ids,
    "predicted_future_spend_30d": lambda columns: columns.predictions.future_spend_30d,
    "purchase_probability_30d": lambda columns: columns.predictions.purchase_probability_30d,
    "customer_segment": lambda columns: columns.predictions.segments,
    "insight": lambda columns: columns.words.insights,
    "recommended_action": lambda columns: columns.words.recommended_actions,
    "insight_source": lambda columns: columns.repeated("rules"),
    "model_version": lambda columns: columns.repeated(columns.model_version),
    "warnings": lambda columns: columns.predictions.warnings,
    "segment_reason": lambda columns: columns.predictions.segment_reasons,
    "action_id": lambda columns: columns.words.action_ids,
    "features": lambda columns: list(map(row_type(FEATURE_NAMES), *columns.predictions.features.T.tolist())),
    "prediction_interval_80": lambda columns: [
        interval and row_type(("low", "high"))(*interval) for interval in columns.predictions.intervals_80
    ],
    "reasons": lambda columns: list(map(reasons_fields, columns.predictions.reasons)),
}
ANSWER_FIELDS = tuple(COLUMNS)
# Reasons double the size of an answer, and nobody reads those of ten thousand customers.
USUAL_FIELDS = tuple(name for name in ANSWER_FIELDS if name != "reasons")


def answer_columns(service: Service, customers: Customers, mode: InsightMode, fields: tuple[str, ...]) -> list[bytes]:
    """The wanted fields, each of all customers as a list in JSON, in the order of both."""
    columns = _Columns(service, customers, mode)
    return [_in_json(field, columns) for field in fields]


def answer_rows(service: Service, customers: Customers, mode: InsightMode, fields: tuple[str, ...]) -> list[object]:
    """The wanted fields of each customer, in the order of both, as attributes."""
    columns = _Columns(service, customers, mode)
    return list(map(row_type(fields), *(_listed(COLUMNS[field](columns)) for field in fields)))


def _in_json(field: str, columns: _Columns) -> bytes:
    given = columns.customers.given_ids
    if field == "customer_id" and isinstance(given, PlainIds):
        return given.text  # as it came
    return orjson.dumps(COLUMNS[field](columns), option=orjson.OPT_SERIALIZE_NUMPY)


def _listed(column: Column) -> list[Any]:  # Any: JSON
    return column.tolist() if isinstance(column, np.ndarray) else column
