"""Who has a key: callers by name, the administrator, the reader of ``/metrics``; and whether their rate is limited."""

import hmac
from hashlib import sha256
from typing import TYPE_CHECKING

from fastapi import Request
from fastapi.security.utils import get_authorization_scheme_param
from pydantic import SecretStr

from app.settings import NAMED_KEY, Settings

if TYPE_CHECKING:
    from app.rate_limit import RateLimit

# What a setting that is left empty leaves open, said at the start and in ``/ready``.
OPEN = {
    "api_keys": "API_KEYS is empty: anybody may ask.",
    "metrics_token": "METRICS_TOKEN is empty: anybody may read /metrics.",
    "rate_limit_per_minute": "RATE_LIMIT_PER_MINUTE is 0: anybody may ask without end.",
}


class Access:
    """The doors of the service; of every key and token only the SHA-256 is kept."""

    def __init__(self, settings: Settings) -> None:
        self.keys = [_named(place, key) for place, key in enumerate(settings.api_keys, 1)]
        self.metrics_token = None if settings.metrics_token is None else _digest(settings.metrics_token)
        self.admin_key = None if settings.admin_key is None else _digest(settings.admin_key)
        self.rate_limit = _rate_limit(settings)
        self.warnings = [warning for name, warning in OPEN.items() if not getattr(settings, name)]
        self.warnings += [
            f"Key {place} of API_KEYS is plain: write name:sha256, so that who reads the settings has no key."
            for place, key in enumerate(settings.api_keys, 1)
            if not NAMED_KEY.fullmatch(key.get_secret_value())
        ]

    def caller(self, request: Request) -> str | None:
        """The name of the key that a request brings; None for none and for an unknown one."""
        given, found = given_digest(request), None
        # All of them are compared, each in constant time, so that the time of an answer tells nothing about a key.
        for name, known in self.keys:
            if hmac.compare_digest(given, known):
                found = name
        return found

    async def aclose(self) -> None:
        """Close all connections."""
        if self.rate_limit is not None:
            await self.rate_limit.aclose()


def given_digest(request: Request) -> bytes:
    """The SHA-256 of the key or token that a request brings."""
    if (key := request.headers.get("x-api-key")) is None:
        scheme, token = get_authorization_scheme_param(request.headers.get("authorization"))
        key = token if scheme.lower() == "bearer" else ""
    return sha256(key.strip().encode()).digest()


def _named(place: int, key: SecretStr) -> tuple[str, bytes]:
    """Name and digest of one of ``API_KEYS``; a plain key is named by its place."""
    if named := NAMED_KEY.fullmatch(key.get_secret_value()):
        return named[1], bytes.fromhex(named[2])
    return f"plain-{place}", _digest(key)


def _digest(secret: SecretStr) -> bytes:
    return sha256(secret.get_secret_value().encode()).digest()


def _rate_limit(settings: Settings) -> "RateLimit | None":
    if not settings.rate_limit_per_minute:
        return None
    from app.rate_limit import RateLimit  # noqa: PLC0415 - takes a sixth of the start, and most services set none

    return RateLimit(settings)
