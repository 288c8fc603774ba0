"""What FastAPI serves: the pages, the endpoints that are asked now and then, and the document of all endpoints."""

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app import pages, routes
from app.errors import ContractBroken, InternalError, problem_body, problem_of
from app.openapi import describe
from app.violations import violations_of
from model.errors import InvalidFeature

# The router knows no more than the status.
ROUTING_DETAILS: dict[int, str] = {
    HTTPStatus.NOT_FOUND: "There is nothing at this address; /docs lists what there is.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This address does not answer this method; the header Allow has those that it does.",
}


def create_framework() -> FastAPI:
    """Assemble the application that stands behind ``app.front``, which sets its ``state.service``."""
    app = FastAPI(
        exception_handlers=ERROR_HANDLERS,
        docs_url=None,  # ``pages`` serves it without a foreign host
        redoc_url=None,
        redirect_slashes=False,  # behind a TLS proxy the address to go to would be wrong
    )
    app.state.service = None
    app.include_router(routes.public)
    app.include_router(routes.protected)
    app.include_router(pages.router)
    app.mount(pages.DOCUMENTATION_ASSETS_PATH, pages.documentation_assets())
    app.mount(f"{pages.ASSETS_PATH}/{pages.assets_version()}", pages.page_assets())
    describe(app)
    return app


def problem_response(error: HTTPException) -> JSONResponse:
    """Any HTTP error as RFC 9457 has it."""
    return JSONResponse(
        problem_body(error), error.status_code, headers=error.headers, media_type="application/problem+json"
    )


async def _on_http_error(_: Request, error: HTTPException) -> Response:
    error.detail = ROUTING_DETAILS.get(error.status_code, error.detail)
    return problem_response(error)


async def _on_validation_error(_: Request, error: RequestValidationError) -> Response:
    return problem_response(ContractBroken(violations_of(error.errors())))


async def _on_model_error(_: Request, error: InvalidFeature) -> Response:
    return problem_response(problem_of(error))


async def _on_the_unforeseen(_: Request, __: Exception) -> Response:
    return problem_response(InternalError())


# Any: each handler takes the error of its own key.
ERROR_HANDLERS: dict[int | type[Exception], Callable[[Request, Any], Coroutine[Any, Any, Response]]] = {
    HTTPException: _on_http_error,
    RequestValidationError: _on_validation_error,
    InvalidFeature: _on_model_error,
    Exception: _on_the_unforeseen,
}
