"""The pages for people: what this is, and the interactive documentation. Nothing on them comes from another host."""

from pathlib import Path

from fastapi import APIRouter
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.staticfiles import StaticFiles
from starlette.responses import FileResponse, HTMLResponse

STATIC = Path(__file__).parent / "static"
ASSETS_PATH = "/docs-assets"
ICON = "/favicon.svg"

router = APIRouter(include_in_schema=False)


def documentation_assets() -> StaticFiles:
    """Swagger UI as a package ships it, instead of a content network."""
    return StaticFiles(packages=[("fastapi_offline", "static")])


@router.head("/")
@router.get("/")
async def start_page() -> FileResponse:
    """What this is, and where to go from here."""
    return FileResponse(STATIC / "index.html")


@router.get(ICON)
async def icon() -> FileResponse:
    """The small picture in the browser's tab."""
    return FileResponse(STATIC / "favicon.svg")


@router.get("/docs")
async def documentation() -> HTMLResponse:
    """Every endpoint, to try out."""
    return get_swagger_ui_html(
        openapi_url="/openapi.json",
        title="Customer value: documentation",
        swagger_js_url=f"{ASSETS_PATH}/swagger-ui-bundle.js",
        swagger_css_url=f"{ASSETS_PATH}/swagger-ui.css",
        swagger_favicon_url=ICON,
    )
