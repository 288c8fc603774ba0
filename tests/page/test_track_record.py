"""How far a total can be trusted is told with it: what this shop's past months were told, and what they came to."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.page import states
from tests.page.shop_view import rank_sample, ranked_by_service
from tests.page.stand_in import FITTED, RECORD
from tests.page.states import SAMPLE
from tests.page.test_widths import TOO_WIDE


def shown(visit, door, state) -> Page:
    page: Page = visit("about:blank", base_url=door.base_url)
    state(page, door)
    return page


def test_the_record_of_a_shop_stands_beside_its_total(visit, service_url):
    """The windows, their ranges and what they came to, as the service has them, and the plain figures."""
    record = ranked_by_service(service_url, SAMPLE)["track_record"]
    page = rank_sample(visit("/"))
    card = page.locator(".tile").filter(has_text="What such forecasts came to")

    expect(card.locator("svg").first).to_be_visible()
    card.get_by_text("As a table").click()
    rows = card.locator("tbody tr")
    expect(rows).to_have_count(len(record["windows"]))
    for row, window in zip(rows.all(), record["windows"], strict=True):
        for amount in (window["forecast"], window["low"], window["high"], window["realised"]):
            expect(row).to_contain_text(f"£{amount:,.0f}")
    expect(card).to_contain_text(f"of {len(record['windows'])} months ended inside the range")
    expect(card).to_contain_text(f"off by {record['median_miss']:.0%} or less")
    expect(page.locator(".plain-figures")).to_contain_text(f"£{record['last_30_days']:,.0f}")
    expect(page.locator(".plain-figures")).to_contain_text(f"£{record['same_days_last_year']:,.0f}")


def test_a_poor_record_is_said_before_any_number(visit, door):
    page = shown(visit, door, states.poor_record)

    caution = page.locator(".caution")
    expect(caution).to_contain_text("Read this first")
    expect(caution).to_contain_text(states.POOR["told"])
    above, below = caution.bounding_box(), page.locator(".totals").bounding_box()
    assert above is not None
    assert below is not None
    assert above["y"] + above["height"] <= below["y"]


def test_a_good_record_needs_no_warning(visit):
    expect(rank_sample(visit("/")).locator(".caution")).to_have_count(0)


def test_without_a_record_there_is_no_total(visit, door):
    """And no sum of money of a group or of a kind of customers either."""
    page = shown(visit, door, states.no_record)

    expect(page.locator(".caution")).to_contain_text("No total")
    expect(page.get_by_role("heading", name="Expected revenue")).to_have_count(0)
    expect(page.get_by_role("heading", name="Revenue by kind")).to_have_count(0)
    expect(page.locator(".decision-tile").first).to_contain_text("buyers expected")
    assert "£" not in page.locator(".totals").inner_text()
    assert "NaN" not in page.locator("#shop-results").inner_text()


def test_a_loaded_model_has_no_record_here_and_the_page_says_what_to_do(visit):
    page = visit("/#shop")
    page.get_by_text("Options").click()
    page.get_by_label("Learn from").select_option(label="the model of this service")

    rank_sample(page)

    expect(page.locator(".fitted")).to_contain_text("From the included example")
    expect(page.locator(".caution")).to_contain_text("was not learned from this file")


def test_where_the_kinds_of_customers_begin_in_this_shop(visit, service_url):
    bounds = ranked_by_service(service_url, SAMPLE)["segment_thresholds"]
    page = rank_sample(visit("/"))

    page.get_by_text("Where the kinds begin").click()

    told = page.locator(".bounds")
    expect(told).to_contain_text(f"within {bounds['lapsed_after_days']:.0f} days, and more than")
    amounts = [float(amount.replace(",", "")) for amount in re.findall(r"£([\d.,]+\d)", told.inner_text())]
    wanted = [bounds[name] for name in ("high_expected_spend", "median_expected_spend", "high_order_value")]
    assert amounts == pytest.approx(wanted, abs=0.0051)


def test_how_the_forecast_was_fitted_on_what_and_why(visit, service_url):
    fitted = ranked_by_service(service_url, SAMPLE)["fitted"]
    page = rank_sample(visit("/"))
    told = page.locator(".fitted")

    expect(told).to_contain_text("Learned from this file")
    expect(told).to_contain_text("11 Dec 2023 to 9 Dec 2025")
    expect(told).to_contain_text(f"{fitted['learned_from']['past_buyers']:,} past buyers")
    told.get_by_text("Why this one").click()
    expect(told).to_contain_text(fitted["reason"])


def test_numbers_of_another_shop_are_called_so(visit, door):
    page = shown(visit, door, states.poor_record)

    expect(page.locator(".fitted")).to_contain_text("From the included example, which learned from another shop")


@pytest.mark.parametrize("months", [1, 4])
def test_a_short_record_fits_the_smallest_phone(visit, door, months):
    page = visit("about:blank", base_url=door.base_url)
    page.set_viewport_size({"width": 320, "height": 640})
    record = {**RECORD, "windows": RECORD["windows"][-months:], "share_inside": 1.0}
    states.answer_with(door, fitted=FITTED, track_record=record)
    page.goto("/")
    rank_sample(page)

    assert page.evaluate(TOO_WIDE) == []
