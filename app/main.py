"""The service: a list of contents. Nothing is read before the server starts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware import Middleware

from app import pages, routes
from app.errors import ERROR_HANDLERS
from app.middleware import BodyLimit, CatchAll, Cors, RequestLog
from app.openapi import DESCRIPTION, describe
from app.service import start_service, stop_service
from app.settings import Settings


def create_app(settings: Settings | None = None) -> FastAPI:
    """Assemble the service; ``settings`` come from the environment, at the start, where left out."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.service = start_service(settings)
        yield
        await stop_service(app.state.service)

    app = FastAPI(
        title="Short-term customer lifetime value",
        description=DESCRIPTION,
        lifespan=lifespan,
        exception_handlers=ERROR_HANDLERS,
        middleware=[Middleware(Cors), Middleware(RequestLog), Middleware(CatchAll), Middleware(BodyLimit)],
        docs_url=None,  # ``pages`` serves it without a foreign host
        redoc_url=None,
        redirect_slashes=False,  # behind a TLS proxy the address to go to would be wrong
    )
    app.state.service = None
    app.include_router(routes.public)
    app.include_router(routes.protected)
    app.include_router(pages.router)
    app.mount(pages.ASSETS_PATH, pages.documentation_assets())
    describe(app)
    return app
