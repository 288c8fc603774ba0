"""How a file is to be read: what the service cannot decide alone is asked at the field that decides it."""

from http import HTTPStatus

import pytest
from playwright.sync_api import expect

from tests.page.shop_view import RANK, choose_file, wait_for_list
from tests.page.stand_in import problem

HEADER = "customer_id,ordered_at,quantity,unit_price\n"


@pytest.mark.parametrize(
    ("content", "field", "answer", "shown"),
    [
        (HEADER + "A,03/04/2024,1,5\nA,05/06/2024,1,5\n", "Dates such as", "day first", "3 Apr 2024 to 5 Jun 2024"),
        (HEADER + "A,03/04/2024,1,5\nA,05/06/2024,1,5\n", "Dates such as", "month first", "4 Mar 2024 to 6 May 2024"),
        (HEADER + 'A,2024-03-04,1,"1,234"\n', "Amounts such as", "decimals after a point", "worth £1,234"),
    ],
    ids=["day-first", "month-first", "decimal-point"],
)
def test_what_is_ambiguous_is_chosen_at_its_field_and_tried_again(
    visit, witnesses, tmp_path, content, field, answer, shown
):
    """The file need not be dropped again, and the focus is where the answer is missing."""
    path = tmp_path / "orders.csv"
    path.write_text(content)
    page = visit("/#shop")
    witnesses[-1].foreseen.add(RANK)

    choose_file(page, path)

    wanted = page.get_by_label(field)
    expect(wanted).to_be_focused()
    expect(wanted).to_have_attribute("aria-invalid", "true")
    wanted.select_option(label=answer)
    expect(wanted).not_to_have_attribute("aria-invalid", "true")
    page.get_by_role("button", name="Try again").click()
    wait_for_list(page)
    expect(page.locator("#shop-results")).to_contain_text(shown)


def test_a_day_before_all_orders_is_refused_at_its_field(visit, witnesses, tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text(HEADER + "A,2024-03-04,1,5\n")
    page = visit("/#shop")
    witnesses[-1].foreseen.add(RANK)
    page.get_by_text("Options").click()
    page.locator("#shop-start").get_by_label("Forecast from").fill("1999-01-01")

    choose_file(page, path)

    expect(page.get_by_role("alert")).to_contain_text("nobody bought before")
    expect(page.locator("#shop-start").get_by_label("Forecast from")).to_have_attribute("aria-invalid", "true")


def test_a_countdown_leaves_the_focus_where_it_is(visit, door, witnesses, tmp_path):
    """A button that is drawn anew every second could never be pressed by a key."""
    door.canned[RANK] = [problem(HTTPStatus.TOO_MANY_REQUESTS, "Ten per minute.", retry_after="100")]
    path = tmp_path / "orders.csv"
    path.write_text(HEADER + "A,2024-03-04,1,5\n")
    page = visit("/#shop", base_url=door.base_url)
    witnesses[-1].foreseen.add(RANK)
    choose_file(page, path)

    now = page.get_by_role("button", name="Try now")
    now.focus()
    expect(page.get_by_text("Asking again in 98 s")).to_be_visible()

    expect(now).to_be_focused()
    page.keyboard.press("Enter")
    wait_for_list(page)
