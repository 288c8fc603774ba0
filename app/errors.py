"""Which error becomes which status and problem+json body (RFC 9457).

Problem                   an answer that is no success
├── Unauthorized          401  key missing or unknown
├── NotAcceptable         406  no form of the answer that the caller accepts
├── BodyTooSlow           408  the body takes longer to come than the endpoint waits
├── BodyTooLarge          413  longer than the endpoint reads
├── UnsupportedMediaType  415  the body does not claim to be of a kind that is read
├── EncodedBody           415  the body is packed
├── UnreadableBody        422  the body cannot be parsed
├── ContractBroken        422  the body parses and breaks the contract
│   └── BadRows               customers of a batch break it
├── InternalError         500  nobody foresaw this
├── NotReady              503  the model is not loaded
├── NoHistoryModel        503  order lines need a model that is not there
└── Overloaded            503  more is asked for than can be answered

The model's ``InvalidFeature`` and ``NoPurchase`` become ``ContractBroken``, and so does FastAPI's
``RequestValidationError``.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException

from app.logs import REQUEST_ID
from app.violations import Violation
from model.errors import InvalidFeature, NoPurchase


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


class NotAcceptable(Problem):
    """The answer has no form that the caller accepts."""

    def __init__(self, media_types: Sequence[str]) -> None:
        super().__init__(HTTPStatus.NOT_ACCEPTABLE, f"Accept must allow one of {', '.join(media_types)}.")


class BodyTooSlow(Problem):
    """The body takes longer to come than the endpoint waits."""

    def __init__(self, seconds: int) -> None:
        super().__init__(HTTPStatus.REQUEST_TIMEOUT, f"The body must have come within {seconds} seconds.")


class BodyTooLarge(Problem):
    """The body is longer than the service reads."""

    def __init__(self, limit: int) -> None:
        super().__init__(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"A body may have at most {limit} bytes.")


class UnsupportedMediaType(Problem):
    """The body does not claim to be of a kind that the endpoint reads."""

    def __init__(self, content_type: str | None, wanted: str = "application/json") -> None:
        given = "missing" if content_type is None else repr(content_type[:80])
        super().__init__(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Content-Type is {given}, but must be {wanted}.")


class EncodedBody(Problem):
    """The body is packed, which the service does not undo."""

    def __init__(self, encoding: str) -> None:
        super().__init__(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            f"Content-Encoding is {encoding[:80]!r}, but a body must come as it is; only a file may be a .csv.gz.",
        )


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


class BadRows(ContractBroken):
    """Customers of a batch break the contract, so none is answered."""

    def __init__(self, violations: Sequence[Violation], rows: Sequence[int]) -> None:
        super().__init__(violations)
        self.rows = rows


class InternalError(Problem):
    """Nobody foresaw this; the log knows more under the request's id."""

    def __init__(self) -> None:
        super().__init__(HTTPStatus.INTERNAL_SERVER_ERROR, "The service failed; its log has the reason.")


class NotReady(Problem):
    """The model is not loaded."""

    def __init__(self) -> None:
        super().__init__(HTTPStatus.SERVICE_UNAVAILABLE, "The model is not loaded yet.", {"Retry-After": "5"})


class NoHistoryModel(Problem):
    """Order lines are answered by a model that this service does not have; its log knows why."""

    def __init__(self) -> None:
        super().__init__(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "This service has no usable model of whole order histories. Train one with "
            "'python -m training ORDERS', then start it anew; six numbers are answered meanwhile.",
        )


class Overloaded(Problem):
    """More is asked for than can be answered; said at once, for a queue that grows helps nobody."""

    def __init__(self) -> None:
        super().__init__(
            HTTPStatus.SERVICE_UNAVAILABLE, "Too much is under way; ask again in a second.", {"Retry-After": "1"}
        )


def problem_of(error: Exception) -> HTTPException:
    """The problem that an error is to the caller; ``InternalError`` where nobody foresaw it."""
    match error:
        case HTTPException():
            return error
        case InvalidFeature():
            violation = Violation.of(("body", "features", error.position), error.rule, error.value)
            return ContractBroken([violation])
        case NoPurchase():
            rule = "at least one line before as_of must be a purchase: quantity and price above 0"
            return ContractBroken([Violation(loc=("body", "order_lines"), msg=str(error), rule=rule, value=None)])
        case _:
            return InternalError()


def problem_body(error: HTTPException) -> dict[str, Any]:  # Any: JSON
    """Any HTTP error in the form of RFC 9457."""
    violations = error.violations if isinstance(error, Problem) else ()
    body = {
        "type": "about:blank",
        "title": HTTPStatus(error.status_code).phrase,
        "status": error.status_code,
        "detail": error.detail,
        "request_id": REQUEST_ID.get(),
        "errors": [violation.model_dump() for violation in violations],
    }
    return {**body, "bad_rows": error.rows} if isinstance(error, BadRows) else body
