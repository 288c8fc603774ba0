"""``python -m tests.page.screenshots docs/images``: the page's main states, wide and narrow, light and dark."""

import argparse
import sys
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, FloatRect, Page

from app.main import create_app
from app.settings import Settings
from tests.page import states
from tests.page.browser import find_chromium, started_browser
from tests.page.conftest import DESKTOP, PHONE, viewport
from tests.page.stand_in import Door, open_door
from tests.support import ROOT

LOOKS: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SHOWN = {
    "start": states.start,
    "customer": states.answer,
    "shop": states.results,
    "list": states.results_in_detail,
    "problem": states.file_to_correct,
}
MOST_HEIGHT = 1240


def photograph(browser: Browser, door: Door, folder: Path) -> None:
    """One picture of each state, size and look."""
    for size, scheme, (name, reach) in product((DESKTOP, PHONE), LOOKS, SHOWN.items()):
        context = browser.new_context(
            base_url=door.base_url,
            viewport=viewport(size),
            color_scheme=scheme,
            locale="en-GB",
            reduced_motion="reduce",
        )
        page = context.new_page()
        reach(page, door)
        _save(page, name, folder / f"{name}-{size[0]}-{scheme}.png")
        context.close()


def _save(page: Page, name: str, path: Path) -> None:
    """The upper part of the page, or of the list, where it stands in the whole page: nothing sticks over it there."""
    if page.get_by_role("dialog").count():
        page.screenshot(path=path)  # stands in the window
        return
    page.evaluate("scrollTo(0, 0)")
    shown = page.locator("body" if name != "list" else "section.card:has(table.ranked)").bounding_box()
    assert shown is not None
    clip: FloatRect = {**shown, "height": min(shown["height"], MOST_HEIGHT)}
    page.screenshot(path=path, full_page=True, clip=clip)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.page.screenshots", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where the pictures are written")
    folder: Path = parser.parse_args(arguments).folder
    executable = find_chromium()
    if executable is None:
        print("error: chromium is missing", file=sys.stderr)
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    settings = Settings(_env_file=None, model_dir=ROOT / "model", groq_api_key=None, log_level="WARNING")
    with open_door(create_app(settings)) as door, started_browser(executable) as browser:
        photograph(browser, door, folder)
    for picture in sorted(folder.glob("*.png")):
        print(f"{picture.stat().st_size / 1000:6.0f} kB  {picture}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
