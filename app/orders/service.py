"""Forecasts from the order lines of one customer."""

from typing import TYPE_CHECKING

from anyio import CapacityLimiter, to_thread
from pydantic import TypeAdapter

from app.bodies import parse_body
from app.errors import NoHistoryModel
from app.insights import InsightMode, InsightService
from app.metrics import Metrics
from app.orders.schemas import OrdersRequest, OrdersResponse
from app.predictions.answers import customer_fields
from model.prediction.model_set import ModelSet

if TYPE_CHECKING:  # see ``_forecast``
    from model.prediction.history_predictor import HistoryPrediction

# A history keeps a processor busy for tens of milliseconds; the others answer meanwhile.
WORKERS = 2
ORDERS = TypeAdapter(OrdersRequest)


class OrderService:
    """What a whole history tells, with words."""

    def __init__(self, models: ModelSet, insights: InsightService, metrics: Metrics) -> None:
        self._history, self._insights, self._metrics = models.history, insights, metrics
        self._model_version = models.predictor.card.model_version
        self._threads = CapacityLimiter(WORKERS)

    async def predict(self, body: bytes, mode: InsightMode) -> OrdersResponse:
        """The answer to one customer; raises ContractBroken, NoPurchase, and NoHistoryModel."""
        customer_id, history = await to_thread.run_sync(self._forecast, body, limiter=self._threads)
        insight = await self._insights.write(history.prediction, mode=mode)
        self._metrics.predictions.labels(insight.segment).inc()
        return OrdersResponse(
            **customer_fields(customer_id, history.prediction, insight, self._model_version),
            evidence=history.evidence,
            history_model=history.model_name,
            as_of=history.as_of,
        )

    def _forecast(self, body: bytes) -> tuple[str, "HistoryPrediction"]:
        if self._history is None:
            raise NoHistoryModel()
        customer = parse_body(ORDERS, body)
        from model.prediction.history_predictor import OrderLine, predict_from_lines  # noqa: PLC0415 - pandas, DuckDB

        lines = [
            OrderLine(line.invoice, line.product, line.quantity, line.price(), line.ordered_at)
            for line in customer.order_lines
        ]
        return customer.customer_id, predict_from_lines(self._history, lines, customer.as_of)
