"""The headers that keep browsers safe."""

from collections.abc import Iterable

# What browsers may do with an answer, where the answer itself does not say; one without an ETag is not for caches.
SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
NOT_KEPT, KEPT_BY = (b"cache-control", b"no-store"), {b"etag", b"cache-control"}


def with_security_headers(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers of an answer, with those of ``SECURITY_HEADERS`` that it does not have."""
    given = {name for name, _ in headers}
    added = SECURITY_HEADERS if given & KEPT_BY else (*SECURITY_HEADERS, NOT_KEPT)
    return [*headers, *[header for header in added if header[0] not in given]]
