"""A service in this process, with a small model and only the settings that a test names."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from tests.support import small_model

Start = Callable[..., TestClient]


@pytest.fixture(scope="session")
def model_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_model(tmp_path_factory.mktemp("model"))


@pytest.fixture
def start(model_dir: Path) -> Iterator[Start]:
    """``start(cors_origins=...)`` gives a client of a started service; an exception would be its 500."""
    with ExitStack() as stack:

        def started(**settings: Any) -> TestClient:
            chosen = Settings(_env_file=None, **{"model_dir": model_dir, "groq_api_key": None, **settings})
            return stack.enter_context(TestClient(create_app(chosen), raise_server_exceptions=False))

        yield started


@pytest.fixture
def client(start: Start) -> TestClient:
    return start()
