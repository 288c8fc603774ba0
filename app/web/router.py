"""The pages for people: the page at /, and the interactive documentation. Nothing on them comes from another host."""

import hashlib
import json
import re
from base64 import b64encode
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.staticfiles import StaticFiles
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import FileResponse, HTMLResponse, Response

from app.dependencies import RunningState
from app.openapi import problems, texts
from app.predictions.schemas import LONGEST_ID
from model.artifact.card import ModelCard
from model.estimators.intervals import COVERAGE
from model.features.definitions import FEATURES
from model.ranking.presets import presets
from model.segments import Segment

STATIC = Path(__file__).parent / "static"
# One customer of every segment, well inside it; the page, Postman and the tests show the same five.
ARCHETYPES = Path(__file__).with_name("archetypes.json")
ASSETS_PATH = "/assets"
DOCUMENTATION_ASSETS_PATH = "/docs-assets"
ICON = "/favicon.svg"

ALLOWED_BY_PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "font-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
# Swagger UI styles its elements itself, and starts with a script in the page.
ALLOWED_BY_DOCUMENTATION = (
    "default-src 'none'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self' data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
# Asked for again each time, and answered with 304 where nothing is new.
CHECKED = "no-cache"
# The address changes with the content, so what lies there never does.
KEPT = "public, max-age=31536000, immutable"

router = APIRouter()


class Assets(StaticFiles):
    """Scripts, styles and data of the page; kept by browsers for good, because their address names their version."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:  # Any: as Starlette has them
        """A file, or 304."""
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = KEPT
        return response


def mount_static_files(app: FastAPI) -> None:
    """Serve what the pages load: relative imports of the scripts stay within the version; Swagger UI from a package."""
    app.mount(DOCUMENTATION_ASSETS_PATH, StaticFiles(packages=[("fastapi_offline", "static")]))
    app.mount(f"{ASSETS_PATH}/{assets_version()}", GZipMiddleware(Assets(directory=STATIC)))


@cache
def assets_version() -> str:
    """A digest of everything under ``static``."""
    digest = hashlib.sha256()
    for path in sorted(path for path in STATIC.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(STATIC)}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def page_text(card: ModelCard) -> str:
    """``index.html`` with what forecasts speak of, and the addresses of this version.

    Modules are named that a browser would find one by one.
    """
    modules = sorted(path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*.js") if path.name != "theme.js")
    preloads = "\n".join(f'<link rel="modulepreload" href="{{assets}}/{module}">' for module in modules)
    text = (STATIC / "index.html").read_text(encoding="utf-8")
    told = {
        "preloads": preloads,
        "horizon_days": card.horizon_days,
        "active_days": card.active_days,
        "coverage": COVERAGE,
        "assets": f"{ASSETS_PATH}/{assets_version()}",
    }
    for name, value in told.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text


@router.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
async def start_page(request: Request, state: RunningState) -> Response:
    """One customer or a whole shop, for people."""
    text = page_text(state["model_sets"].artifact.card)
    tag = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": CHECKED, "Content-Security-Policy": ALLOWED_BY_PAGE}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return HTMLResponse(text, headers=headers)


@router.get("/about.json", include_in_schema=False)
async def about(state: RunningState) -> dict[str, Any]:  # Any: JSON
    """What the page needs to know of this service before anything is asked."""
    card, settings = state["model_sets"].artifact.card, state["settings"]
    shop = "a British wholesaler of gifts"  # whom the included example knows
    if card.data is not None:
        shop += f", {card.data.first_line_at:%B %Y} to {card.data.last_line_at:%B %Y}"
    return {
        "currency": settings.currency,
        "horizon_days": card.horizon_days,
        "model_version": card.model_version,
        "features": [{"name": each.name, "unit": each.unit, "meaning": each.meaning} for each in FEATURES],
        "segments": list(Segment),
        "thresholds": card.segments.model_dump(),
        "longest_id": LONGEST_ID,
        "max_upload_bytes": settings.max_upload_bytes,
        "presets": presets(),
        "example": {"is": card.example, "shop": shop, "train": "python -m training orders.csv"},
        "examples": json.loads(ARCHETYPES.read_text(encoding="utf-8")),
    }


@router.get(
    "/sample_orders.csv",
    tags=["service"],
    summary="Order lines to try",
    response_description="Two years of 500 invented customers.",
    responses={**texts("text/csv"), **problems(500)},
    response_class=FileResponse,
    openapi_extra={"security": []},
)
async def sample_orders() -> FileResponse:
    """The order lines of an invented shop, to try POST /rank_customers and the page with."""
    return FileResponse(STATIC / "sample_orders.csv", media_type="text/csv", headers={"Cache-Control": CHECKED})


@router.get(ICON, include_in_schema=False)
async def icon() -> FileResponse:
    """The small picture in the browser's tab."""
    return FileResponse(STATIC / "favicon.svg", headers={"Cache-Control": "public, max-age=86400"})


@router.get("/docs", include_in_schema=False)
async def documentation() -> HTMLResponse:
    """Every endpoint, to try out."""
    page = get_swagger_ui_html(
        openapi_url="/openapi.json",
        title="Customer value: documentation",
        swagger_js_url=f"{DOCUMENTATION_ASSETS_PATH}/swagger-ui-bundle.js",
        swagger_css_url=f"{DOCUMENTATION_ASSETS_PATH}/swagger-ui.css",
        swagger_favicon_url=ICON,
    )
    digests = (
        hashlib.sha256(script).digest() for script in re.findall(rb"<script>(.*?)</script>", page.body, re.DOTALL)
    )
    scripts = " ".join(f"'sha256-{b64encode(digest).decode()}'" for digest in digests)
    page.headers["Content-Security-Policy"] = ALLOWED_BY_DOCUMENTATION.format(scripts=scripts)
    return page
