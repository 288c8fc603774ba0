"""Which error becomes which status and problem+json body (RFC 9457).

Problem                   an answer that is no success
├── Unauthorized          401  key missing or unknown
├── BodyTooLarge          413  longer than MAX_BODY_BYTES
├── UnsupportedMediaType  415  the body does not claim to be JSON
├── UnreadableBody        422  the body cannot be parsed
├── ContractBroken        422  the body parses and breaks the contract
├── InternalError         500  nobody foresaw this
└── NotReady              503  the model is not loaded

FastAPI's ``RequestValidationError`` and the model's ``InvalidFeature`` become ``ContractBroken``.
"""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.logs import REQUEST_ID
from app.violations import Violation, violations_of
from model import InvalidFeature

# The router knows no more than the status.
ROUTING_DETAILS: dict[int, str] = {
    HTTPStatus.NOT_FOUND: "There is nothing at this address; /docs lists what there is.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This address does not answer this method; the header Allow has those that it does.",
}


class Problem(HTTPException):
    """An answer that is no success, told to the caller in one sentence."""

    violations: Sequence[Violation] = ()

    def __init__(self, status: HTTPStatus, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, detail, headers)


class Unauthorized(Problem):
    """The key is missing or unknown; which of the two is nobody's business."""

    def __init__(self) -> None:
        super().__init__(
            HTTPStatus.UNAUTHORIZED,
            "A known key is needed, as header X-API-Key or as Authorization: Bearer.",
            {"WWW-Authenticate": "Bearer"},
        )


class BodyTooLarge(Problem):
    """The body is longer than the service reads."""

    def __init__(self, limit: int) -> None:
        super().__init__(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"A body may have at most {limit} bytes.")


class UnsupportedMediaType(Problem):
    """The body does not claim to be JSON."""

    def __init__(self, content_type: str | None) -> None:
        given = "missing" if content_type is None else repr(content_type[:80])
        super().__init__(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Content-Type is {given}, but must be application/json.")


class UnreadableBody(Problem):
    """The body cannot be parsed as JSON."""

    RULE = "the body must be JSON in UTF-8, with each name once"

    def __init__(self, reason: str) -> None:
        super().__init__(HTTPStatus.UNPROCESSABLE_ENTITY, f"{reason}.")
        self.violations = [Violation(loc=("body",), msg=reason, rule=self.RULE, value=None)]


class ContractBroken(Problem):
    """The body parses, and breaks the contract."""

    def __init__(self, violations: Sequence[Violation]) -> None:
        super().__init__(HTTPStatus.UNPROCESSABLE_ENTITY, violations[0].msg)
        self.violations = violations


class InternalError(Problem):
    """Nobody foresaw this; the log knows more under the request's id."""

    def __init__(self) -> None:
        super().__init__(HTTPStatus.INTERNAL_SERVER_ERROR, "The service failed; its log has the reason.")


class NotReady(Problem):
    """The model is not loaded."""

    def __init__(self) -> None:
        super().__init__(HTTPStatus.SERVICE_UNAVAILABLE, "The model is not loaded yet.", {"Retry-After": "5"})


class ProblemJSON(JSONResponse):
    """An error body as RFC 9457 has it."""

    media_type = "application/problem+json"


def problem_body(error: HTTPException) -> dict[str, Any]:  # Any: JSON
    """Any HTTP error in the form of RFC 9457."""
    violations = error.violations if isinstance(error, Problem) else ()
    return {
        "type": "about:blank",
        "title": HTTPStatus(error.status_code).phrase,
        "status": error.status_code,
        "detail": error.detail,
        "request_id": REQUEST_ID.get(),
        "errors": [violation.model_dump() for violation in violations],
    }


def problem_response(error: HTTPException) -> ProblemJSON:
    """Any HTTP error as an answer."""
    return ProblemJSON(problem_body(error), status_code=error.status_code, headers=error.headers)


async def _on_http_error(_: Request, error: HTTPException) -> Response:
    error.detail = ROUTING_DETAILS.get(error.status_code, error.detail)
    return problem_response(error)


async def _on_validation_error(_: Request, error: RequestValidationError) -> Response:
    return problem_response(ContractBroken(violations_of(error.errors())))


async def _on_invalid_feature(_: Request, error: InvalidFeature) -> Response:
    violation = Violation.of(("body", "features", error.position), error.rule, error.value)
    return problem_response(ContractBroken([violation]))


# Any: each handler takes the error of its own key.
ERROR_HANDLERS: dict[int | type[Exception], Callable[[Request, Any], Coroutine[Any, Any, Response]]] = {
    HTTPException: _on_http_error,
    RequestValidationError: _on_validation_error,
    InvalidFeature: _on_invalid_feature,
}
