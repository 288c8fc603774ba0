"""The application: settings, the state of its lifespan, middleware, error handlers, routers."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.routing import APIRoute
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from app import openapi
from app.concurrency import ConcurrencyLimitMiddleware
from app.dependencies import State
from app.error_handlers import FORESEEN, on_error
from app.insights import InsightService
from app.logs import configure_logging, silence_server
from app.metrics import Metrics, telemetry
from app.middleware import BodyLimitMiddleware, RequestLogMiddleware
from app.model_sets import ModelSets, reloaded_on_hangup
from app.orders.router import router as orders
from app.orders.service import ORDERS as ORDER_LINES
from app.predictions.router import CUSTOMERS
from app.predictions.router import router as predictions
from app.rankings.router import router as rankings
from app.rankings.schemas import SHOP
from app.rankings.uploads import FORM
from app.security import Access
from app.settings import Settings, SettingsError, read_settings
from app.system.router import router as system
from app.web.router import mount_static_files
from app.web.router import router as web
from model import ModelError

log = logging.getLogger(__name__)

MANY, ORDERS, RANKINGS = "/predict_customer_values", "/predict_from_orders", "/rank_customers"
ROUTERS = (predictions, orders, rankings, system, web)
PATHS = frozenset(route.path for router in ROUTERS for route in router.routes if isinstance(route, APIRoute))


def create_app(settings: Settings | None = None) -> FastAPI:
    """Assemble the service; ``settings`` come from the environment where left out."""
    configure_logging()
    try:
        settings = settings or read_settings()
    except SettingsError as error:  # told in one line and not in a traceback
        log.critical("start.refused", extra={"reason": str(error)})
        raise SystemExit(3) from None
    metrics = Metrics()
    app = FastAPI(
        **openapi.STATIC["about"],
        exception_handlers=dict.fromkeys(FORESEEN, on_error),
        lifespan=partial(_lifespan, settings, metrics),
        generate_unique_id_function=lambda route: route.name,
        docs_url=None,  # ``web`` serves it without a foreign host
        redoc_url=None,
        redirect_slashes=False,  # behind a TLS proxy the address to go to would be wrong
        telemetry=telemetry(settings, PATHS),
    )
    _add_middleware(app, settings, metrics)
    for router in ROUTERS:
        app.include_router(router)
    mount_static_files(app)
    openapi.describe(app, CUSTOMERS, ORDER_LINES, SHOP)
    return app


@asynccontextmanager
async def _lifespan(settings: Settings, metrics: Metrics, _: FastAPI) -> AsyncIterator[State]:
    """What stands behind the path operations between start and stop."""
    configure_logging(settings.log_level)
    try:
        insights = InsightService(settings, metrics)
        model_sets = ModelSets(settings, insights, metrics)
    except (SettingsError, ModelError) as error:
        log.critical("start.refused", extra={"reason": str(error)})
        silence_server()
        raise
    access = Access(settings)
    for warning in access.warnings:
        log.warning("access.warning", extra={"warning": warning})
    log.info("service.started", extra={"model_version": model_sets.artifact.card.model_version})
    with reloaded_on_hangup(model_sets):
        yield State(settings=settings, access=access, insights=insights, metrics=metrics, model_sets=model_sets)
    await insights.aclose()
    await access.aclose()
    log.info("service.stopped")


def _add_middleware(app: FastAPI, settings: Settings, metrics: Metrics) -> None:
    """From the innermost to the outermost."""
    bounds = {  # bytes of a body, and requests at once
        MANY: (settings.max_batch_body_bytes, settings.max_concurrent_batches),
        ORDERS: (settings.max_orders_body_bytes, settings.max_concurrent_orders),
        RANKINGS: (settings.max_shop_body_bytes, settings.max_concurrent_rankings),
    }

    def most_bytes(path: str, content_type: str) -> int:
        if path == RANKINGS and content_type.lower().startswith(FORM):
            return settings.max_upload_bytes
        return bounds[path][0] if path in bounds else settings.max_body_bytes

    most_of = {path: most for path, (_, most) in bounds.items()}
    app.add_middleware(BodyLimitMiddleware, most_bytes=most_bytes)
    app.add_middleware(ConcurrencyLimitMiddleware, most=settings.max_concurrent_requests, most_of=most_of)
    app.add_middleware(RequestLogMiddleware, metrics=metrics, paths=PATHS)
    if settings.trusted_proxies:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(settings.trusted_proxies))
    if settings.cors_origins:  # never with credentials
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=("GET", "POST"),
            allow_headers=("Content-Type", "Authorization", "X-API-Key", "X-Request-ID"),
            expose_headers=("X-Request-ID", "Retry-After"),
        )


app = create_app()
