"""Many customers as columns, for the document: the body, and its answer."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from app.customer_columns import MOST_CUSTOMERS
from app.schemas import BatchAnswer, CustomerId, FeaturesByName, FeatureValue, PredictionRequest

Rows = Field(min_length=1, max_length=MOST_CUSTOMERS)
Ids = Annotated[list[CustomerId], Rows]
Numbers = Annotated[list[FeatureValue], Rows]


def _column_of(model: type[BaseModel], name: str) -> Any:  # Any: as pydantic's ``Field``
    field = model.model_fields[name]
    return Field(description=field.description, examples=[field.examples] if field.examples else None)


class CustomerColumns(BaseModel):
    """Many customers, a column for each field; all columns are equally long."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    customer_id: Ids = _column_of(PredictionRequest, "customer_id")
    total_spend: Numbers = _column_of(FeaturesByName, "total_spend")
    avg_spend: Numbers = _column_of(FeaturesByName, "avg_spend")
    num_transactions: Numbers = _column_of(FeaturesByName, "num_transactions")
    total_units: Numbers = _column_of(FeaturesByName, "total_units")
    unique_products: Numbers = _column_of(FeaturesByName, "unique_products")
    recency_days: Numbers = _column_of(FeaturesByName, "recency_days")


_ANSWERS: dict[str, Any] = {  # Any: as ``create_model`` has them
    name: (list[field.annotation], _column_of(BatchAnswer, name))  # type: ignore[name-defined]  # a type at run time
    for name, field in BatchAnswer.model_fields.items()
}
AnswerColumns = create_model(
    "AnswerColumns",
    __doc__="The answers to columns: every field of the list's answers as a column, in the order asked.",
    __config__=ConfigDict(defer_build=True, json_schema_extra=BatchAnswer.model_config["json_schema_extra"]),
    **_ANSWERS,
)
