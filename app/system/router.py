"""What answers, whether it can, and what it has counted."""

from typing import Any

from fastapi import APIRouter, Depends, Response

from app.dependencies import RunningState
from app.errors import RefusedSet
from app.insights import UsageReport
from app.openapi import problems, texts
from app.security import require_admin_key, require_key, require_metrics_token
from app.system.schemas import Health, ModelResponse, Readiness, Reloaded
from model import ModelError
from model.prediction.model_set import fingerprint_of

NO_KEY: dict[str, Any] = {"security": []}  # Any: JSON
router = APIRouter(tags=["service"])


@router.head("/health", include_in_schema=False)
@router.get("/health", summary="Is it up?", response_description="It is.", openapi_extra=NO_KEY)
async def health() -> Health:
    """Whether the process is up; depends on nothing."""
    return Health()


@router.head("/ready", include_in_schema=False)
@router.get(
    "/ready",
    summary="Can it answer?",
    response_description="It can.",
    responses=problems(500, 503),
    openapi_extra=NO_KEY,
)
def ready(state: RunningState) -> Readiness:
    """Which model answers, whether another lies in its folder, and what the settings leave open."""
    sets = state["model_sets"]
    card = sets.artifact.card
    return Readiness(
        model_version=card.model_version,
        example=card.example,
        another_on_disk=fingerprint_of(state["settings"].model_dir) != sets.serving.models.fingerprint,
        warnings=state["access"].warnings,
    )


@router.post(
    "/admin/reload",
    summary="Take the model set that lies there",
    response_description="It answers from now on.",
    responses=problems(401, 404, 409, 429, 500, 503),
    dependencies=[Depends(require_admin_key)],
)
async def reload_model(state: RunningState) -> Reloaded:
    """Read the model set in `MODEL_DIR` beside the one that answers, check it, and let it answer from now on.

    Requests under way end by the set that they began with. A set that is not whole, fails a check or answers its
    self-test otherwise than in training is refused with 409, and nothing changes. Of several workers this reaches one.
    Needs `ADMIN_KEY`; without one the address answers 404.
    """
    sets = state["model_sets"]
    before = sets.artifact.card.model_version
    try:
        artifact = await sets.reload()
    except ModelError as error:
        raise RefusedSet(str(error)) from error
    return Reloaded(model_version=artifact.card.model_version, previous_version=before, warnings=artifact.warnings)


@router.get(
    "/model",
    summary="The model card",
    response_description="Where the numbers come from, and how good they are.",
    responses=problems(401, 429, 500, 503),
    dependencies=[Depends(require_key)],
)
async def model_card(state: RunningState) -> ModelResponse:
    """The model card: data, features, metrics, thresholds, guardrails; behind a key, for it tells a shop's turnover."""
    artifact = state["model_sets"].artifact
    return ModelResponse(
        **dict(artifact.card),
        verified=artifact.is_verified,
        warnings=artifact.warnings,
        currency=state["settings"].currency,
    )


@router.get(
    "/usage",
    summary="What insights have cost today",
    response_description="Calls, tokens and money since midnight UTC.",
    responses=problems(401, 429, 500, 503),
    dependencies=[Depends(require_key)],
)
async def usage(state: RunningState) -> UsageReport:
    """What the insights have used of Groq today."""
    return state["insights"].usage()


@router.get(
    "/metrics",
    summary="Counters for Prometheus",
    response_description="Counters and durations since the start.",
    responses={**texts("text/plain"), **problems(401, 500, 503)},
    response_class=Response,
    dependencies=[Depends(require_metrics_token)],
)
async def metrics(state: RunningState) -> Response:
    """Counters in the Prometheus text format; behind `METRICS_TOKEN` where one is set."""
    return Response(state["metrics"].exposition(), media_type=state["metrics"].content_type)
