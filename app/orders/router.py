"""``POST /predict_from_orders``: one customer's order lines in, what the whole history tells out."""

from fastapi import APIRouter, Depends

from app.bodies import JsonBody
from app.dependencies import InsightModeOption, Orders
from app.insights import InsightMode
from app.openapi import json_body, problems
from app.orders.schemas import OrdersResponse
from app.orders.service import ORDERS
from app.security import require_key

router = APIRouter(tags=["customers"], dependencies=[Depends(require_key)])


@router.post(
    "/predict_from_orders",
    summary="One customer, from order lines",
    response_description="The forecast, what it rests on, and what to do about it.",
    responses=problems(401, 408, 413, 415, 422, 429, 500, 503),
    openapi_extra=json_body(ORDERS),
)
async def predict_from_orders(
    service: Orders, customer: JsonBody, insight: InsightModeOption = InsightMode.AUTO
) -> OrdersResponse:
    """The same from a customer's order lines, by the model of whole histories, with reasons and evidence.

    Lines are cleaned as in training; what is left out stands in ``warnings``. The first call after a start takes a
    few seconds longer: libraries are loaded when first needed.
    """
    return await service.predict(customer, insight)
