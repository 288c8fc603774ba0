"""Light and dark: as the system has it, or as chosen, and kept."""

import pytest
from playwright.sync_api import expect

LUMINANCE = """() => {
    const [red, green, blue] = getComputedStyle(document.body).backgroundColor.match(/[\\d.]+/g).map(Number);
    return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255;
}"""


@pytest.mark.parametrize(("scheme", "is_dark"), [("light", False), ("dark", True)])
def test_the_page_looks_as_the_system_does(visit, scheme, is_dark):
    page = visit("/", color_scheme=scheme)

    assert (page.evaluate(LUMINANCE) < 0.2) is is_dark


def test_a_choice_wins_over_the_system_and_is_kept(visit):
    page = visit("/", color_scheme="light")
    look = page.locator("#theme")
    for _ in range(3):
        if page.evaluate(LUMINANCE) < 0.2:
            break
        look.click()
    assert page.evaluate(LUMINANCE) < 0.2

    page.reload()

    assert page.evaluate(LUMINANCE) < 0.2
    expect(look).to_have_accessible_name("Look: dark. Change to as the system")
    look.click()
    assert page.evaluate(LUMINANCE) > 0.8
