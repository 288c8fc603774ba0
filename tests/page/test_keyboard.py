"""Everything can be done without a mouse, and where the focus is can be seen."""

from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.page.shop_view import CAMPAIGN_BUTTON, rows_of, wait_for_list

MOST_TABS = 90
HAS_VISIBLE_FOCUS = """(element) => {
    const style = getComputedStyle(element);
    return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
}"""


def tab_to(page: Page, wanted: Locator, *, key: str = "Tab") -> None:
    """Press Tab until ``wanted`` has the focus; every stop on the way must show that it has it."""
    for _ in range(MOST_TABS):
        page.keyboard.press(key)
        if wanted.evaluate("(element) => element === document.activeElement"):
            assert wanted.evaluate(HAS_VISIBLE_FOCUS), f"{wanted} has the focus and does not show it"
            return
    raise AssertionError(f"{wanted} was not reached with {MOST_TABS} times {key}")


def test_from_sample_orders_to_the_campaign_file(visit):
    page = visit("/")
    expect(page.locator("#home-archetypes").get_by_role("button")).to_have_count(5)

    tab_to(page, page.get_by_role("button", name="Try with sample orders").locator("visible=true"))
    page.keyboard.press("Enter")
    wait_for_list(page)
    tab_to(page, page.get_by_role("radio", name="By budget"))  # the chosen one of the group
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="By number")).to_be_checked()
    slider = page.get_by_role("slider", name="Customers to contact")
    tab_to(page, slider)
    page.keyboard.press("Home")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    contacted = int(float(slider.input_value()))
    assert contacted > 0
    button = page.get_by_role("button", name=CAMPAIGN_BUTTON)
    tab_to(page, button)
    with page.expect_download() as download:
        page.keyboard.press("Enter")

    rows = rows_of(Path(download.value.path()).read_text())
    assert sum(row["decision"] == "treat" for row in rows) == contacted


def test_one_customer_from_first_tab_to_answer(visit):
    page = visit("/")
    expect(page.locator("#home-archetypes").get_by_role("button")).to_have_count(5)

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    tab_to(page, page.locator("#home-archetypes").get_by_role("button").first)
    page.keyboard.press("Enter")
    expect(page.locator("#answer")).to_contain_text("£")

    tab_to(page, page.locator("#customer-form [name=recency_days]"))
    page.keyboard.press("Control+A")
    page.keyboard.type("300")
    page.keyboard.press("Enter")
    expect(page.locator("#answer")).to_contain_text("At Risk")


def test_a_table_is_sorted_and_opened_by_keys(visit):
    page = visit("/")
    page.get_by_role("button", name="Try with sample orders").first.click()
    wait_for_list(page)

    header = page.get_by_role("button", name="Chance", exact=True)
    header.focus()
    page.keyboard.press("Enter")
    expect(page.locator("th[aria-sort=ascending], th[aria-sort=descending]")).to_contain_text("Chance")

    details = page.get_by_role("button", name="Details of").first
    details.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#shop-results")).to_contain_text("What to do")


def test_an_error_takes_the_focus_to_the_field(visit):
    """Who cannot see the red border is led there."""
    page = visit("/#customer")
    button = page.get_by_role("button", name="Forecast", exact=True)
    expect(button).to_be_enabled()
    button.focus()
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.getAttribute('aria-invalid')") == "true"
