"""Nothing scrolls sideways: in every state of the page, on every width, in the system's fonts and in the widest."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.page import states
from tests.support import skip_or_fail

# 320 is the smallest phone, and what a desktop shows at 400 %; the rest lie on both sides of each break of the layout.
WIDTHS = (320, 340, 341, 390, 520, 521, 760, 761, 1000, 1001, 1240, 1440)
WIDEST_FONT = "DejaVu Sans"  # a quarter wider than Arial
USE_FONT = """(font) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`* { font-family: "${font}" !important; }`);
    document.adoptedStyleSheets.push(sheet);
}"""
# A missing font is replaced by what stands behind it, which then is as wide as alone.
HAS_FONT = """(font) => {
    const context = document.createElement("canvas").getContext("2d");
    const width = (family) => { context.font = `40px ${family}`; return context.measureText("iWm").width; };
    return ["serif", "monospace"].some((other) => width(`"${font}", ${other}`) !== width(other));
}"""
# Charts are drawn anew when their place has changed, a frame later.
TOO_WIDE = """async () => {
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    const isOut = (element) => element.getBoundingClientRect().right > innerWidth && !element.closest(".scroll");
    return document.documentElement.scrollWidth === innerWidth ? [] : [document.documentElement.scrollWidth,
        ...[...document.querySelectorAll("body *")].filter(isOut).map((element) => element.outerHTML.slice(0, 80))];
}"""


def too_wide(page: Page) -> dict[int, list[Any]]:  # Any: how wide, and which elements stand out
    """By width of the window, where the page is wider than that."""
    found = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        found[width] = page.evaluate(TOO_WIDE)
    return {width: elements for width, elements in found.items() if elements}


@pytest.mark.parametrize("state", states.STATES, ids=lambda state: state.__name__)
def test_no_width_scrolls_sideways(visit, door, witnesses, state):
    page = visit("about:blank", base_url=door.base_url)
    witnesses[-1].foreseen |= states.FORESEEN
    state(page, door)

    assert too_wide(page) == {}, "in the fonts of this system"

    if not page.evaluate(HAS_FONT, WIDEST_FONT):
        skip_or_fail(f"the font {WIDEST_FONT} is missing: apt-get install fonts-dejavu-core")
    page.evaluate(USE_FONT, WIDEST_FONT)
    assert too_wide(page) == {}, f"in {WIDEST_FONT}"


HIDDEN_IN_LIST = """() => [...document.querySelectorAll(".scroll:has(.ranked)")]
    .map((element) => element.scrollWidth - element.clientWidth)"""


def test_the_list_is_never_cut_off(visit, door):
    """Badges are whole and the opened row can be read, on every width and in the widest font."""
    page = visit("about:blank", base_url=door.base_url)
    states.results_in_detail(page, door)
    page.get_by_label("Decision", exact=True).select_option(label="Control group")
    page.get_by_role("button", name="Details of").first.click()
    page.evaluate(USE_FONT, WIDEST_FONT)

    hidden = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        hidden[width] = page.evaluate(HIDDEN_IN_LIST)
    assert hidden == {width: [0] for width in WIDTHS}


STUCK = """() => [...document.querySelectorAll("body *")]
    .filter((element) => ["sticky", "fixed"].includes(getComputedStyle(element).position)
        && !element.closest("table, dialog"))
    .reduce((sum, element) => sum + element.getBoundingClientRect().height, 0)"""


@pytest.mark.parametrize("height", [480, 699, 700, 844, 1080])
def test_what_sticks_takes_no_more_than_a_tenth_of_the_screen(visit, door, height):
    """Whatever format is chosen: the words beside it differ in length."""
    page = visit("about:blank", base_url=door.base_url)
    states.results(page, door)
    page.evaluate(USE_FONT, WIDEST_FONT)
    formats = page.get_by_label("Format").locator("option").evaluate_all("(all) => all.map(({ value }) => value)")

    stuck = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": height})
        for each in formats:
            page.get_by_label("Format").select_option(each)
            stuck[width, each] = page.evaluate(STUCK)
    assert max(stuck.values()) <= height / 10
    assert height < 700 or max(stuck.values()) > 0, "the bar sticks where there is room"


def test_what_is_too_wide_is_found(visit, door):
    """The law above can be broken."""
    page = visit("about:blank", base_url=door.base_url)
    states.start(page, door)
    page.evaluate("document.querySelector('h1').style.whiteSpace = 'nowrap'")

    assert set(too_wide(page)) >= {320, 390}
