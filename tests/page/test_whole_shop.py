"""The door of a whole shop: from an order file to a campaign, as the service would decide it."""

import csv
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from app.web.router import STATIC
from tests.orders import lines, shop
from tests.page.shop_view import (
    choose_file,
    csv_by_service,
    downloaded,
    rank_sample,
    ranked_by_service,
    rows_of,
    wait_for_list,
)

DRAGGED = """(text) => {
    const dragged = new DataTransfer();
    dragged.items.add(new File([text], "orders.csv"));
    return dragged;
}"""
ROWS = 10  # of the table on one page
SAMPLE = STATIC / "sample_orders.csv"


@pytest.fixture(scope="module")
def sample_list(service_url) -> dict[str, Any]:  # Any: JSON
    return ranked_by_service(service_url, SAMPLE)


def saved(orders: pd.DataFrame, path: Path) -> Path:
    orders.to_csv(path, index=False)
    return path


def set_number(page: Page, label: str, value: float) -> None:
    page.get_by_label(label, exact=True).fill(str(value))
    page.get_by_label(label, exact=True).blur()


def ids(customers: list[dict[str, Any]]) -> list[str]:
    return [customer["customer_id"] for customer in customers]


def shown_ids(page: Page) -> list[str]:
    return [each.strip(" ›") for each in page.locator("#shop-results td.customer_id button").all_inner_texts()]


def test_sample_orders_are_two_clicks_from_a_campaign_file(visit, sample_list):
    page = rank_sample(visit("/"))

    rows = rows_of(downloaded(page))

    assert [row["customer_id"] for row in rows] == [row["customer_id"] for row in sample_list["customers"]]


def test_the_start_puts_the_shop_first(visit):
    page = visit("/")

    expect(page.locator(".doors h2").first).to_have_text("Your whole shop")
    expect(page.get_by_role("navigation").first.get_by_role("link").first).to_have_text("A whole shop")


def test_the_list_comes_right_after_the_totals(visit):
    """On a phone, whatever lies between would have to be scrolled over."""
    page = rank_sample(visit("/"))

    expect(page.locator(".totals + section > h2")).to_have_text("The ranked list")


def test_totals_and_cleaning_are_the_services(visit, sample_list):
    """Money in the service's currency with thousands separators; what was left out, in words."""
    page, totals = rank_sample(visit("/")), sample_list["totals"]

    results = page.locator("#shop-results")
    expect(results).to_contain_text(f"£{totals['expected_revenue_30d']:,.0f}")
    expect(results).to_contain_text(f"{totals['customers']:,} customers")
    for segment in sample_list["segments"]:
        expect(results).to_contain_text(segment["customer_segment"])
    for told in ("returns and cancellations", "without a customer", "exact copies", "free or without a price"):
        expect(results).to_contain_text(told)


def test_what_the_controls_decide_is_what_the_service_decides(visit, service_url):
    """The page decides by itself when a control moves; the file must be the one that the service would write."""
    page = rank_sample(visit("/"))

    page.get_by_role("radio", name="Everyone").check()
    set_number(page, "Held out as control group, exact", 25)
    assert rows_of(downloaded(page)) == csv_by_service(service_url, SAMPLE, control_share=0.25)

    page.get_by_role("radio", name="By budget").check()
    set_number(page, "Cost of one contact", 0.7)
    set_number(page, "Budget, exact", 41.99)
    wanted = csv_by_service(service_url, SAMPLE, budget=41.99, contact_cost=0.7, control_share=0.25)
    assert rows_of(downloaded(page)) == wanted

    page.get_by_role("radio", name="By number").check()
    set_number(page, "Customers to contact, exact", 120)
    assert rows_of(downloaded(page)) == csv_by_service(service_url, SAMPLE, limit=120, control_share=0.25)


def test_the_file_opens_right_in_a_spreadsheet(visit, tmp_path):
    """Which takes UTF-8 for something else without its mark, and knows days as dates, but no moments of ISO 8601."""
    page = visit("/#shop")
    choose_file(page, saved(lines("Müller", "2024-01-05 10.00", "2024-02-05 12.00"), tmp_path / "orders.csv"))
    wait_for_list(page)

    text = downloaded(page)

    assert text.startswith("\ufeff")
    assert text.count("\ufeff") == 1
    (row,) = rows_of(text)
    assert (row["customer_id"], row["as_of"]) == ("Müller", "2024-02-06")


def test_counts_agree_wherever_they_stand(visit):
    """Those down to the mark of the curve are those contacted, held out and left alone above it."""
    page = rank_sample(visit("/"))
    tiles = page.locator(".decision-tile:visible")

    told = page.locator(".reach-told").inner_text()

    numbers = {tile.locator("h3").inner_text(): tile.locator(".headline").inner_text() for tile in tiles.all()}
    reached, _, contacted, held_out, *alone = re.findall(r"\d+", told)
    assert (contacted, held_out) == (numbers["Contact"], numbers["Control group"])
    assert int(reached) == sum(map(int, (contacted, held_out, *alone)))
    expect(page.locator(".tile").filter(has_text="To contact").locator(".headline")).to_have_text(contacted)


