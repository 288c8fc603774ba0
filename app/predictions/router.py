"""``POST /predict_customer_value`` and ``POST /predict_customer_values``: forecasts from six numbers each."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from pydantic import TypeAdapter

from app.bodies import JsonBody
from app.dependencies import InsightModeOption, Predictions
from app.insights import InsightMode
from app.openapi import json_body, problems, texts
from app.predictions.schemas import (
    BatchOptions,
    BatchResponse,
    ColumnsResponse,
    CustomerColumns,
    CustomerList,
    CustomerResponse,
    PredictionRequest,
)
from app.responses import AcceptedFormat
from app.security import require_key

CUSTOMERS: TypeAdapter[CustomerList | CustomerColumns] = TypeAdapter(CustomerList | CustomerColumns)

router = APIRouter(tags=["customers"], dependencies=[Depends(require_key)])


@router.post(
    "/predict_customer_value",
    summary="One customer, from six numbers",
    response_description="The forecast, and what to do about it.",
    responses=problems(401, 408, 413, 415, 422, 429, 500, 503),
)
async def predict_customer_value(
    service: Predictions, customer: PredictionRequest, insight: InsightModeOption = InsightMode.AUTO
) -> CustomerResponse:
    """Spend and purchase probability within the horizon, segment, insight and recommended action."""
    return await service.predict(customer, insight)


@router.post(
    "/predict_customer_values",
    summary="Many customers, from six numbers each",
    response_description="One answer for each customer, in the order asked.",
    response_model=list[BatchResponse] | ColumnsResponse,
    responses={**texts("application/x-ndjson", "text/csv"), **problems(401, 406, 408, 413, 415, 422, 429, 500, 503)},
    openapi_extra=json_body(CUSTOMERS),
)
def predict_customer_values(
    service: Predictions,
    answer_format: AcceptedFormat,
    options: Annotated[BatchOptions, Query()],
    customers: JsonBody,
) -> Response:
    """The same for up to ten thousand customers, in the order asked; all of them or, if one is wrong, none.

    Words are by rules. ``Accept`` chooses between a JSON list, one JSON object per line and CSV. Customers may also
    come as columns, an object with a list for each field: JSON then has the answers in columns too.
    """
    return service.predict_many(customers, options, answer_format)
