"""The page is light, asks nobody else, and is bound by its own policy."""

import httpx
from playwright.sync_api import expect

MOST_BYTES = 300_000
SCRIPT_IN_MARKUP = """() => {
    const script = document.createElement("script");
    script.text = "window.ran = true";
    document.body.append(script);
}"""
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


def test_a_strict_policy_comes_with_the_page(service_url):
    """No scripts or styles in the markup, nothing from elsewhere, and nobody may frame it."""
    headers = httpx.get(f"{service_url}/").headers
    policy = dict(part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";"))

    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert headers["x-content-type-options"] == "nosniff"


def test_the_policy_binds(visit, witnesses):
    """A page that lost its policy would pass every other test."""
    page = visit("/")

    page.evaluate(SCRIPT_IN_MARKUP)

    assert page.evaluate("window.ran") is None
    assert any("Content Security Policy" in error for error in witnesses[-1].errors)
    witnesses[-1].errors.clear()


def test_everything_the_page_loads_weighs_less_than_a_photograph(visit, witnesses):
    """Both doors, one answer and all that is loaded late; measured by the browser on the wire."""
    page = visit("/")
    page.wait_for_load_state("networkidle")
    page.locator("#home-archetypes").get_by_role("button").first.click()
    expect(page.locator("#answer")).to_contain_text("£")
    page.get_by_role("link", name="A whole shop").first.click()
    page.wait_for_load_state("networkidle")

    print(f"{witnesses[-1].bytes / 1000:.0f} kB, first contentful paint after {page.evaluate(PAINT):.0f} ms")
    assert witnesses[-1].bytes < MOST_BYTES


def test_a_second_visit_asks_for_the_document_alone(visit):
    """Scripts and styles are kept for good: their address names their version."""
    page = visit("/")
    page.wait_for_load_state("networkidle")
    page.goto("about:blank")

    page.goto("/")
    page.wait_for_load_state("networkidle")

    loaded = page.evaluate("performance.getEntriesByType('resource').map((each) => [each.name, each.transferSize])")
    assert [name for name, size in loaded if "/assets/" in name and size] == []
