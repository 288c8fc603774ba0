"""How a file is read is picked, not typed: what the service cannot decide alone is asked in a dialog."""

from http import HTTPStatus
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.page import states
from tests.page.conftest import DESKTOP, PHONE, viewport
from tests.page.shop_view import RANK, choose_file, wait_for_list
from tests.page.stand_in import events, problem

HEADER = "customer_id,ordered_at,quantity,unit_price\n"
UNUSUAL = 'Person,Day of sale,"Worth, EUR",Thing\n' + "".join(
    f"C{number % 7},2024-{1 + number % 9:02}-{1 + number:02},{number}.50,T{number % 3}\n" for number in range(20)
)
CHINESE = (
    "订单编号,买家会员名,买家实际支付金额,订单付款时间\n"
    "1,张三,12.50,2024-01-05\n2,李四,22.50,2024-02-05\n3,张三,9.50,2024-03-05\n"
)


def asked(page: Page) -> Locator:
    """The dialog."""
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    return dialog


def rank(page: Page) -> None:
    page.get_by_role("button", name="Rank the file").click()


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_file_with_unusual_names_is_ranked_by_selects_alone(visit, witnesses, tmp_path: Path, size: tuple[int, int]):
    """The message stays in view, in words without addresses, and nothing scrolls sideways."""
    path = tmp_path / "orders.csv"
    path.write_text(UNUSUAL)
    page = visit("/#shop")
    page.set_viewport_size(viewport(size))
    witnesses[-1].foreseen.add(RANK)

    choose_file(page, path)

    dialog = asked(page)
    message = dialog.get_by_text("No column found for customer, date, line total")
    expect(dialog.get_by_role("row")).to_have_count(6)
    expect(dialog).not_to_contain_text("=")
    expect(dialog.get_by_label("Customer")).to_have_value("Person")
    dialog.get_by_label("Customer").select_option(label="Thing")
    dialog.get_by_label("Customer").select_option(label="Person")
    dialog.get_by_label("Date", exact=True).select_option(label="Day of sale")
    dialog.get_by_label("Line total").select_option(label="Worth, EUR")
    dialog.get_by_label("Product").select_option(label="Thing")
    dialog.get_by_label("Lines that are equal").scroll_into_view_if_needed()
    expect(message).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") == size[0]
    rank(page)
    wait_for_list(page)
    expect(page.locator("#shop-results")).to_contain_text("7 customers and 20 orders worth £200")


@pytest.mark.parametrize(
    ("content", "field", "answer", "shown"),
    [
        (HEADER + "A,03/04/2024,1,5\nA,05/06/2024,1,5\n", "Dates such as", "Day first", "3 Apr 2024 to 5 Jun 2024"),
        (HEADER + "A,03/04/2024,1,5\nA,05/06/2024,1,5\n", "Dates such as", "Month first", "4 Mar 2024 to 6 May 2024"),
        (HEADER + 'A,2024-03-04,1,"1,234"\n', "Decimals", "After a point", "worth £1,234"),
    ],
    ids=["day-first", "month-first", "decimal-point"],
)
def test_what_is_ambiguous_is_asked_first_and_must_be_answered(
    visit, witnesses, tmp_path: Path, content: str, field: str, answer: str, shown: str
):
    """The file need not be dropped again, and the focus is where the answer is missing."""
    path = tmp_path / "orders.csv"
    path.write_text(content)
    page = visit("/#shop")
    witnesses[-1].foreseen.add(RANK)

    choose_file(page, path)

    wanted = asked(page).get_by_label(field)
    expect(wanted).to_be_focused()
    rank(page)
    expect(page.get_by_text("Choose first")).to_be_visible()
    option = wanted.locator("option", has_text=answer).get_attribute("value")
    wanted.select_option(option)
    rank(page)
    wait_for_list(page)
    expect(page.locator("#shop-results")).to_contain_text(shown)


def test_the_likely_encoding_is_proposed_and_names_are_whole(visit, witnesses, tmp_path: Path):
    path = tmp_path / "orders.csv"
    path.write_bytes(CHINESE.encode("gbk"))
    page = visit("/#shop")
    witnesses[-1].foreseen.add(RANK)

    choose_file(page, path)

    dialog = asked(page)
    expect(dialog.get_by_label("Encoding")).to_have_value("gb18030")
    expect(dialog.get_by_role("cell", name="李四")).to_be_visible()
    dialog.get_by_label("Encoding").select_option("cp949")
    page.get_by_role("button", name="Look at the file so").click()
    dialog = asked(page)
    expect(dialog.get_by_label("Encoding")).to_have_value("cp949")
    expect(dialog.get_by_role("cell", name="李四")).to_have_count(0)
    dialog.get_by_label("Encoding").select_option("gb18030")
    page.get_by_role("button", name="Look at the file so").click()
    expect(asked(page).get_by_role("cell", name="李四")).to_be_visible()
    rank(page)
    wait_for_list(page)
    expect(page.get_by_role("button", name="Details of")).to_have_count(2)
    expect(page.locator("#shop-results")).to_contain_text("张三")


