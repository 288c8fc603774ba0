"""Endpoints of FastAPI that ask for a key first, and only then read a body of strict JSON."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute
from fastapi.security import APIKeyHeader, HTTPBearer

from app.body import parse_json, require_json
from app.errors import NotReady
from app.keys import require_key
from app.service import Service

# These two only describe the keys in /docs; ``ProtectedRoute`` checks them before the body is read.
KEY_HEADER = APIKeyHeader(name="X-API-Key", auto_error=False, description="One of API_KEYS, where the service has any.")
BEARER = HTTPBearer(auto_error=False, description="The same key as a bearer token.")


def current_service(request: Request) -> Service:
    """The running service, for endpoints.

    Raises
    ------
    NotReady
        Before the start is complete, and in an app that was mounted without its lifespan.
    """
    service: Service | None = request.app.state.service
    if service is None:
        raise NotReady
    return service


CurrentService = Annotated[Service, Depends(current_service)]


class JsonRequest(Request):
    """A request whose body is JSON without doubled names."""

    async def json(self) -> Any:  # Any: JSON
        """Parse the body, see ``parse_json``."""
        return parse_json(await self.body())


class ProtectedRoute(APIRoute):
    """An endpoint behind key and content type."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The endpoint behind its checks."""
        answer = super().get_route_handler()
        has_body = self.body_field is not None

        async def guarded_answer(request: Request) -> Response:
            headers = request.headers
            require_key(
                current_service(request).api_keys,
                authorization=headers.get("authorization"),
                x_api_key=headers.get("x-api-key"),
            )
            if has_body:
                require_json(headers.get("content-type"))
            return await answer(JsonRequest(request.scope, request.receive))

        return guarded_answer
