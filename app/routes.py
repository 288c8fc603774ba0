"""The endpoints as FastAPI knows them; ``app.main`` lists those that are answered before it is asked."""

from enum import Enum
from typing import Annotated

from fastapi import APIRouter, Query, Response, Security
from fastapi.responses import FileResponse
from pydantic import Field

from app.column_schemas import AnswerColumns, CustomerColumns
from app.customer_columns import MOST_CUSTOMERS
from app.insights import InsightMode, UsageReport
from app.openapi import operation_id, problems, texts
from app.order_lines import OrdersAnswer, OrdersRequest
from app.pages import sample_orders
from app.protected import BEARER, KEY_HEADER, CurrentService, ProtectedRoute
from app.ranking.description import UPLOAD, rank_customers
from app.rows import ANSWER_FIELDS
from app.schemas import BatchAnswer, CustomerAnswer, Health, ModelAnswer, PredictionRequest, Readiness

CUSTOMERS: list[str | Enum] = ["customers"]
SERVICE: list[str | Enum] = ["service"]

NO_KEY: dict[str, list[str]] = {"security": []}
INSIGHT = "Who words the insight: auto takes what is best in time, groq asks a language model, none leaves words out."

public = APIRouter(tags=SERVICE, generate_unique_id_function=operation_id)
protected = APIRouter(
    route_class=ProtectedRoute,
    dependencies=[Security(KEY_HEADER), Security(BEARER)],
    generate_unique_id_function=operation_id,
)


# These four only describe ``app.customers``, ``app.batch``, ``app.orders`` and ``app.ranking``.
@protected.post(
    "/predict_customer_value",
    tags=CUSTOMERS,
    summary="One customer, from six numbers",
    response_description="The forecast, and what to do about it.",
    responses=problems(401, 408, 413, 415, 422, 500, 503),
)
async def predict_customer_value(
    customer: PredictionRequest,
    insight: Annotated[InsightMode, Query(description=INSIGHT, examples=[InsightMode.AUTO])] = InsightMode.AUTO,
) -> CustomerAnswer:
    """Spend and purchase probability of the next 30 days, segment, insight and recommended action."""
    raise NotImplementedError


@protected.post(
    "/predict_customer_values",
    tags=CUSTOMERS,
    summary="Many customers, from six numbers each",
    response_description="One answer for each customer, in the order asked.",
    responses={**texts("application/x-ndjson", "text/csv"), **problems(401, 406, 408, 413, 415, 422, 500, 503)},
    response_model=list[BatchAnswer] | AnswerColumns,
)
async def predict_customer_values(
    customers: Annotated[list[PredictionRequest], Field(min_length=1, max_length=MOST_CUSTOMERS)] | CustomerColumns,
    insight: Annotated[
        InsightMode,
        Query(description="rules, or none to leave the words out; auto is rules here.", examples=[InsightMode.RULES]),
    ] = InsightMode.RULES,
    fields: Annotated[
        str | None,
        Query(
            description=f"Of {', '.join(ANSWER_FIELDS)}: those wanted, comma-separated; without it all but reasons.",
            examples=["customer_id,predicted_future_spend_30d"],
        ),
    ] = None,
) -> Response:
    """The same for up to ten thousand customers, in the order asked; all of them or, if one is wrong, none.

    Words are by rules. ``Accept`` chooses between a JSON list, one JSON object per line and CSV. Customers may also
    come as columns, an object with a list for each field: JSON then has the answers in columns too.
    """
    raise NotImplementedError


@protected.post(
    "/predict_from_orders",
    tags=CUSTOMERS,
    summary="One customer, from order lines",
    response_description="The forecast, what it rests on, and what to do about it.",
    responses=problems(401, 408, 413, 415, 422, 500, 503),
)
async def predict_from_orders(
    customer: OrdersRequest,
    insight: Annotated[InsightMode, Query(description=INSIGHT, examples=[InsightMode.AUTO])] = InsightMode.AUTO,
) -> OrdersAnswer:
    """The same from a customer's order lines, by the model of whole histories, with intervals, reasons and evidence.

    Lines are cleaned as in training; what is left out stands in ``warnings``. The first call after a start takes a
    few seconds longer: the model is loaded when first asked.
    """
    raise NotImplementedError


protected.post(
    "/rank_customers",
    tags=CUSTOMERS,
    summary="A whole shop, as a ranked list",
    response_description="Everybody, and what they come to.",
    responses={**texts("application/x-ndjson", "text/csv"), **problems(401, 406, 408, 413, 415, 422, 500, 503)},
    openapi_extra=UPLOAD,
)(rank_customers)


@protected.get(
    "/usage",
    tags=SERVICE,
    summary="What insights have cost today",
    response_description="Calls, tokens and money since midnight UTC.",
    responses=problems(401, 500, 503),
)
async def usage(service: CurrentService) -> UsageReport:
    """What the insights have used of Groq today."""
    return service.insights.usage()


@public.head("/health", include_in_schema=False)
@public.get("/health", summary="Is it up?", response_description="It is.", openapi_extra=NO_KEY)
async def health() -> Health:
    """Whether the process is up; depends on nothing."""
    return Health()


@public.get(
    "/ready",
    summary="Can it answer?",
    response_description="It can.",
    responses=problems(500, 503),
    openapi_extra=NO_KEY,
)
async def ready(service: CurrentService) -> Readiness:
    """Whether the model is loaded."""
    return Readiness(model_version=service.predictor.card.model_version)


@public.get(
    "/model",
    summary="The model card",
    response_description="Where the numbers come from, and how good they are.",
    responses=problems(500, 503),
    openapi_extra=NO_KEY,
)
async def model_card(service: CurrentService) -> ModelAnswer:
    """The model card: data, features, metrics, thresholds, guardrails."""
    artifact = service.predictor.artifact
    return ModelAnswer(
        **dict(artifact.card),
        verified=artifact.is_verified,
        warnings=artifact.warnings,
        currency=service.settings.currency,
    )


@public.get(
    "/metrics",
    summary="Counters for Prometheus",
    response_description="Counters and durations since the start.",
    responses={**texts("text/plain"), **problems(500, 503)},
    response_class=Response,
    openapi_extra=NO_KEY,
)
async def metrics(service: CurrentService) -> Response:
    """Counters in the Prometheus text format."""
    return Response(service.metrics.exposition(), media_type=service.metrics.content_type)


public.get(
    "/sample_orders.csv",
    summary="Order lines to try",
    response_description="Two years of 500 invented customers.",
    responses={**texts("text/csv"), **problems(500)},
    response_class=FileResponse,
    openapi_extra=NO_KEY,
)(sample_orders)
