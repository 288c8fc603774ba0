"""How a request body becomes Python values: JSON only, strictly."""

import json
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from app.errors import UnreadableBody, UnsupportedMediaType
from app.keys import require_key


class JsonRequest(Request):
    """A request whose body is JSON without doubled names."""

    async def json(self) -> Any:  # Any: JSON
        """Parse the body.

        Raises
        ------
        UnreadableBody
            If it is no JSON, nested beyond reason, or gives a name twice.
        """
        try:
            return json.loads(await self.body(), object_pairs_hook=_object, parse_int=_number)
        except json.JSONDecodeError as error:
            raise UnreadableBody(f"the body is no JSON: {error.msg} at position {error.pos}") from error
        except RecursionError as error:
            raise UnreadableBody("the body is nested too deeply") from error
        except UnicodeDecodeError as error:
            raise UnreadableBody(f"the body is no UTF-8: byte {error.start} has no meaning") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:  # Any: JSON
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise UnreadableBody("an object gives the same name twice")
    return fields


def _number(digits: str) -> float:
    """A whole number; beyond 15 digits as a float, for Python refuses integers of thousands of digits."""
    return int(digits) if len(digits) <= 15 else float(digits)


class ProtectedRoute(APIRoute):
    """An endpoint that asks for a key first, and only then reads the body."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The endpoint behind key and content type."""
        answer = super().get_route_handler()
        has_body = self.body_field is not None

        async def guarded_answer(request: Request) -> Response:
            require_key(request)
            if has_body:
                _require_json(request.headers.get("content-type"))
            return await answer(JsonRequest(request.scope, request.receive))

        return guarded_answer


def _require_json(content_type: str | None) -> None:
    media_type = (content_type or "").partition(";")[0].strip().lower()
    if media_type != "application/json" and not (
        media_type.startswith("application/") and media_type.endswith("+json")
    ):
        raise UnsupportedMediaType(content_type)
