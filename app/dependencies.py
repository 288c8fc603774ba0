"""What path operations are given: the services of the running application, each under a name of its own type."""

from typing import Annotated, TypedDict, cast

from fastapi import Depends, Query, Request

from app.errors import NotReady
from app.insights import InsightMode, InsightService
from app.metrics import Metrics
from app.model_sets import ModelSets
from app.orders.service import OrderService
from app.predictions.service import PredictionService
from app.rankings.service import RankingService
from app.security import Access
from app.settings import Settings


class State(TypedDict):
    """What the lifespan yields, for as long as the application runs."""

    settings: Settings
    access: Access
    insights: InsightService
    metrics: Metrics
    model_sets: ModelSets


async def get_state(request: Request) -> State:
    """The state of the lifespan; raises NotReady before the start is complete, or where it was mounted without one."""
    state = request.scope.get("state", {})
    if "model_sets" not in state:
        raise NotReady()
    return cast(State, state)


# A dependency of a dependency costs a tenth of a prediction, so these call it.
async def get_prediction_service(request: Request) -> PredictionService:
    """Forecasts from six numbers."""
    return (await get_state(request))["model_sets"].serving.predictions


async def get_order_service(request: Request) -> OrderService:
    """Forecasts from the order lines of one customer."""
    return (await get_state(request))["model_sets"].serving.orders


async def get_ranking_service(request: Request) -> RankingService:
    """Ranked lists from the order lines of a whole shop."""
    return (await get_state(request))["model_sets"].serving.rankings


RunningState = Annotated[State, Depends(get_state)]
Predictions = Annotated[PredictionService, Depends(get_prediction_service)]
Orders = Annotated[OrderService, Depends(get_order_service)]
Rankings = Annotated[RankingService, Depends(get_ranking_service)]

InsightModeOption = Annotated[
    InsightMode,
    Query(
        description="Who words the insight: auto takes what is best in time, groq asks a language model, none leaves "
        "words out.",
        examples=[InsightMode.AUTO],
    ),
]
