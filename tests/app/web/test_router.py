"""The pages for people need no other host."""

import re

import pytest

from app.web.router import STATIC
from model.estimators.intervals import COVERAGE
from model.features.definitions import FEATURES
from scripts.cases import EXAMPLE_SEGMENTS, EXAMPLES


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_a_page_loads_everything_from_here(client, path):
    page = client.get(path)

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    loaded = re.findall(r'(?:src|href)="([^#"][^"]*)"', page.text)
    assert loaded
    for address in loaded:
        assert address.startswith("/")
        assert client.get(address).status_code == 200


def test_start_page_leads_to_documentation_model_and_health(client):
    page = client.get("/").text

    assert [address for address in ("/docs", "/model", "/health") if f'href="{address}"' not in page] == []


@pytest.mark.parametrize("path", ["/", "/health"])
def test_monitors_may_ask_with_head(client, path):
    assert client.head(path).status_code == 200


def assets_of(page: str) -> list[str]:
    return sorted(set(re.findall(r'"(/assets/[^"]+)"', page)))


def test_a_page_that_has_not_changed_is_not_sent_again(client):
    first = client.get("/")

    again = client.get("/", headers={"If-None-Match": first.headers["etag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert client.get("/", headers={"If-None-Match": '"another"'}).status_code == 200


def test_assets_are_kept_for_good_and_compressed(client):
    for address in assets_of(client.get("/").text):
        asset = client.get(address, headers={"Accept-Encoding": "gzip"})

        assert "immutable" in asset.headers["cache-control"]
        assert asset.headers["x-content-type-options"] == "nosniff"
        is_small = len(asset.content) < 500
        assert is_small or asset.headers["content-encoding"] == "gzip"
        assert client.get(address, headers={"If-None-Match": asset.headers["etag"]}).status_code == 304


def test_every_script_is_fetched_at_once(client):
    """A browser that found them one by one would wait for each."""
    scripts = {path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*.js")}

    assert {
        address.split("/", 3)[3] for address in assets_of(client.get("/").text) if address.endswith(".js")
    } == scripts


def test_the_page_may_load_nothing_from_elsewhere_and_run_nothing_in_its_markup(client):
    page = client.get("/")

    assert page.headers["content-security-policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
        "font-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    )
    assert re.search(r"<style|<script>|\sstyle=|\son[a-z]+=", page.text) is None


def test_the_documentation_runs_the_one_script_that_it_brings(client):
    policy = client.get("/docs").headers["content-security-policy"]

    (scripts,) = (part for part in policy.split("; ") if part.startswith("script-src"))
    assert re.fullmatch(r"script-src 'self' 'sha256-[A-Za-z0-9+/]{43}='", scripts)


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_a_page_cannot_be_framed_or_mistaken_for_something_else(client, path):
    headers = client.get(path).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"


def test_the_page_learns_examples_and_fields_from_the_service(start):
    """What the form asks for is defined once, in ``FEATURES`` and ``EXAMPLES``."""
    about = start(currency="EUR", max_upload_bytes=1234).get("/about.json").json()

    assert about["currency"] == "EUR"
    assert about["max_upload_bytes"] == 1234
    assert [feature["name"] for feature in about["features"]] == [feature.name for feature in FEATURES]
    assert {each["name"]: (each["customer_segment"], each["features"]) for each in about["examples"]} == {
        name: (EXAMPLE_SEGMENTS[name], body["features"]) for name, body in EXAMPLES.items()
    }


def test_words_of_the_page_speak_of_the_models_own_window_and_range(client):
    """``texts.js`` has none of these numbers itself."""
    page, card = client.get("/").text, client.get("/model").json()

    told = dict(re.findall(r'data-([a-z-]+)="([\d.]+)"', page))

    assert told == {
        "horizon-days": str(card["horizon_days"]),
        "active-days": str(card["active_days"]),
        "coverage": str(COVERAGE),
    }


def test_the_page_opens_without_a_key(start):
    """The page must open before it can ask for a key."""
    client = start(api_keys=("secret",))

    assert client.get("/").status_code == client.get("/about.json").status_code == 200
    assert client.post("/predict_customer_value", json={}).status_code == 401
