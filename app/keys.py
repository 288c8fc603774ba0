"""Who may ask: the keys of callers."""

import hmac
from collections.abc import Sequence

from app.errors import Unauthorized


def require_key(known: Sequence[bytes], *, authorization: str | None, x_api_key: str | None) -> None:
    """Let callers with a known key pass, and everybody where no keys are set.

    Raises
    ------
    Unauthorized
        If the key is missing or unknown.
    """
    if not known:
        return
    given = (x_api_key or _bearer_token(authorization or "")).strip().encode()
    # In constant time, so that the time of an answer tells nothing about a key.
    if not any(hmac.compare_digest(given, key) for key in known):
        raise Unauthorized


def _bearer_token(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    return token if scheme.lower() == "bearer" else ""
