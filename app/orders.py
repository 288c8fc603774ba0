"""``POST /predict_from_orders``: one customer's order lines in, what the whole history tells out."""

from typing import TYPE_CHECKING, Any

import orjson

from app.body import parse_model
from app.customers import answer_fields, insight_mode, interval_fields, require_caller
from app.exchange import Answer, Exchange
from app.insights import Insight, InsightMode

if TYPE_CHECKING:  # see ``app.history``
    from app.order_lines import OrdersRequest
    from model.one_customer import HistoryPrediction, HistoryPredictor


async def predict(exchange: Exchange) -> Answer:
    """Spend and purchase probability of the next 30 days from order lines, with interval, reasons and evidence."""
    service = exchange.service
    require_caller(exchange)
    mode = insight_mode(exchange.query(), InsightMode.AUTO)
    service.histories.require()
    body = await exchange.body(service.settings.max_orders_body_bytes)
    customer_id, history = await service.histories.work(lambda predictor: answer_orders(predictor, body))
    insight = await service.insights.write(history.prediction, mode=mode)
    return Answer(orjson.dumps(orders_fields(customer_id, history, insight, service.predictor.card.model_version)))


def answer_orders(predictor: "HistoryPredictor", body: bytes) -> tuple[str, "HistoryPrediction"]:
    """Id and prediction of the customer in a body; raises as ``read_orders`` does, and NoPurchase."""
    from model.one_customer import OrderLine  # noqa: PLC0415 - loaded with the predictor

    customer = read_orders(body)
    lines = [
        OrderLine(line.invoice, line.product, line.quantity, line.price(), line.ordered_at)
        for line in customer.order_lines
    ]
    history = predictor.predict(lines, customer.as_of)
    _ = history.prediction.reasons  # worked out here, in the thread
    return customer.customer_id, history


def read_orders(body: bytes) -> "OrdersRequest":
    """The order lines in a body; raises UnreadableBody, and ContractBroken with the first broken rules."""
    from app.order_lines import OrdersRequest  # noqa: PLC0415 - most services are never asked

    return parse_model(OrdersRequest, body)


def orders_fields(
    customer_id: str, history: "HistoryPrediction", insight: Insight, model_version: str
) -> dict[str, Any]:  # Any: JSON
    """The fields of ``OrdersAnswer``, in its order."""
    return {
        **answer_fields(customer_id, history.prediction, insight, model_version),
        "prediction_interval_90": interval_fields(history.interval_90),
        "evidence": history.evidence,
        "history_model": history.model_name,
        "as_of": history.as_of,
    }
