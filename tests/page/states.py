"""The states that people meet: where the page stands after a few steps, from a blank tab."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from playwright.sync_api import FilePayload, Page, expect

from app.web.router import STATIC
from tests.page.shop_view import RANK, choose_file, rank_sample, ranked_by_service
from tests.page.stand_in import FITTED, RECORD, Door, events, problem, without_total

PREDICT = "/predict_customer_value"
NAMES_NOT_KNOWN: FilePayload = {
    "name": "orders.csv",
    "mimeType": "text/csv",
    "buffer": b"Person,Day of sale,Worth\nC1,2025-01-05,20\nC1,2025-02-05,30\n",
}
FORESEEN = {RANK, PREDICT}
SAMPLE = STATIC / "sample_orders.csv"
POOR = {**RECORD, "is_poor": True, "median_miss": 0.61, "told": "Half of the last 6 months were 61% off or more."}

State = Callable[[Page, Door], None]


def start(page: Page, _: Door) -> None:
    page.goto("/")
    expect(page.locator("#home-archetypes").get_by_role("button")).to_have_count(5)


def customer(page: Page, _: Door) -> None:
    page.goto("/#customer")
    expect(page.locator("#archetypes").get_by_role("button")).to_have_count(5)


def answer(page: Page, door: Door) -> None:
    customer(page, door)
    page.locator("#archetypes").get_by_role("button").nth(1).click()
    expect(page.locator("#answer")).to_contain_text("£")


def answer_in_detail(page: Page, door: Door) -> None:
    answer(page, door)
    for more in page.locator("#answer summary").all():
        more.click()


def fields_to_correct(page: Page, door: Door) -> None:
    customer(page, door)
    page.get_by_role("button", name="Forecast", exact=True).click()
    expect(page.locator("[aria-invalid=true]").first).to_be_visible()


def shop_start(page: Page, _: Door) -> None:
    page.goto("/#shop")
    page.get_by_text("Options").click()


def progress(page: Page, door: Door) -> None:
    door.delays[RANK] = 60
    page.goto("/#shop")
    choose_file(page, SAMPLE)
    expect(page.locator("#shop-progress")).to_contain_text("Working on")


def results(page: Page, _: Door) -> None:
    page.goto("/")
    rank_sample(page)


def results_in_detail(page: Page, door: Door) -> None:
    results(page, door)
    page.get_by_role("button", name="Details of").first.click()
    for more in page.locator("#shop-results summary").all():
        more.click()


def poor_record(page: Page, door: Door) -> None:
    """A shop whose past months were far from what had been forecast; the included example answers."""
    example = {"how": "loaded", "example": True, "learned_from": None, "reason": "the loaded set was asked for"}
    answer_with(door, fitted={**FITTED, **example}, track_record=POOR)
    page.goto("/")
    rank_sample(page)


def no_record(page: Page, door: Door) -> None:
    """A shop too young for a total."""
    fitted = {**FITTED, "model": "ranks", "reason": "12 past buyers are too few for a model: below 40"}
    answer_with(door, **without_total(sample_list(door)), fitted=fitted)
    page.goto("/")
    rank_sample(page)


def answer_with(door: Door, **changes: object) -> None:
    """The next file is answered as the sample is, but for these keys."""
    door.canned[RANK] = [events(("answer", {**sample_list(door), **changes}))]


def sample_list(door: Door) -> dict[str, Any]:  # Any: JSON
    return ranked_by_service(door.base_url, SAMPLE, contact_cost=1)


def file_to_correct(page: Page, _: Door) -> None:
    page.goto("/#shop")
    page.locator("#shop-start input[type=file]").set_input_files(NAMES_NOT_KNOWN)
    expect(page.get_by_role("dialog")).to_be_visible()


def file_left_uncorrected(page: Page, door: Door) -> None:
    file_to_correct(page, door)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("alert")).to_be_visible()


def waiting(page: Page, door: Door) -> None:
    door.canned[PREDICT] = [problem(HTTPStatus.TOO_MANY_REQUESTS, "Ten per minute.", retry_after="200")]
    customer(page, door)
    page.locator("#archetypes").get_by_role("button").first.click()
    expect(page.get_by_text("Too many requests")).to_be_visible()


def key_dialog(page: Page, door: Door) -> None:
    door.canned[PREDICT] = [problem(HTTPStatus.UNAUTHORIZED, "A known key is needed.")]
    customer(page, door)
    page.locator("#archetypes").get_by_role("button").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()


STATES: tuple[State, ...] = (
    start, answer_in_detail, fields_to_correct, shop_start, progress, results_in_detail, poor_record, no_record,
    file_to_correct, file_left_uncorrected, waiting, key_dialog,
)  # fmt: skip
