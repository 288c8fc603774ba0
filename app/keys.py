"""Who may ask: the keys of callers."""

import hmac

from fastapi import Request
from fastapi.security import APIKeyHeader, HTTPBearer

from app.errors import Unauthorized
from app.service import current_service

# These two only describe the keys in /docs; ``require_key`` checks them before the body is read.
KEY_HEADER = APIKeyHeader(name="X-API-Key", auto_error=False, description="One of API_KEYS, where the service has any.")
BEARER = HTTPBearer(auto_error=False, description="The same key as a bearer token.")


def require_key(request: Request) -> None:
    """Let callers with a known key pass, and everybody where no keys are set.

    Raises
    ------
    Unauthorized
        If the key is missing or unknown.
    """
    known = [key.get_secret_value().encode() for key in current_service(request).settings.api_keys]
    if not known:
        return
    given = _given_key(request).encode()
    # In constant time, so that the time of an answer tells nothing about a key.
    if not any(hmac.compare_digest(given, key) for key in known):
        raise Unauthorized


def _given_key(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    bearer = token.strip() if scheme.lower() == "bearer" else ""
    return request.headers.get("x-api-key") or bearer
