"""The dependencies that ask who may ask, and how often."""

import hmac
from ipaddress import IPv6Address, IPv6Network

from fastapi import Request

from app.access import given_digest
from app.dependencies import state_of
from app.errors import NoAdministration, Unauthorized


async def require_key(request: Request) -> None:
    """Let callers with a known key pass, and everybody where no keys are set, as often as the rate limit allows.

    Raises Unauthorized, and RateLimited if the key, or without one the address, asks too often; so does who tries keys.
    """
    access = state_of(request)["access"]
    caller = access.caller(request) if access.keys else None
    if caller is not None:
        request.state.caller = caller  # for the log
    if access.rate_limit is not None:
        await access.rate_limit.take(f"address {_address(request)}" if caller is None else f"key {caller}")
    if access.keys and caller is None:
        raise Unauthorized()


async def require_admin_key(request: Request) -> None:
    """Let the administrator pass; who tries keys is held to the rate limit of its address.

    Raises
    ------
    NoAdministration
        If no key is set for one.
    Unauthorized, RateLimited
        If the key is missing or another, or too many were tried.
    """
    access = state_of(request)["access"]
    if access.admin_key is None:
        raise NoAdministration()
    if not hmac.compare_digest(given_digest(request), access.admin_key):
        if access.rate_limit is not None:
            await access.rate_limit.take(f"address {_address(request)}")
        raise Unauthorized()


async def require_metrics_token(request: Request) -> None:
    """Let who has the token pass, and everybody where none is set; raises Unauthorized."""
    token = state_of(request)["access"].metrics_token
    if token is not None and not hmac.compare_digest(given_digest(request), token):
        raise Unauthorized()


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
