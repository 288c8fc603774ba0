"""Who may ask: the keys of callers."""

import hmac
from typing import Annotated

from fastapi import Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from app.dependencies import RunningState
from app.errors import Unauthorized

KEY_HEADER = APIKeyHeader(name="X-API-Key", auto_error=False, description="One of API_KEYS, where the service has any.")
BEARER = HTTPBearer(auto_error=False, description="The same key as a bearer token.")


async def require_key(
    state: RunningState,
    key: Annotated[str | None, Security(KEY_HEADER)],
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)],
) -> None:
    """Let callers with a known key pass, and everybody where no keys are set.

    Raises
    ------
    Unauthorized
        If the key is missing or unknown.
    """
    known = state["settings"].api_keys
    if not known:
        return
    given = (key or (bearer.credentials if bearer else "")).strip().encode()
    # In constant time, so that the time of an answer tells nothing about a key.
    if not any(hmac.compare_digest(given, each.get_secret_value().encode()) for each in known):
        raise Unauthorized