def test_a_file_without_a_header_is_read_by_numbers(visit, witnesses, tmp_path: Path):
    path = tmp_path / "orders.csv"
    path.write_text("C1;05.01.2024;12,50;MUG\nC2;05.02.2024;7,50;CUP\nC1;13.02.2024;7,50;CUP\n")
    page = visit("/#shop")
    witnesses[-1].foreseen.add(RANK)

    choose_file(page, path)

    expect(asked(page).get_by_label("Line total").locator("option:checked")).to_have_text("Column 3")
    rank(page)
    wait_for_list(page)
    expect(page.locator("#shop-results")).to_contain_text("2 customers and 3 orders worth £28")


def test_who_cancels_can_choose_later(visit, witnesses, tmp_path: Path):
    path = tmp_path / "orders.csv"
    path.write_text(UNUSUAL)
    page = visit("/#shop")
    witnesses[-1].foreseen.add(RANK)
    choose_file(page, path)
    asked(page)

    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("alert")).to_contain_text("No column found for customer")
    expect(page.get_by_role("alert")).not_to_contain_text("=")
    page.get_by_role("button", name="Choose how it is read").click()
    asked(page)
    rank(page)
    wait_for_list(page)


def test_a_file_that_was_read_can_be_read_differently(visit, tmp_path: Path):
    """Equal lines count once, until somebody says that they are several units."""
    path = tmp_path / "orders.csv"
    path.write_text("customer_id,ordered_at,line_total\n" + "A,2024-03-04,5\n" * 3 + "B,2024-03-05,7\n")
    page = visit("/#shop")
    choose_file(page, path)
    wait_for_list(page)
    expect(page.locator("#shop-results")).to_contain_text("2 orders worth £12")

    page.get_by_role("button", name="Change how it is read").last.click()
    asked(page).get_by_label("Lines that are equal").select_option(label="Count each: several units")
    rank(page)

    wait_for_list(page)
    expect(page.locator("#shop-results")).to_contain_text("2 orders worth £22")


def test_findings_are_told_gravest_first_and_lead_to_the_choice(visit, door):
    """In the service's own words, without its option; a value that nobody knows is judged by a select."""
    found = {"column": "Status", "values": ["C"], "lines": 12, "money": 340.0, "option": "purchases"}
    findings = [
        {"code": "undecided_values", "severity": "failure", "words": "column 'Status' has 'C'", **found,
         "proposal": "Status=A,B"},
        {"code": "guests", "severity": "warning", "words": "one id has many orders", "column": None, "values": [],
         "lines": 3, "money": 1.0, "option": None, "proposal": None},
        {"code": "seen", "severity": "hint", "words": "a hint", "column": None, "values": [], "lines": None,
         "money": None, "option": None, "proposal": None},
    ]  # fmt: skip
    sample = states.sample_list(door)
    warnings = ["column 'Status' has 'C'; decide with purchases=Status=A,B", "one id has many orders", "a note"]
    answer = {**sample, "cleaning": {**sample["cleaning"], "findings": findings}, "warnings": warnings}
    door.canned[RANK] = [events(("answer", answer))]
    page = visit("/#shop", base_url=door.base_url)
    choose_file(page, states.SAMPLE)
    wait_for_list(page)

    told = page.get_by_role("alert")
    expect(told.get_by_role("listitem")).to_have_text(["Column 'Status' has 'C'.", "One id has many orders."])
    expect(page.locator("#shop-results")).not_to_contain_text("purchases=")
    expect(page.locator("#shop-results .cleaning")).to_contain_text("A hint.")
    expect(page.locator("#shop-results")).to_contain_text("a note")
    told.get_by_role("button").click()
    expect(asked(page).get_by_text("Column 'Status' has 'C'.")).to_be_in_viewport()
    asked(page).get_by_label("Status: C").select_option(label="No purchase")
    with page.expect_request(f"**{RANK}*") as request:
        rank(page)
    assert "purchases=Status%3DA%2CB&" in request.value.url.partition("?")[2] + "&"


def test_a_day_before_all_orders_is_refused_at_its_field(visit, witnesses, tmp_path: Path):
    path = tmp_path / "orders.csv"
    path.write_text(HEADER + "A,2024-03-04,1,5\n")
    page = visit("/#shop")
    witnesses[-1].foreseen.add(RANK)
    page.get_by_text("Options").click()
    page.locator("#shop-start").get_by_label("Forecast from").fill("1999-01-01")

    choose_file(page, path)

    expect(page.get_by_role("alert")).to_contain_text("nobody bought before", ignore_case=True)
    expect(page.locator("#shop-start").get_by_label("Forecast from")).to_have_attribute("aria-invalid", "true")


def test_a_countdown_leaves_the_focus_where_it_is(visit, door, witnesses, tmp_path: Path):
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
