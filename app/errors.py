"""Which error becomes which status and problem+json body (RFC 9457).

Problem                   an answer that is no success
├── BodyIncomplete        400  the caller hung up before the whole body had come
├── Unauthorized          401  key missing or unknown
├── NotAcceptable         406  no form of the answer that the caller accepts
├── BodyTooSlow           408  the body takes longer to come than the endpoint waits
├── BodyTooLarge          413  longer than the endpoint reads
├── UnsupportedMediaType  415  the body does not claim to be of a kind that is read
├── EncodedBody           415  the body is packed
├── ContractBroken        422  the body parses and breaks the contract
│   └── BadRows               customers of a batch break it
├── RateLimited           429  this caller asks too often
├── InternalError         500  nobody foresaw this
├── NotReady              503  the model is not loaded
├── NoHistoryModel        503  order lines need a model that is not there
└── Overloaded            503  more is asked for than can be answered

``app.error_handlers`` adds the errors of FastAPI and of the model.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from starlette.exceptions import HTTPException

from app.validation_errors import FieldError


class Problem(HTTPException):
    """An answer that is no success, told to the caller in one sentence."""

    errors: Sequence[FieldError] = ()

    def __init__(self, status: HTTPStatus, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, detail, headers)


class BodyIncomplete(Problem):
    """The caller hung up before the whole body had come; nobody reads this but the log and the counters."""

    def __init__(self) -> None:
        super().__init__(HTTPStatus.BAD_REQUEST, "The body ends before it is whole.")


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


class ContractBroken(Problem):
    """The body parses, and breaks the contract."""

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__(HTTPStatus.UNPROCESSABLE_ENTITY, errors[0].msg)
        self.errors = errors


class BadRows(ContractBroken):
    """Customers of a batch break the contract, so none is answered."""

    def __init__(self, errors: Sequence[FieldError], rows: Sequence[int]) -> None:
        super().__init__(errors)
        self.rows = rows


class RateLimited(Problem):
    """The caller has asked as often as it may for now."""

    def __init__(self, seconds: int) -> None:
        super().__init__(
            HTTPStatus.TOO_MANY_REQUESTS,
            f"This caller has used up its requests of this minute; ask again in {seconds} seconds.",
            {"Retry-After": str(seconds)},
        )


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
