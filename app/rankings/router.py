"""``POST /rank_customers``: the order lines of a whole shop in, all its customers as a list to act on out."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.sse import EventSourceResponse
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from app.bodies import read_json
from app.dependencies import Rankings
from app.error_handlers import is_json
from app.errors import UnsupportedMediaType
from app.openapi import STATIC, json_body, problems, texts
from app.rankings.options import RankingOptions
from app.rankings.progress import Progress, events
from app.rankings.schemas import SHOP, RankedList
from app.rankings.uploads import FORM, receive_file
from app.responses import CSV, JSON, Format, accepted_format
from app.security import require_key
from model.ranking.presets import PLAIN

# Proxies would keep what is told until there is more of it.
UNBUFFERED = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
# Progress while the list is made, then the list.
EVENTS = JSON._replace(media_type=EventSourceResponse.media_type)


async def ranking_format(request: Request) -> Format:
    """How the list is written; raises NotAcceptable."""
    return EVENTS if EVENTS.media_type in request.headers.get("accept", "") else await accepted_format(request)


async def scratch_folder() -> AsyncIterator[Path]:
    """A folder that goes with the answer."""
    with TemporaryDirectory(prefix="customer-value-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


router = APIRouter(tags=["customers"], dependencies=[Depends(require_key)])


@router.post(
    "/rank_customers",
    summary="A whole shop, as a ranked list",
    response_description="Everybody, and what they come to.",
    response_model=RankedList,
    responses={
        **texts("application/x-ndjson", "text/csv", "text/event-stream"),
        **problems(401, 406, 408, 413, 415, 422, 429, 500, 503),
    },
    openapi_extra=json_body(
        SHOP, description="An order file as a form, or order lines as JSON.", others={FORM: STATIC["order_file"]}
    ),
)
async def rank_customers(
    request: Request,
    service: Rankings,
    folder: Annotated[Path, Depends(scratch_folder)],
    answer_format: Annotated[Format, Depends(ranking_format)],
    options: Annotated[RankingOptions, Query()],
) -> StreamingResponse:
    """The whole base, the highest expected spend first, with an action, a reason and a decision for everybody.

    Walking down the list, customers whose action says to spend nothing are `left_alone`; those whose `control_draw` is
    below `control_share` are held out (`control`) and cost nothing, unless more than 2 % of the expected total is
    expected of one; all others are contacted (`treat`) while the budget or the limit lasts, and from the first whom it
    does not reach on, everybody is `below_budget`. A contact costs `contact_cost` and what the action costs beyond it.
    The draw depends on the customer's id alone, so the same are held out in every file and run.

    Expected revenue speaks of the customers in the order lines; new customers come on top. `Accept` chooses between
    one JSON document, one customer per line (NDJSON, customers alone), CSV, and `text/event-stream`: events `progress`
    while the list is made, then one `answer` with the document, or one `problem`; who hangs up ends the work.
    """
    has_file = request.headers.get("content-type", "").lower().startswith(FORM)
    if not (has_file or is_json(request)):
        raise UnsupportedMediaType(request.headers.get("content-type"), f"{FORM} or {JSON.media_type}")
    options.require_applicable(has_file=has_file, is_table=answer_format is CSV)
    shop = await receive_file(request, folder) if has_file else await read_json(request)
    if answer_format is EVENTS:
        return EventSourceResponse(events(partial(service.rank, shop, options)), headers=UNBUFFERED)
    ranking = await run_in_threadpool(service.rank, shop, options, Progress())
    pieces = ranking.pieces(answer_format, options.preset or PLAIN)
    return StreamingResponse(pieces, media_type=answer_format.media_type)
