"""What tests do at the door of a whole shop."""

import csv
import io
from pathlib import Path

import httpx
from playwright.sync_api import Page, expect

CAMPAIGN_BUTTON = "Download campaign CSV"
RANK = "/rank_customers"


def open_shop(visit, **options) -> Page:
    page: Page = visit("/#shop", **options)
    expect(page.get_by_role("heading", name="A whole shop", exact=True)).to_be_visible()
    return page


def choose_file(page: Page, path: Path) -> None:
    page.locator("#shop-start input[type=file]").set_input_files(path)


def wait_for_list(page: Page, *, timeout_seconds: float = 15) -> None:
    expect(page.get_by_role("heading", name="The ranked list")).to_be_visible(timeout=timeout_seconds * 1000)


def ranked_sample(visit, **options) -> Page:
    """The sample shop, ranked: two clicks from the start page."""
    page: Page = visit("/", **options)
    page.get_by_role("button", name="Try with sample orders").first.click()
    wait_for_list(page)
    return page


def ranked_by_service(base_url: str, path: Path, **options: object) -> dict:
    with path.open("rb") as file:
        answer = httpx.post(f"{base_url}{RANK}", params=options, files={"file": (path.name, file)}, timeout=60)
    return answer.raise_for_status().json()


def csv_by_service(base_url: str, path: Path, **options: object) -> list[dict[str, str]]:
    with path.open("rb") as file:
        answer = httpx.post(
            f"{base_url}{RANK}", params=options, files={"file": (path.name, file)}, headers={"Accept": "text/csv"},
            timeout=60,
        )  # fmt: skip
    return rows_of(answer.raise_for_status().text)


def downloaded(page: Page) -> str:
    """The campaign file as the browser saves it."""
    with page.expect_download() as download:
        page.get_by_role("button", name=CAMPAIGN_BUTTON).click()
    assert download.value.suggested_filename.endswith(".csv")
    return Path(download.value.path()).read_text(encoding="utf-8")


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
