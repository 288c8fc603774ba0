"""Forecasts from six numbers, with words."""

from collections.abc import Sequence

from pydantic_core import to_json
from starlette.responses import Response, StreamingResponse

from app.insights import InsightMode, InsightService
from app.metrics import Metrics
from app.predictions.answers import customer_fields
from app.predictions.batch import Customers, answer_columns, joined, read_customers
from app.predictions.schemas import BatchOptions, CustomerResponse, PredictionRequest
from app.responses import JSON, Columns, Format, rows
from model import Predictor


class PredictionService:
    """What six numbers tell: forecasts by a predictor, words by an insight service."""

    def __init__(self, predictor: Predictor, insights: InsightService, metrics: Metrics) -> None:
        self._predictor, self._insights, self._metrics = predictor, insights, metrics

    async def predict(self, customer: PredictionRequest, mode: InsightMode) -> CustomerResponse:
        """The answer to one customer."""
        prediction = self._predictor.predict(customer.features_in_order())
        insight = await self._insights.write(prediction, mode=mode)
        self._metrics.predictions.labels(insight.segment).inc()
        version = self._predictor.card.model_version
        return CustomerResponse(**customer_fields(customer.customer_id, prediction, insight, version))

    def predict_many(self, body: bytes, options: BatchOptions, answer_format: Format) -> Response:
        """The answers to many customers, written slice by slice; raises ContractBroken."""
        customers, fields = read_customers(body), options.wanted_fields
        mode = InsightMode.NONE if options.insight == "none" else InsightMode.RULES
        slices = (self._columns(part, fields, mode) for part in customers.slices())
        if customers.came_as_columns and answer_format is JSON:
            return Response(to_json(joined(slices, fields)), media_type=answer_format.media_type)
        return StreamingResponse(answer_format.pieces(map(rows, slices), fields), media_type=answer_format.media_type)

    def _columns(self, customers: Customers, fields: Sequence[str], mode: InsightMode) -> Columns:
        columns = answer_columns(self._predictor, self._insights, customers, fields, mode)
        self._metrics.predicted(columns.get("customer_segment", ()))
        return columns