def test_the_power_of_the_control_group_is_told_and_what_would_do(visit):
    page = rank_sample(visit("/"))

    expect(page.locator(".held")).to_contain_text(re.compile(r"hardly tell anything: its \d+ would show .* takes? \d+"))
    set_number(page, "Held out as control group, exact", 0)

    expect(page.locator(".held")).to_contain_text("Without a control group")


def test_kinds_of_customers_are_chosen_as_the_service_chooses_them(visit, service_url):
    page = rank_sample(visit("/"))
    kinds = page.get_by_role("group", name="Kinds of customers")
    for kind in ("Habitual Buyer", "New Customer", "Low Value"):
        kinds.get_by_label(kind).uncheck()
    page.get_by_role("radio", name="By number").check()
    set_number(page, "Customers to contact, exact", 30)
    set_number(page, "Held out as control group, exact", 10)

    wanted = csv_by_service(service_url, SAMPLE, segments="High Value,At Risk", limit=30, control_share=0.1)
    assert rows_of(downloaded(page)) == wanted


def test_a_slider_redraws_decisions_at_once(visit):
    page = rank_sample(visit("/"))
    page.get_by_role("radio", name="By number").check()
    before = page.locator("#shop-results").inner_text()

    slider = page.get_by_role("slider", name="Customers to contact")
    slider.focus()
    slider.press("Home")

    expect(page.locator("#shop-results")).not_to_have_text(before)
    expect(page.locator("#shop-results")).to_contain_text("Nobody is contacted")


def test_an_audience_holds_those_to_contact_alone(visit, service_url):
    page = rank_sample(visit("/"))
    page.get_by_role("radio", name="By number").check()
    set_number(page, "Customers to contact, exact", 25)
    page.get_by_label("Format").select_option(label="Klaviyo")

    rows = rows_of(downloaded(page))

    assert rows == csv_by_service(service_url, SAMPLE, limit=25, preset="klaviyo", control_share=0.1)
    assert len(rows) == 25


def test_the_table_sorts_by_what_it_shows(visit, sample_list):
    """Equal values stay in the order of the list, whichever way is up."""
    page = rank_sample(visit("/"))
    header = page.get_by_role("button", name="Chance", exact=True)
    by_chance = sorted(sample_list["customers"], key=lambda each: (-each["purchase_probability_30d"], each["rank"]))

    header.click()
    expect(page.locator("th[aria-sort=descending]")).to_have_text(re.compile("Chance"))
    assert shown_ids(page) == ids(by_chance[:ROWS])
    page.get_by_role("button", name="Next page").click()
    assert shown_ids(page) == ids(by_chance[ROWS : 2 * ROWS])

    header.click()
    by_chance.sort(key=lambda each: (each["purchase_probability_30d"], each["rank"]))
    assert shown_ids(page) == ids(by_chance[:ROWS])


def test_the_table_finds_and_filters(visit, sample_list):
    page, customers = rank_sample(visit("/")), sample_list["customers"]
    page.get_by_role("radio", name="Everyone").check()

    page.get_by_label("Find a customer").fill(customers[123]["customer_id"].lower())
    assert shown_ids(page) == [customers[123]["customer_id"]]
    expect(page.get_by_text(f"1 of {len(customers)} customers")).to_be_visible()

    page.get_by_label("Find a customer").fill("nobody-like-this")
    expect(page.get_by_text("No customer matches")).to_be_visible()
    page.get_by_role("button", name="Clear the filters").click()

    page.get_by_label("Kind", exact=True).select_option("New Customer")
    page.get_by_label("Decision", exact=True).select_option(label="Control group")
    new = [each for each in customers if each["customer_segment"] == "New Customer" and each["control_draw"] < 0.1]
    assert shown_ids(page) == ids(new)


def test_a_list_can_be_asked_for_from_another_day(visit, service_url):
    """To see what would have been said a month ago, without choosing the file again."""
    earlier = ranked_by_service(service_url, SAMPLE, as_of="2025-11-10")
    page = rank_sample(visit("/"))

    page.get_by_label("Forecast from").locator("visible=true").fill("2025-11-10")
    page.get_by_role("button", name="Forecast anew").click()
    expect(page.locator("#shop-results")).to_contain_text(f"£{earlier['totals']['expected_revenue_30d']:,.0f}")

    assert shown_ids(page) == ids(earlier["customers"][:ROWS])


def test_a_customer_of_the_list_opens_with_reason_and_action(visit, sample_list):
    page, first = rank_sample(visit("/")), sample_list["customers"][0]

    page.get_by_role("button", name=f"Details of {first['customer_id']}").click()

    expect(page.locator("#shop-results")).to_contain_text(first["reason"])
    expect(page.locator("#shop-results")).to_contain_text(first["recommended_action"])


