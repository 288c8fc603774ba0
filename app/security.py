"""Who may ask, and how often: callers by name, the administrator, the reader of ``/metrics``."""

import hmac
from hashlib import sha256
from ipaddress import IPv6Address, IPv6Network
from typing import TYPE_CHECKING

from fastapi import Request
from fastapi.security.utils import get_authorization_scheme_param
from pydantic import SecretStr

from app.errors import NoAdministration, NotReady, Unauthorized
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
        self.metrics_token = None if settings.metrics_token is None else _digest(settings.metrics_token)
        self.admin_key = None if settings.admin_key is None else _digest(settings.admin_key)
        self.rate_limit: RateLimit | None = None
        if settings.rate_limit_per_minute:
            from app import rate_limit  # noqa: PLC0415 - takes a sixth of the start, and most services set none

            self.rate_limit = rate_limit.RateLimit(settings)
        self.warnings = [warning for name, warning in OPEN.items() if not getattr(settings, name)]
        self.keys: list[tuple[str, bytes]] = []
        for place, key in enumerate(settings.api_keys, 1):
            if named := NAMED_KEY.fullmatch(key.get_secret_value()):
                self.keys.append((named[1], bytes.fromhex(named[2])))
            else:
                self.keys.append((f"plain-{place}", _digest(key)))
                self.warnings.append(
                    f"Key {place} of API_KEYS is plain: write name:sha256, so that who reads the settings has no key."
                )

    def caller(self, request: Request) -> str | None:
        """The name of the key that a request brings; None for none and for an unknown one."""
        given, found = _given_digest(request), None
        # All of them are compared, each in constant time, so that the time of an answer tells nothing about a key.
        for name, known in self.keys:
            if hmac.compare_digest(given, known):
                found = name
        return found

    async def aclose(self) -> None:
        """Close all connections."""
        if self.rate_limit is not None:
            await self.rate_limit.aclose()


def access_of(request: Request) -> Access:
    """The doors of the running application; raises NotReady before its start is complete."""
    access: Access | None = request.scope.get("state", {}).get("access")
    if access is None:
        raise NotReady()
    return access


async def require_key(request: Request) -> None:
    """Let callers with a known key pass, and everybody where no keys are set, as often as the rate limit allows.

    Raises Unauthorized, and RateLimited if the key, or without one the address, asks too often; so does who tries keys.
    """
    access = access_of(request)
    caller = access.caller(request) if access.keys else None
    if caller is not None:
        request.state.caller = caller  # for the log
    if access.rate_limit is not None:
        await access.rate_limit.take(f"address {_address(request)}" if caller is None else f"key {caller}")
    if access.keys and caller is None:
        raise Unauthorized()


async def require_admin_key(request: Request) -> None:
    """Let the administrator pass; who tries keys is held to the rate limit of its address.

    Raises NoAdministration if no key is set for one, Unauthorized, and RateLimited if too many were tried.
    """
    access = access_of(request)
    if access.admin_key is None:
        raise NoAdministration()
    if not hmac.compare_digest(_given_digest(request), access.admin_key):
        if access.rate_limit is not None:
            await access.rate_limit.take(f"address {_address(request)}")
        raise Unauthorized()


async def require_metrics_token(request: Request) -> None:
    """Let who has the token pass, and everybody where none is set; raises Unauthorized."""
    token = access_of(request).metrics_token
    if token is not None and not hmac.compare_digest(_given_digest(request), token):
        raise Unauthorized()


def _given_digest(request: Request) -> bytes:
    """The SHA-256 of the key or token that a request brings."""
    if (key := request.headers.get("x-api-key")) is None:
        scheme, token = get_authorization_scheme_param(request.headers.get("authorization"))
        key = token if scheme.lower() == "bearer" else ""
    return sha256(key.strip().encode()).digest()


def _address(request: Request) -> str:
    """Where a request comes from; of IPv6 the network of 64 bits, for whoever has one address has them all."""
    host = "unknown" if request.client is None else request.client.host[:64]
    if ":" not in host:
        return host
    try:
        address = IPv6Address(host)
    except ValueError:
        return host  # a proxy wrote it
    return str(address.ipv4_mapped or IPv6Network((int(address), 64), strict=False))


def _digest(secret: SecretStr) -> bytes:
    return sha256(secret.get_secret_value().encode()).digest()
