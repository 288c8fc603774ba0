"""The pages for people: the page at /, and the interactive documentation."""

from app.web.router import mount_static_files, router

__all__ = ["mount_static_files", "router"]
