"""``python -m benchmarks.page ORDERS``: how the page feels with a whole shop on it.

A real Chromium loads the page from a real service, uploads ORDERS, and works on the list. Printed are first contentful
paint and weight without a cache, the seconds from the chosen file to the list, and for each kind of work the frames:
the longest, and the 95th percentile. A screen of 60 Hz shows one every 16.7 ms.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.page.browser import Witness, find_chromium, started_browser
from tests.page.shop_view import choose_file, wait_for_list
from tests.support import running_service

LOADS = 5
PATIENCE_SECONDS = 180
PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
WATCH_FRAMES = """() => {
    window.frames_ms = [];
    let last = performance.now();
    const next = (now) => {
        window.frames_ms.push(now - last);
        last = now;
        window.watch = requestAnimationFrame(next);
    };
    window.watch = requestAnimationFrame(next);
}"""
FRAMES = "() => { cancelAnimationFrame(window.watch); return window.frames_ms.slice(1); }"


def first_paint(browser: Browser, base_url: str) -> tuple[float, int]:
    """Median milliseconds to the first contentful paint, and bytes, of loads without a cache."""
    paints, weights = [], []
    for _ in range(LOADS):
        page = browser.new_page()
        witness = Witness(page, base_url)
        page.goto(base_url)
        page.wait_for_load_state("networkidle")
        paints.append(float(page.evaluate(PAINT)))
        weights.append(witness.bytes)
        page.close()
    return statistics.median(paints), max(weights)


def seconds_to_list(page: Page, orders: Path) -> float:
    """From the chosen file to the drawn list."""
    started = time.perf_counter()
    choose_file(page, orders)
    wait_for_list(page, timeout_seconds=PATIENCE_SECONDS)
    return time.perf_counter() - started


def scroll(page: Page) -> None:
    """From top to bottom with the wheel."""
    page.mouse.move(700, 450)
    for _ in range(40):
        page.mouse.wheel(0, 250)
        page.wait_for_timeout(16)


def sort(page: Page) -> None:
    """By every column that sorts, both ways."""
    for header in page.locator("#shop-results th button").all():
        for _ in range(2):
            header.click()
            page.wait_for_timeout(60)


def search(page: Page) -> None:
    """Letter by letter."""
    field = page.get_by_label("Find a customer")
    field.press_sequentially("1234", delay=40)
    field.fill("")


def slide(page: Page) -> None:
    """The control group from nobody to half, step by step."""
    slider = page.get_by_role("slider", name="Held out as control group")
    slider.focus()
    for _ in range(30):
        slider.press("ArrowRight")


WORK: dict[str, Callable[[Page], None]] = {"scroll": scroll, "sort": sort, "search": search, "slider": slide}


def frames(page: Page, work: Callable[[Page], None]) -> list[float]:
    """Milliseconds of each frame while the work is done."""
    page.evaluate(WATCH_FRAMES)
    work(page)
    page.wait_for_timeout(200)
    measured: list[float] = page.evaluate(FRAMES)
    return sorted(measured)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page", description=__doc__)
    parser.add_argument("orders", type=Path, metavar="ORDERS", help="an order file, as a marketer would drop it")
    orders: Path = parser.parse_args(arguments).orders
    executable = find_chromium()
    if executable is None:
        print("error: chromium is missing", file=sys.stderr)
        return 1
    with running_service() as base_url, started_browser(executable) as browser:
        paint_ms, weight = first_paint(browser, base_url)
        print(f"first contentful paint {paint_ms:.0f} ms, {weight / 1000:.0f} kB (median of {LOADS} loads)")
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{base_url}/#shop")
        print(f"{orders.name}: list after {seconds_to_list(page, orders):.1f} s")
        print(f"{'':<10}{'frames':>8}{'longest ms':>12}{'p95 ms':>9}")
        for name, work in WORK.items():
            measured = frames(page, work)
            p95 = measured[int(0.95 * (len(measured) - 1))]
            print(f"{name:<10}{len(measured):>8}{measured[-1]:>12.1f}{p95:>9.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
