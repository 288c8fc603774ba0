"""What people read while they wait, and when something is in the way: what it is, and what to do."""

import json
import re
from http import HTTPStatus

import pytest
from playwright.sync_api import Page, expect

from app.web.router import STATIC
from tests.page.shop_view import RANK, choose_file, wait_for_list
from tests.page.stand_in import Canned, Door, events, problem
from tests.page.states import PREDICT
from tests.support import running_service

SAMPLE = STATIC / "sample_orders.csv"
# What the host of a sleeping service says in its place: a page of its own.
ASLEEP = Canned(503, b"<html>starting</html>", {"content-type": "text/html"})


def customer_page(visit, door: Door) -> Page:
    page: Page = visit("/#customer", base_url=door.base_url)
    expect(page.locator("#archetypes").get_by_role("button")).to_have_count(5)
    return page


def ask_about_first(page: Page) -> None:
    page.locator("#archetypes").get_by_role("button").first.click()


def test_before_anything_is_asked_both_doors_say_what_will_appear(visit):
    page = visit("/#customer")
    expect(page.locator("#answer")).to_contain_text("The forecast appears here")

    page.get_by_role("link", name="A whole shop").first.click()

    expect(page.locator("#shop-start")).to_contain_text("What the file needs")
    expect(page.locator("#shop-results")).to_be_empty()


def test_too_many_requests_count_down_and_then_go_on(visit, door, witnesses):
    door.canned[PREDICT] = [problem(HTTPStatus.TOO_MANY_REQUESTS, "Ten requests per second.", retry_after="3")]
    page = customer_page(visit, door)
    witnesses[-1].foreseen.add(PREDICT)

    ask_about_first(page)

    expect(page.get_by_text("Too many requests")).to_be_visible()
    expect(page.get_by_text(re.compile("Asking again in [12] s"))).to_be_visible()
    expect(page.locator("#answer")).to_contain_text("£")
    expect(page.get_by_text("Too many requests")).to_have_count(0)


def test_nobody_must_sit_out_the_countdown(visit, door, witnesses):
    door.canned[PREDICT] = [problem(HTTPStatus.TOO_MANY_REQUESTS, "Ten requests per minute.", retry_after="50")]
    page = customer_page(visit, door)
    witnesses[-1].foreseen.add(PREDICT)
    ask_about_first(page)

    page.get_by_role("button", name="Try now").click()

    expect(page.locator("#answer")).to_contain_text("£")


def test_a_busy_service_is_asked_again_with_the_same_file(visit, door, witnesses):
    door.canned[RANK] = [problem(HTTPStatus.SERVICE_UNAVAILABLE, "Too much is under way.", retry_after="1")]
    page = visit("/#shop", base_url=door.base_url)
    witnesses[-1].foreseen.add(RANK)

    choose_file(page, SAMPLE)

    expect(page.get_by_text("The service is busy")).to_be_visible()
    wait_for_list(page)


def test_a_sleeping_host_is_waited_for(visit, door, witnesses):
    """Hosts on free plans answer for the service, with a page of their own, until it is up."""
    door.canned[PREDICT], door.canned["/health"] = [ASLEEP], [ASLEEP]
    page = customer_page(visit, door)
    witnesses[-1].foreseen |= {PREDICT, "/health"}
    page.clock.install()

    ask_about_first(page)

    expect(page.get_by_text("The host is waking up")).to_be_visible()
    for _ in range(3):
        page.clock.run_for(3_000)
        page.wait_for_timeout(100)
    expect(page.locator("#answer")).to_contain_text("£")
    expect(page.get_by_text("The host is waking up")).to_have_count(0)


def test_a_slow_first_answer_is_explained(visit, door):
    door.delays[PREDICT] = 1.5
    page = customer_page(visit, door)
    page.clock.install()

    ask_about_first(page)
    page.wait_for_timeout(200)
    page.clock.run_for(6_000)

    expect(page.get_by_text("This takes longer than usual")).to_be_visible()
    expect(page.locator("#answer")).to_contain_text("£")


def test_offline_is_said_and_it_goes_on_with_the_connection(visit, door):
    page = customer_page(visit, door)

    page.context.set_offline(True)
    expect(page.get_by_role("status").filter(has_text="You are offline")).to_be_visible()
    ask_about_first(page)
    page.context.set_offline(False)

    expect(page.locator("#answer")).to_contain_text("£")
    expect(page.get_by_text("You are offline")).to_have_count(0)


