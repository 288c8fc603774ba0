"""The network around the numbers: ``uvicorn app:app``."""

from typing import Any


def __getattr__(name: str) -> Any:  # Any: as modules have it
    """``app.app``, made when a server first asks for it, so that importing a part of the package makes nothing."""
    if name == "app":
        from app.main import app  # noqa: PLC0415 - see above

        return app
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
