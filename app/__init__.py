"""The network around the numbers: ``uvicorn app:app``."""

from app.main import create_app

app = create_app()