@pytest.mark.parametrize("path", [PREDICT, RANK])
def test_a_failure_of_the_service_shows_the_id_that_its_log_has(visit, door, witnesses, path):
    failure = problem(HTTPStatus.INTERNAL_SERVER_ERROR, "The service failed; its log has the reason.", "req-4711")
    door.canned[path] = [failure]
    page = customer_page(visit, door) if path == PREDICT else visit("/#shop", base_url=door.base_url)
    witnesses[-1].foreseen.add(path)

    if path == PREDICT:
        ask_about_first(page)
    else:
        choose_file(page, SAMPLE)

    alert = page.get_by_role("alert").filter(has_text="The service failed")
    expect(alert).to_contain_text("req-4711")
    alert.get_by_role("button", name="Try again").click()
    if path == PREDICT:
        expect(page.locator("#answer")).to_contain_text("£")
    else:
        wait_for_list(page)


def test_a_service_with_keys_asks_for_one_and_keeps_it_in_the_tab(visit, witnesses):
    with running_service({"API_KEYS": "right-key"}) as base_url:
        page = visit("/#customer", base_url=base_url)
        witnesses[-1].foreseen.add(PREDICT)
        ask_about_first(page)
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("This service asks for a key")

        dialog.get_by_label("API key").fill("wrong-key")
        dialog.get_by_role("button", name="Use this key").click()
        expect(dialog).to_contain_text("does not know this key")
        dialog.get_by_label("API key").fill("right-key")
        dialog.get_by_role("button", name="Use this key").click()

        expect(page.locator("#answer")).to_contain_text("£")
        page.reload()
        ask_about_first(page)
        expect(page.locator("#answer")).to_contain_text("£")
        assert page.evaluate("JSON.stringify([localStorage, document.cookie])").count("right-key") == 0


def test_whoever_has_no_key_is_told_what_to_do(visit, witnesses):
    with running_service({"API_KEYS": "right-key"}) as base_url:
        page = visit("/#customer", base_url=base_url)
        witnesses[-1].foreseen.add(PREDICT)
        ask_about_first(page)

        page.get_by_role("dialog").get_by_role("button", name="Cancel").click()

        expect(page.get_by_role("alert")).to_contain_text("A key is needed")


def test_work_in_progress_is_shown_and_can_be_cancelled(visit, door):
    door.delays[RANK] = 60
    page = visit("/#shop", base_url=door.base_url)

    choose_file(page, SAMPLE)
    expect(page.locator("#shop-progress")).to_contain_text("Working on sample_orders.csv")
    expect(page.locator("#shop-progress").get_by_role("progressbar").first).to_be_visible()
    with page.expect_event("requestfailed", lambda request: RANK in request.url):  # so the service hears of it
        page.get_by_role("button", name="Cancel").click()

    expect(page.get_by_text("Cancelled. Nothing was kept.")).to_be_visible()
    expect(page.locator("#shop-results")).to_be_empty()


def test_the_steps_of_the_service_are_shown_as_it_takes_them(visit):
    page = visit("/#shop")

    choose_file(page, SAMPLE)

    expect(page.locator(".steps .now")).to_have_text("Learn from these orders")
    expect(page.locator(".steps .done").first).to_have_text("Send the file")
    wait_for_list(page)
    expect(page.locator("#shop-progress")).to_be_empty()


def test_a_problem_found_on_the_way_is_told_like_any_other(visit, door):
    """The stream has begun with success by then."""
    refusal = json.loads(problem(HTTPStatus.UNPROCESSABLE_ENTITY, "none of the 3 lines is a purchase").body)
    door.canned[RANK] = [events(("progress", {"step": "cleaning", "share": None}), ("problem", refusal))]
    page = visit("/#shop", base_url=door.base_url)

    choose_file(page, SAMPLE)

    expect(page.get_by_role("alert")).to_contain_text("None of the 3 lines is a purchase")
    expect(page.get_by_role("alert")).to_contain_text("What to do")


def test_a_stream_that_breaks_off_is_asked_for_again(visit, door):
    door.canned[RANK] = [events(("progress", {"step": "fitting", "share": 0.5}))]
    page = visit("/#shop", base_url=door.base_url)

    choose_file(page, SAMPLE)

    wait_for_list(page)
