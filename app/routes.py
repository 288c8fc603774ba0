"""The endpoints."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Response, Security

from app.body import ProtectedRoute
from app.insights import InsightMode, UsageReport
from app.keys import BEARER, KEY_HEADER
from app.openapi import problems, request_examples
from app.schemas import Health, ModelAnswer, PredictionAnswer, PredictionRequest, Readiness
from app.service import Service, current_service

public = APIRouter(tags=["service"])
protected = APIRouter(
    tags=["customers"],
    route_class=ProtectedRoute,
    dependencies=[Security(KEY_HEADER), Security(BEARER)],
)

CurrentService = Annotated[Service, Depends(current_service)]


@protected.post("/predict_customer_value", responses=problems(401, 413, 415, 422, 500, 503))
async def predict_customer_value(
    service: CurrentService,
    customer: Annotated[PredictionRequest, Body(openapi_examples=request_examples())],
    insight: Annotated[InsightMode, Query(description="Who words the insight.")] = InsightMode.AUTO,
) -> PredictionAnswer:
    """Spend and purchase probability of the next 30 days, segment, insight and recommended action."""
    prediction = service.predictor.predict(customer.features_in_order())
    words = await service.insights.write(prediction, mode=insight)
    return PredictionAnswer.of(customer.customer_id, prediction, words, service.predictor.card.model_version)


@protected.get("/usage", responses=problems(401, 503), tags=["service"])
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
