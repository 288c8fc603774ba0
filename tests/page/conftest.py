"""One browser and one service for all tests of the page."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from app.main import create_app
from app.settings import Settings
from tests.page.browser import Witness, find_chromium, started_browser
from tests.page.stand_in import Door, open_door
from tests.support import ROOT, running_service, skip_or_fail

Visit = Callable[..., Page]
PATIENCE_MS = 15_000
DESKTOP, PHONE = (1440, 900), (390, 844)


def viewport(size: tuple[int, int]) -> ViewportSize:
    """A window of ``size`` in the words of Playwright."""
    return {"width": size[0], "height": size[1]}


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Until the last test of this folder: its event loop must not outlive them."""
    if (executable := find_chromium()) is None:
        skip_or_fail("chromium is missing")
    expect.set_options(timeout=PATIENCE_MS)
    with started_browser(str(executable)) as started:
        yield started


@pytest.fixture(scope="package")
def service_url() -> Iterator[str]:
    with running_service() as base_url:
        yield base_url


@pytest.fixture(scope="package")
def standing_door() -> Iterator[Door]:
    with open_door(create_app(Settings(_env_file=None, model_dir=ROOT / "model", groq_api_key=None))) as door:
        yield door


@pytest.fixture
def door(standing_door: Door) -> Iterator[Door]:
    """The service, where a test can have it answer 429, 503 or late."""
    yield standing_door
    standing_door.canned.clear()
    standing_door.delays.clear()


@pytest.fixture
def witnesses() -> list[Witness]:
    return []


@pytest.fixture
def visit(browser: Browser, service_url: str, witnesses: list[Witness]) -> Iterator[Visit]:
    """``visit("/#shop", color_scheme="dark")`` opens the page; after the test, no page may have complained."""
    contexts = []

    def visited(path: str = "/", *, base_url: str = service_url, **options: Any) -> Page:
        context = browser.new_context(base_url=base_url, viewport=viewport(DESKTOP), reduced_motion="reduce", **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        witnesses.append(Witness(page, base_url))
        page.goto(path)
        return page

    yield visited
    complaints = [complaint for witness in witnesses for complaint in witness.complaints()]
    for context in contexts:
        context.close()
    assert complaints == []