def test_fifty_thousand_lines(visit, service_url, tmp_path):
    """A shop of a usual size, dropped on the page as a person drops it."""
    orders = shop(customers=640, days=700, seed=4)
    assert len(orders) > 50_000
    path = saved(orders, tmp_path / "orders.csv")
    page = visit("/#shop")

    dragged = page.evaluate_handle(DRAGGED, path.read_text())
    page.locator("#shop-start .drop").dispatch_event("drop", {"dataTransfer": dragged})
    wait_for_list(page, timeout_seconds=30)
    page.get_by_role("radio", name="Everyone").check()

    assert rows_of(downloaded(page)) == csv_by_service(service_url, path, control_share=0.1)


def test_a_workbook(visit, tmp_path):
    path = tmp_path / "orders.xlsx"
    shop(customers=30, days=200).to_excel(path, index=False, engine="xlsxwriter")
    page = visit("/#shop")

    choose_file(page, path)
    wait_for_list(page)

    expect(page.locator("#shop-results")).to_contain_text("30 customers")


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("orders.csv", b"who,when\na,2024-01-01\n", "no column found for"),
        ("orders.xlsx", b"this is no workbook", "orders.xlsx"),
        ("orders.docx", b"PK", "must be CSV"),
        ("orders.csv", b"", "empty"),
        ("orders.csv", b"customer_id,ordered_at,quantity,unit_price\nC1,2024-01-01,-1,5\n", "none of the"),
    ],
    ids=["columns", "not-a-workbook", "unknown-kind", "empty", "no-purchase"],
)
def test_a_file_that_cannot_be_ranked_is_explained_with_what_to_do(visit, witnesses, tmp_path, name, content, told):
    path = tmp_path / name
    path.write_bytes(content)
    page = visit("/#shop")
    witnesses[-1].foreseen.add("/rank_customers")

    choose_file(page, path)

    alert = page.get_by_role("alert")
    expect(alert).to_contain_text(told, ignore_case=True)
    expect(alert).to_contain_text("What to do")
    page.keyboard.press("Escape")  # what could be chosen is asked in a dialog
    choose_file(page, SAMPLE)
    wait_for_list(page)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_shop_in_euros_is_in_euros(visit, tmp_path):
    """The currency of the orders, not that of the service."""
    page = visit("/#shop")

    choose_file(page, saved(shop(customers=60, days=400).assign(Currency="EUR"), tmp_path / "orders.csv"))
    wait_for_list(page)
    page.get_by_role("button", name="Details of").first.click()

    results = page.locator("#shop-results").inner_text()
    assert "€" in results
    assert "£" not in results


@pytest.mark.parametrize("preset", ["Klaviyo", "Mailchimp", "Meta custom audience"])
def test_mailing_files_have_the_e_mails_of_the_orders(visit, service_url, tmp_path, preset):
    """The id groups the orders; the e-mail and the name are what the mailing tool knows a customer by."""
    orders = shop(customers=40, days=300)
    names = "customer " + orders["Customer ID"].astype(str)
    path = saved(
        orders.assign(Email=orders["Customer ID"].astype(str) + "@example.com", Name=names), tmp_path / "orders.csv"
    )
    page = visit("/#shop")

    choose_file(page, path)
    wait_for_list(page)
    page.get_by_role("radio", name="Everyone").check()
    set_number(page, "Held out as control group, exact", 0)
    page.get_by_label("Format").select_option(label=preset)
    rows = rows_of(downloaded(page))

    assert rows == csv_by_service(service_url, path, preset=preset.split()[0].lower())
    assert rows
    header = next(header for header in rows[0] if header.lower().startswith("email"))
    assert all(row[header].endswith("@example.com") for row in rows)


def test_ids_that_a_spreadsheet_would_run_are_defused(visit, tmp_path):
    """A customer who registered as a formula must not run in the marketer's Excel."""
    ids = ['=HYPERLINK("http://evil.example")', "+1", "-2", "@SUM(A1)", "plain"]
    orders = pd.concat([lines(each, "2024-01-05 10.00", "2024-02-05 12.00") for each in ids])
    page = visit("/#shop")

    choose_file(page, saved(orders, tmp_path / "orders.csv"))
    wait_for_list(page)
    text = downloaded(page)

    assert {row["customer_id"] for row in rows_of(text)} == {f"'{each}" for each in ids[:-1]} | {"plain"}
    cells = [cell for row in csv.reader(text.splitlines()) for cell in row]
    assert [cell for cell in cells if cell[:1] in {"=", "+", "-", "@"}] == []


def test_ids_are_text_and_never_markup(visit, tmp_path):
    name = "<img src=x onerror=alert(1)>"
    page = visit("/#shop")
    orders = lines(name, "2024-01-05 10.00", "2024-02-05 12.00")

    choose_file(page, saved(orders, tmp_path / "orders.csv"))
    wait_for_list(page)

    expect(page.locator("#shop-results")).to_contain_text(name)
    expect(page.locator("#shop-results img")).to_have_count(0)
