"""How an error becomes an answer: problem+json (RFC 9457), with place, value and rule of everything that was wrong."""

import errno
from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from app.errors import ContractBroken, DiskFull, Problem, UnsupportedMediaType
from app.logs import REQUEST_ID
from app.validation_errors import FieldError, field_errors
from model.errors import NoPurchase
from model.ranking.campaign import CampaignError

PROBLEM_JSON = "application/problem+json"
# What FastAPI says, with status 400, of a body that its JSON parser gives up on.
UNPARSED = "There was an error parsing the body"
# Starlette's router knows no more than the status.
DETAILS: dict[int, str] = {
    HTTPStatus.NOT_FOUND: "There is nothing at this address; /docs lists what there is.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This address does not answer this method; the header Allow has those that it does.",
}
# What ``on_error`` is told of.
FORESEEN = (HTTPException, RequestValidationError, NoPurchase, CampaignError, OSError)


async def on_error(request: Request, error: Exception) -> JSONResponse:
    """Answer an error that somebody foresaw; the middleware answers the others."""
    is_other = isinstance(error, RequestValidationError) and error.errors()[0]["loc"] == ("body",)
    if is_other and not is_json(request):
        return problem_response(UnsupportedMediaType(request.headers.get("content-type")))
    if (problem := problem_of(error)) is None:
        raise error
    return problem_response(problem)


def problem_of(error: BaseException) -> HTTPException | None:  # noqa: PLR0911 - a line for each kind of error
    """The problem that an error is to the caller; None where nobody foresaw it."""
    match error:
        case HTTPException(detail=detail) if detail == UNPARSED:
            return ContractBroken([FieldError.unreadable("nested too deeply, in no UTF-8, or with endless digits")])
        case HTTPException(status_code=status) if error.detail == HTTPStatus(status).phrase:
            return HTTPException(status, DETAILS.get(status, error.detail), error.headers)
        case HTTPException():
            return error
        case RequestValidationError():
            return ContractBroken(field_errors(error.errors()))
        case NoPurchase():
            rule = "at least one line before as_of must be a purchase: quantity and price above 0"
            return ContractBroken([FieldError(loc=("body", "order_lines"), msg=str(error), rule=rule, value=None)])
        case CampaignError():
            place = ("query", error.option)
            return ContractBroken([FieldError(loc=place, msg=str(error), rule=error.rule, value=error.value)])
        case OSError(errno=errno.ENOSPC | errno.EDQUOT):
            return DiskFull()
        case _:
            return None


def is_json(request: Request) -> bool:
    """Whether the body claims to be JSON."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return media_type == "application/json" or (media_type.startswith("application/") and media_type.endswith("+json"))


def problem_response(error: HTTPException) -> JSONResponse:
    """Any HTTP error as a response."""
    return JSONResponse(problem_body(error), error.status_code, headers=error.headers, media_type=PROBLEM_JSON)


def problem_body(error: HTTPException) -> dict[str, Any]:  # Any: JSON
    """Any HTTP error in the form of RFC 9457."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(error.status_code).phrase,
        "status": error.status_code,
        "detail": error.detail,
        "request_id": REQUEST_ID.get(),
        "errors": [each.model_dump() for each in error.errors] if isinstance(error, Problem) else [],
    }
    return {**body, **error.extra} if isinstance(error, Problem) else body
