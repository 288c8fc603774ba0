"""Which error becomes which status and problem+json body (RFC 9457): the kinds stand by status.

``app.error_handlers`` adds the errors of FastAPI and of the model.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from starlette.exceptions import HTTPException

from app.validation_errors import FieldError


class Problem(HTTPException):
    """An answer that is no success, told to the caller in one sentence that each kind fills with what it is told."""

    errors: Sequence[FieldError] = ()
    extra: Mapping[str, object] = {}
    _kind: tuple[int, str, Mapping[str, str]]

    def __init_subclass__(cls, status: int = 0, says: str = "{}", headers: Mapping[str, str] | None = None) -> None:
        if status:
            cls._kind = HTTPStatus(status), says, headers or {}

    def __init__(self, *told: object) -> None:
        status, says, headers = self._kind
        super().__init__(status, says.format(*told), {name: value.format(*told) for name, value in headers.items()})


class BodyIncomplete(Problem, status=400, says="The body ends before it is whole."):
    """The caller hung up before the whole body had come; nobody reads this but the log and the counters."""


class Unauthorized(
    Problem,
    status=401,
    says="A known key is needed, as header X-API-Key or as Authorization: Bearer.",
    headers={"WWW-Authenticate": "Bearer"},
):
    """The key is missing or unknown; which of the two is nobody's business."""


class NoAdministration(Problem, status=404, says="ADMIN_KEY is not set, so this address does nothing; SIGHUP reloads."):
    """Nobody may administer this service over HTTP."""


class NotAcceptable(Problem, status=406, says="Accept must allow one of {}."):
    """The answer has no form that the caller accepts."""


class BodyTooSlow(Problem, status=408, says="The body must have come within {} seconds."):
    """The body takes longer to come than the endpoint waits."""


class RefusedSet(Problem, status=409, says="Nothing has changed: {}."):
    """The model set that lies there cannot serve, and the one before goes on."""


class BodyTooLarge(Problem, status=413, says="A body may have at most {} bytes."):
    """The body is longer than the service reads."""


class UnsupportedMediaType(Problem, status=415, says="Content-Type is {}, but must be {}."):
    """The body does not claim to be of a kind that the endpoint reads."""

    def __init__(self, content_type: str | None, wanted: str = "application/json") -> None:
        super().__init__("missing" if content_type is None else repr(content_type[:80]), wanted)


class EncodedBody(
    Problem, status=415, says="Content-Encoding is {!r}, but a body must come as it is; only a file may be a .csv.gz."
):
    """The body is packed, which the service does not undo."""

    def __init__(self, encoding: str) -> None:
        super().__init__(encoding[:80])


class ContractBroken(Problem, status=422):
    """The body parses, and breaks the contract; ``extra`` are members of the answer besides."""

    def __init__(self, errors: Sequence[FieldError], extra: Mapping[str, object] | None = None) -> None:
        super().__init__(errors[0].msg)
        self.errors, self.extra = errors, extra or {}


class RateLimited(
    Problem,
    status=429,
    says="This caller has used up its requests of this minute; ask again in {} seconds.",
    headers={"Retry-After": "{}"},
):
    """The caller has asked as often as it may for now."""


class InternalError(Problem, status=500, says="The service failed; its log has the reason."):
    """Nobody foresaw this; the log knows more under the request's id."""


class NotReady(Problem, status=503, says="The model is not loaded yet.", headers={"Retry-After": "5"}):
    """The model is not loaded."""


class NoHistoryModel(
    Problem,
    status=503,
    says="This service has no usable model of whole order histories. Train one with "
    "'python -m training ORDERS', then reload it or start it anew; six numbers are answered meanwhile.",
):
    """Order lines are answered by a model that this service does not have; its log knows why."""


class DiskFull(Problem, status=503, says="There is no room for a file now; ask later.", headers={"Retry-After": "60"}):
    """An order file passes through a temporary folder, whose disk has no room."""


class Overloaded(
    Problem, status=503, says="Too much is under way; ask again in a second.", headers={"Retry-After": "1"}
):
    """More is asked for than can be answered; said at once, for a queue that grows helps nobody."""
