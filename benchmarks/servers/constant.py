"""The ceiling: constant JSON from bare ASGI."""

from typing import Any

BODY = b'{"customer_id":"13085","predicted_future_spend_30d":118.15}'
HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(BODY))]


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:  # Any: ASGI's own types
    """Answer any request alike."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body", False):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BODY})
