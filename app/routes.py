"""The endpoints as FastAPI knows them; ``app.main`` lists those that are answered before it is asked."""

from enum import Enum
from typing import Annotated

from fastapi import APIRouter, Body, Query, Response, Security

from app.insights import InsightMode, UsageReport
from app.openapi import batch_answers, orders_examples, problems, request_examples
from app.order_lines import OrdersAnswer, OrdersRequest
from app.protected import BEARER, KEY_HEADER, CurrentService, ProtectedRoute
from app.rows import ANSWER_FIELDS
from app.schemas import CustomerAnswer, Health, ModelAnswer, PredictionAnswer, PredictionRequest, Readiness

CUSTOMERS: list[str | Enum] = ["customers"]
SERVICE: list[str | Enum] = ["service"]

public = APIRouter(tags=SERVICE)
protected = APIRouter(
    route_class=ProtectedRoute,
    dependencies=[Security(KEY_HEADER), Security(BEARER)],
)


# These three only describe ``app.customers``, ``app.batch`` and ``app.orders``.
@protected.post("/predict_customer_value", tags=CUSTOMERS, responses=problems(401, 413, 415, 422, 500, 503))
async def predict_customer_value(
    customer: Annotated[PredictionRequest, Body(openapi_examples=request_examples())],
    insight: Annotated[InsightMode, Query(description="Who words the insight.")] = InsightMode.AUTO,
) -> CustomerAnswer:
    """Spend and purchase probability of the next 30 days, segment, insight and recommended action."""
    raise NotImplementedError


@protected.post(
    "/predict_customer_values",
    tags=CUSTOMERS,
    responses={**batch_answers(), **problems(401, 406, 413, 415, 422, 500, 503)},
    response_model=list[PredictionAnswer],
)
async def predict_customer_values(
    customers: Annotated[list[PredictionRequest], Body(min_length=1, max_length=10_000)],
    insight: Annotated[InsightMode, Query(description="rules, or none to leave the words out.")] = InsightMode.RULES,
    fields: Annotated[
        str | None,
        Query(
            description=f"Of {', '.join(ANSWER_FIELDS)}: those wanted, comma-separated; all but reasons where left out."
        ),
    ] = None,
) -> Response:
    """The same for up to ten thousand customers, in the order asked; all of them or, if one is wrong, none.

    Words are by rules. ``Accept`` chooses between a JSON list, one JSON object per line and CSV.
    """
    raise NotImplementedError


@protected.post("/predict_from_orders", tags=CUSTOMERS, responses=problems(401, 413, 415, 422, 500, 503))
async def predict_from_orders(
    customer: Annotated[OrdersRequest, Body(openapi_examples=orders_examples())],
    insight: Annotated[InsightMode, Query(description="Who words the insight.")] = InsightMode.AUTO,
) -> OrdersAnswer:
    """The same from a customer's order lines, by the model of whole histories, with intervals, reasons and evidence.

    Lines are cleaned as in training; what is left out stands in ``warnings``. The first call after a start takes a
    few seconds longer: the model is loaded when first asked.
    """
    raise NotImplementedError


@protected.get("/usage", tags=SERVICE, responses=problems(401, 503))
async def usage(service: CurrentService) -> UsageReport:
    """What the insights have used of Groq today."""
    return service.insights.usage()


@public.head("/health", include_in_schema=False)
@public.get("/health")
async def health() -> Health:
    """Whether the process is up; depends on nothing."""
    return Health()


@public.get("/ready", responses=problems(503))
async def ready(service: CurrentService) -> Readiness:
    """Whether the model is loaded."""
    return Readiness(model_version=service.predictor.card.model_version)


@public.get("/model", responses=problems(503))
async def model_card(service: CurrentService) -> ModelAnswer:
    """The model card: data, features, metrics, thresholds, guardrails."""
    artifact = service.predictor.artifact
    return ModelAnswer(
        **dict(artifact.card),
        verified=artifact.is_verified,
        warnings=artifact.warnings,
        currency=service.settings.currency,
    )


@public.get("/metrics", responses=problems(503), response_class=Response)
async def metrics(service: CurrentService) -> Response:
    """Counters in the Prometheus text format."""
    return Response(service.metrics.exposition(), media_type=service.metrics.content_type)
