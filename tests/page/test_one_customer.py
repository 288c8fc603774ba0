"""The door of one customer: what the page shows is what the service answers."""

import json
import re
import shlex
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from scripts.cases import EXAMPLE_SEGMENTS, EXAMPLES
from tests.page.conftest import Visit


def answered(base_url: str, body: object) -> dict[str, Any]:  # Any: JSON
    answer: dict[str, Any] = httpx.post(f"{base_url}/predict_customer_value", json=body).raise_for_status().json()
    return answer


def whole(amount: float) -> str:
    """An amount without pence, halves rounded up as the page does."""
    return f"£{Decimal(str(amount)).quantize(Decimal(1), ROUND_HALF_UP):,}"


def open_customer(visit: Visit) -> Page:
    page = visit("/#customer")
    expect(page.get_by_role("heading", name="One customer")).to_be_visible()
    return page


@pytest.mark.parametrize("name", list(EXAMPLES))
def test_a_typical_customer_is_one_click_away(visit, service_url, name):
    """Spend, chance, segment, action and words of the answer stand on the card, with units and thousands separators."""
    page, answer = open_customer(visit), answered(service_url, EXAMPLES[name])

    page.locator("#archetypes").get_by_role("button").nth(list(EXAMPLES).index(name)).click()

    card = page.locator("#answer")
    expect(card).to_contain_text(f"Customer {answer['customer_id']}")
    expect(card).to_contain_text(f"£{answer['predicted_future_spend_30d']:,.2f}")
    expect(card).to_contain_text(EXAMPLE_SEGMENTS[name])
    expect(card).to_contain_text(answer["recommended_action"])
    expect(card).to_contain_text(answer["insight"])


@pytest.mark.parametrize("name", list(EXAMPLES))
def test_the_card_adds_up(visit, service_url, name):
    """Nothing, or an amount between two others: chance times its mean is the forecast above it."""
    page, answer = open_customer(visit), answered(service_url, EXAMPLES[name])
    chance, told = answer["purchase_probability_30d"], answer["spend_if_purchase"]

    page.locator("#archetypes").get_by_role("button").nth(list(EXAMPLES).index(name)).click()

    card = page.locator("#answer")
    expect(card).to_contain_text(
        f"{1 - chance:.0%} nothing; if they order, {whole(told['low'])} to {whole(told['high'])}, "
        f"about {whole(told['mean'])} on average."
    )
    expect(card).to_contain_text(f"The range holds for {told['coverage'] * 100:.0f} in 100 who order.")
    product = card.get_by_text("×").inner_text()
    percent, mean, forecast = (float(number.replace(",", "")) for number in re.findall(r"[\d.,]+", product))
    assert forecast == answer["predicted_future_spend_30d"]
    # What is shown is rounded; where that makes a cent's difference, the sign says so.
    assert percent / 100 * mean == pytest.approx(forecast, abs=0.005 + 0.00005 * mean)
    assert ("=" in product) == (f"{percent / 100 * mean:.2f}" == f"{forecast:.2f}")


def test_a_click_after_a_wrong_value_is_not_lost(visit):
    """The message about the value moves the button below it, so it waits for the click under way."""
    page = open_customer(visit)
    page.locator("#customer-form [name=total_spend]").fill("many")
    box = page.get_by_role("button", name="Forecast", exact=True).bounding_box()
    assert box is not None

    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 3)
    page.mouse.down()
    expect(page.locator("#total_spend-fault")).to_have_text("")
    page.mouse.up()

    expect(page.locator("#customer-notice")).to_contain_text("another look")
    expect(page.locator("#total_spend-fault")).not_to_have_text("")


def test_own_numbers_are_forecast_as_the_service_does(visit, service_url):
    page = open_customer(visit)
    numbers = {
        "total_spend": 1234.5,
        "avg_spend": 123.45,
        "num_transactions": 10,
        "total_units": 400,
        "unique_products": 25,
        "recency_days": 9,
    }

    page.get_by_label("Customer id").fill("Müller & Söhne")
    for name, value in numbers.items():
        if name != "avg_spend":
            page.locator(f"#customer-form [name={name}]").fill(str(value))
    page.get_by_role("button", name="Forecast", exact=True).click()

    answer = answered(service_url, {"customer_id": "Müller & Söhne", "features": numbers})
    expect(page.locator("#answer")).to_contain_text("Müller & Söhne")
    expect(page.locator("#answer")).to_contain_text(f"£{answer['predicted_future_spend_30d']:,.2f}")


def test_the_curl_and_the_json_behind_the_answer_are_true(visit, service_url):
    """A developer copies the command and gets the same answer."""
    page = open_customer(visit)
    page.locator("#archetypes").get_by_role("button").first.click()
    page.get_by_text("For developers").click()

    codes = page.locator("#answer pre")
    expect(codes).to_have_count(2)
    curl, shown = codes.all_inner_texts()

    command = shlex.split(curl.replace("\\\n", " "))
    assert f"{service_url}/predict_customer_value" in command
    body = next(part for part in command if part.startswith("{"))
    assert json.loads(shown) == answered(service_url, json.loads(body))


def test_what_is_no_number_is_named_beside_its_field_and_nothing_is_asked(visit):
    page = open_customer(visit)
    asked = []
    page.on("request", lambda request: asked.append(request.url) if request.method == "POST" else None)
    page.locator("#archetypes").get_by_role("button").first.click()
    expect(page.locator("#answer")).to_contain_text("£")
    asked.clear()

    field = page.locator("#customer-form [name=total_spend]")
    field.fill("1,5O0")
    page.get_by_role("button", name="Forecast", exact=True).click()

    expect(field).to_have_attribute("aria-invalid", "true")
    described = (field.get_attribute("aria-describedby") or "").split()
    told = " ".join(page.locator(f"#{each}").inner_text() for each in described)
    assert re.search(r"number|point", told)
    assert asked == []


def test_the_average_order_follows_from_what_is_typed(visit):
    """Nobody types a number that two others decide, and none that contradicts them is ever sent."""
    page = open_customer(visit)
    average = page.get_by_role("status", name="Average order value")
    expect(average).to_have_text("–")
    page.locator("#archetypes").get_by_role("button").first.click()
    expect(page.locator("#answer")).to_contain_text("£")

    page.locator("#customer-form [name=total_spend]").fill("1,000")
    page.locator("#customer-form [name=num_transactions]").fill("3")
    expect(average).to_have_text("£333.33")
    with page.expect_request("**/predict_customer_value") as request:
        page.get_by_role("button", name="Forecast", exact=True).click()

    assert request.value.post_data_json["features"]["avg_spend"] == 1000 / 3


def test_whose_shop_the_numbers_learned_from_stands_beside_them(visit, service_url):
    """In one line, with the way to one's own."""
    example = httpx.get(f"{service_url}/about.json").json()["example"]
    page = open_customer(visit)

    line = page.locator("#whose")
    expect(line).to_contain_text(f"learned from {example['shop']}")
    expect(line.locator("code")).to_have_text(example["train"])
    line.get_by_role("link").click()
    expect(page.get_by_role("heading", name="A whole shop")).to_be_visible()
