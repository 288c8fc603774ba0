"""How an error becomes an answer: problem+json (RFC 9457), with place, value and rule of everything that was wrong."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from app.errors import BadRows, ContractBroken, Problem, UnsupportedMediaType
from app.logs import REQUEST_ID
from app.validation_errors import FieldError, field_errors
from model.campaign import CampaignError
from model.errors import InvalidFeature, NoPurchase

PROBLEM_JSON = "application/problem+json"
# Starlette's router knows no more than the status.
DETAILS: dict[int, str] = {
    HTTPStatus.NOT_FOUND: "There is nothing at this address; /docs lists what there is.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This address does not answer this method; the header Allow has those that it does.",
}


def add_error_handlers(app: FastAPI) -> None:
    """Let ``app`` answer every error that somebody foresaw; the middleware answers the others."""

    @app.exception_handler(HTTPException)
    async def on_http_error(_: Request, error: HTTPException) -> JSONResponse:
        if error.status_code == HTTPStatus.BAD_REQUEST and not isinstance(error, Problem):
            error = ContractBroken([FieldError.unreadable("nested too deeply, in no UTF-8, or with endless digits")])
        elif not isinstance(error, Problem):
            error.detail = DETAILS.get(error.status_code, error.detail)
        return problem_response(error)

    @app.exception_handler(RequestValidationError)
    async def on_validation_error(request: Request, error: RequestValidationError) -> JSONResponse:
        if error.errors()[0]["loc"] == ("body",) and not is_json(request):
            return problem_response(UnsupportedMediaType(request.headers.get("content-type")))
        return problem_response(ContractBroken(field_errors(error.errors())))

    @app.exception_handler(InvalidFeature)
    async def on_invalid_feature(_: Request, error: InvalidFeature) -> JSONResponse:
        return problem_response(
            ContractBroken([FieldError.of(("body", "features", error.position), error.rule, error.value)])
        )

    @app.exception_handler(NoPurchase)
    async def on_no_purchase(_: Request, error: NoPurchase) -> JSONResponse:
        rule = "at least one line before as_of must be a purchase: quantity and price above 0"
        return problem_response(
            ContractBroken([FieldError(loc=("body", "order_lines"), msg=str(error), rule=rule, value=None)])
        )

    @app.exception_handler(CampaignError)
    async def on_campaign_error(_: Request, error: CampaignError) -> JSONResponse:
        return problem_response(
            ContractBroken(
                [FieldError(loc=("query", error.option), msg=str(error), rule=error.rule, value=error.value)]
            )
        )


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
    return {**body, "bad_rows": error.rows} if isinstance(error, BadRows) else body
