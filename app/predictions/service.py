"""Forecasts from six numbers, with words."""

from starlette.responses import Response, StreamingResponse

from app.insights import InsightMode, InsightService
from app.metrics import Metrics
from app.predictions.answers import customer_fields
from app.predictions.batch import BatchAnswers, Customers, read_customers, rows, written_columns
from app.predictions.schemas import BatchOptions, CustomerResponse, PredictionRequest
from app.responses import JSON, Format
from model import Predictor


class PredictionService:
    """What six numbers tell: forecasts by a predictor, words by an insight service."""

    def __init__(self, predictor: Predictor, insights: InsightService, metrics: Metrics) -> None:
        self._predictor, self._insights, self._metrics = predictor, insights, metrics

    async def predict(self, customer: PredictionRequest, mode: InsightMode) -> CustomerResponse:
        """The answer to one customer; raises InvalidFeature."""
        prediction = self._predictor.predict(customer.features_in_order())
        insight = await self._insights.write(prediction, mode=mode)
        self._metrics.predictions.labels(insight.segment).inc()
        version = self._predictor.card.model_version
        return CustomerResponse(**customer_fields(customer.customer_id, prediction, insight, version))

    def predict_many(self, body: bytes, options: BatchOptions, answer_format: Format) -> Response:
        """The answers to many customers, written slice by slice; raises ContractBroken."""
        customers, fields = read_customers(body), options.wanted_fields
        mode = InsightMode.NONE if options.insight == "none" else InsightMode.RULES
        slices = (self._answers(part, mode, counted="customer_segment" in fields) for part in customers.slices())
        if customers.came_as_columns and answer_format is JSON:
            return Response(written_columns(slices, fields), media_type=answer_format.media_type)
        pieces = answer_format.pieces((rows(answers, fields) for answers in slices), fields)
        return StreamingResponse(pieces, media_type=answer_format.media_type)

    def _answers(self, customers: Customers, mode: InsightMode, *, counted: bool) -> BatchAnswers:
        answers = BatchAnswers(self._predictor, self._insights, customers, mode)
        if counted:
            self._metrics.predicted(answers.predictions.segments)
        return answers
