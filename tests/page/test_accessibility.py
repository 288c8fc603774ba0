"""axe-core finds nothing serious in any state of the page, light or dark, wide or narrow."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.page import states
from tests.page.conftest import PHONE
from tests.support import ROOT, skip_or_fail

AXE = ROOT / "tests" / "page" / "node_modules" / "axe-core" / "axe.min.js"
SMALLEST_PHONE = 320  # also what a desktop at 400 % shows
FINDINGS = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations
    .filter(({impact}) => impact === "serious" || impact === "critical")
    .map(({id, nodes}) => [id, nodes.slice(0, 3).map(({target, failureSummary}) => `${target}: ${failureSummary}`)])"""


@pytest.fixture(scope="module")
def axe() -> str:
    if not AXE.exists():
        skip_or_fail("axe-core is missing: npm --prefix tests/page ci")
    return AXE.read_text()


def findings(page: Page) -> list[Any]:  # Any: JSON
    """Serious and critical ones: the rule, and up to three places that break it."""
    found: list[Any] = page.evaluate(FINDINGS)
    return found


@pytest.mark.parametrize("state", states.STATES, ids=lambda state: state.__name__)
def test_nothing_serious_or_critical(visit, door, witnesses, axe, state):
    page = visit("about:blank", base_url=door.base_url)
    witnesses[-1].foreseen |= states.FORESEEN
    state(page, door)
    # Over the debugging protocol, which the page's own policy does not bind.
    page.evaluate(axe)

    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert findings(page) == [], scheme
    for width in (PHONE[0], SMALLEST_PHONE):
        page.set_viewport_size({"width": width, "height": PHONE[1]})
        assert findings(page) == [], width


def test_every_kind_of_customer_is_readable(visit, door, axe):
    """Each kind has a colour of its own, on the card and on its badge."""
    page = visit("about:blank", base_url=door.base_url)
    states.customer(page, door)
    page.evaluate(axe)

    for button in page.locator("#archetypes").get_by_role("button").all():
        with page.expect_response(f"**{states.PREDICT}"):
            button.click()
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert findings(page) == [], (button.inner_text(), scheme)


def test_a_finding_would_be_found(visit, door, axe):
    """The rules are asked, and speak up."""
    page = visit("about:blank", base_url=door.base_url)
    states.start(page, door)
    page.evaluate(axe)
    page.evaluate("document.querySelector('#theme').replaceChildren()")
    page.evaluate("document.querySelector('#theme').removeAttribute('aria-label')")
    page.evaluate("document.querySelector('#theme').removeAttribute('title')")

    assert [rule for rule, *_ in findings(page)] == ["button-name"]
