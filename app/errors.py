"""Which error becomes which status and problem+json body (RFC 9457): the kinds stand by status.

``app.error_handlers`` adds the errors of FastAPI and of the model.
"""

from collections.abc import Mapping, Sequence
from functools import partial

from starlette.exceptions import HTTPException

from app.validation_errors import FieldError


class Problem(HTTPException):
    """An answer that is no success, told to the caller in one sentence that is filled with what it is told."""

    errors: Sequence[FieldError] = ()
    extra: Mapping[str, object] = {}

    def __init__(self, status: int, says: str, *told: object, headers: Mapping[str, str] | None = None) -> None:
        filled = {name: value.format(*told) for name, value in (headers or {}).items()}
        super().__init__(status, says.format(*told), filled)


class ContractBroken(Problem):
    """The body parses, and breaks the contract; ``extra`` are members of the answer besides."""

    def __init__(self, errors: Sequence[FieldError], extra: Mapping[str, object] | None = None) -> None:
        super().__init__(422, "{}", errors[0].msg)
        self.errors, self.extra = errors, extra or {}


class UnsupportedMediaType(Problem):
    """The body does not claim to be of a kind that the endpoint reads."""

    def __init__(self, content_type: str | None, wanted: str = "application/json") -> None:
        given = "missing" if content_type is None else repr(content_type[:80])
        super().__init__(415, "Content-Type is {}, but must be {}.", given, wanted)


# Kinds of a status, a sentence and its headers alone; each is called with what fills the braces, and makes a Problem.

# Nobody reads it but the log and the counters: the caller hung up.
BodyIncomplete = partial(Problem, 400, "The body ends before it is whole.")
# Whether a key is missing or unknown is nobody's business.
Unauthorized = partial(
    Problem,
    401,
    "A known key is needed, as header X-API-Key or as Authorization: Bearer.",
    headers={"WWW-Authenticate": "Bearer"},
)
NoAdministration = partial(Problem, 404, "ADMIN_KEY is not set, so this address does nothing; SIGHUP reloads.")
NotAcceptable = partial(Problem, 406, "Accept must allow one of {}.")
BodyTooSlow = partial(Problem, 408, "The body must have come within {} seconds.")
RefusedSet = partial(Problem, 409, "Nothing has changed: {}.")
BodyTooLarge = partial(Problem, 413, "A body may have at most {} bytes.")
EncodedBody = partial(
    Problem, 415, "Content-Encoding is {!r}, but a body must come as it is; only a file may be a .csv.gz."
)
RateLimited = partial(
    Problem,
    429,
    "This caller has used up its requests of this minute; ask again in {} seconds.",
    headers={"Retry-After": "{}"},
)
InternalError = partial(Problem, 500, "The service failed; its log has the reason.")
NotReady = partial(Problem, 503, "The model is not loaded yet.", headers={"Retry-After": "5"})
NoHistoryModel = partial(
    Problem,
    503,
    "This service has no usable model of whole order histories. Train one with "
    "'python -m training ORDERS', then reload it or start it anew; six numbers are answered meanwhile.",
)
# An order file passes through a temporary folder, whose disk has no room.
DiskFull = partial(Problem, 503, "There is no room for a file now; ask later.", headers={"Retry-After": "60"})
# Said at once, for a queue that grows helps nobody.
Overloaded = partial(Problem, 503, "Too much is under way; ask again in a second.", headers={"Retry-After": "1"})
