"""Who may ask: the keys of callers."""

import hmac

from fastapi import Request
from fastapi.security.utils import get_authorization_scheme_param

from app.dependencies import state_of
from app.errors import Unauthorized


async def require_key(request: Request) -> None:
    """Let callers with a known key pass, and everybody where no keys are set.

    Raises
    ------
    Unauthorized
        If the key is missing or unknown.
    """
    known = state_of(request)["settings"].api_keys
    if not known:
        return
    given = (request.headers.get("x-api-key") or _bearer_token(request)).strip().encode()
    # In constant time, so that the time of an answer tells nothing about a key.
    if not any(hmac.compare_digest(given, each.get_secret_value().encode()) for each in known):
        raise Unauthorized


def _bearer_token(request: Request) -> str:
    scheme, token = get_authorization_scheme_param(request.headers.get("authorization"))
    return token if scheme.lower() == "bearer" else ""
