"""``POST /rank_customers``: the order lines of a whole shop in, all its customers as a list to act on out."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from app.bodies import read_json, reads
from app.dependencies import Rankings
from app.error_handlers import is_json
from app.errors import UnsupportedMediaType
from app.openapi import problems, texts
from app.rankings.options import RankingOptions
from app.rankings.schemas import ORDER_FILE, SHOP, RankedList
from app.rankings.uploads import FORM, receive_file
from app.responses import AcceptedFormat, Csv
from app.security import require_key

JSON = "application/json"
UPLOAD: dict[str, Any] = {  # Any: JSON
    "requestBody": {
        "description": "An order file as a form, or order lines as JSON.",
        "required": True,
        "content": {"multipart/form-data": ORDER_FILE},
    }
}
router = APIRouter(tags=["customers"], dependencies=[Depends(require_key)])


@router.post(
    "/rank_customers",
    summary="A whole shop, as a ranked list",
    response_description="Everybody, and what they come to.",
    response_model=RankedList,
    responses={**texts("application/x-ndjson", "text/csv"), **problems(401, 406, 408, 413, 415, 422, 500, 503)},
    openapi_extra=UPLOAD,
)
@reads(SHOP)
async def rank_customers(
    request: Request,
    service: Rankings,
    answer_format: AcceptedFormat,
    options: Annotated[RankingOptions, Query()],
) -> StreamingResponse:
    """The whole base, the highest expected spend first, with an action, a reason and a decision for everybody.

    Walking down the list, customers whose action says to spend nothing are `left_alone`; those whose `control_draw` is
    below `control_share` are held out (`control`) and cost nothing, unless more than 2 % of the expected total is
    expected of one; all others are contacted (`treat`) while the budget or the limit lasts, and from the first whom it
    does not reach on, everybody is `below_budget`. A contact costs `contact_cost` and what the action costs beyond it.
    The draw depends on the customer's id alone, so the same are held out in every file and run.

    Expected revenue speaks of the customers in the order lines; new customers come on top. `Accept` chooses between
    one JSON document, one customer per line (NDJSON, customers alone) and CSV.
    """
    has_file = request.headers.get("content-type", "").lower().startswith(FORM)
    if not (has_file or is_json(request)):
        raise UnsupportedMediaType(request.headers.get("content-type"), f"{FORM} or {JSON}")
    options.require_fitting(has_file=has_file, is_table=isinstance(answer_format, Csv))
    with TemporaryDirectory(prefix="customer-value-", ignore_cleanup_errors=True) as folder:
        shop = await receive_file(request, Path(folder)) if has_file else await read_json(request)
        ranking = await run_in_threadpool(service.rank, shop, options)
    pieces = ranking.pieces(answer_format, options.wanted_preset)
    return StreamingResponse(pieces, media_type=answer_format.media_type)
