"""What tests do at the door of a whole shop."""

import csv
import io
import re
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Page, expect

CAMPAIGN_BUTTON = "Download campaign CSV"
RANK = "/rank_customers"


def choose_file(page: Page, path: Path) -> None:
    page.locator("#shop-start input[type=file]").set_input_files(path)


def wait_for_list(page: Page, *, timeout_seconds: float = 15) -> None:
    expect(page.get_by_role("heading", name="The ranked list")).to_be_visible(timeout=timeout_seconds * 1000)


def rank_sample(page: Page) -> Page:
    """From the start page, or the door of a whole shop."""
    page.get_by_role("button", name="Try with sample orders").locator("visible=true").click()
    wait_for_list(page)
    return page


def ranked_by_service(base_url: str, path: Path, **options: str | float) -> dict[str, Any]:  # Any: JSON
    """What the service says of the same file."""
    ranked: dict[str, Any] = _posted(base_url, path, "application/json", options).json()
    return ranked


def csv_by_service(base_url: str, path: Path, **options: str | float) -> list[dict[str, str]]:
    """The campaign file that the service itself would write; a midnight is a day, as spreadsheets know it."""
    return rows_of(re.sub(r"T00:00:00(?=[,\r])", "", _posted(base_url, path, "text/csv", options).text))


def _posted(base_url: str, path: Path, accept: str, options: dict[str, str | float]) -> httpx.Response:
    files = {"file": (path.name, path.read_bytes())}
    return httpx.post(
        f"{base_url}{RANK}", params=options, files=files, headers={"Accept": accept}, timeout=60
    ).raise_for_status()


def downloaded(page: Page) -> str:
    """The campaign file as the browser saves it."""
    with page.expect_download() as download:
        page.get_by_role("button", name=CAMPAIGN_BUTTON).click()
    assert download.value.suggested_filename.endswith(".csv")
    return Path(download.value.path()).read_text(encoding="utf-8")


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
