"""The parts of the page that need no browser: their own tests, and their campaign file against the service's."""

import json
import re
import shutil
import subprocess
from typing import Any

import httpx
import pytest

from app.web.router import STATIC
from model.ranking.presets import presets
from model.segments import Segment
from tests.page.shop_view import RANK, ranked_by_service
from tests.support import ROOT, skip_or_fail

HERE = ROOT / "tests" / "page"
SAMPLE = STATIC / "sample_orders.csv"
EVERYONE: dict[str, Any] = {"mode": "everyone", "controlShare": 0, "segments": list(Segment)}


def node(*arguments: str, given: str | None = None) -> subprocess.CompletedProcess[bytes]:
    executable = shutil.which("node")
    if executable is None:
        skip_or_fail("node is missing")
    command = [str(executable), *arguments]
    return subprocess.run(command, cwd=ROOT, input=(given or "").encode(), capture_output=True, check=False)


def test_modules_without_a_page_keep_their_promises():
    finished = node("--test", *map(str, sorted(HERE.glob("*.test.js"))))

    assert finished.returncode == 0, finished.stdout.decode()


@pytest.fixture(scope="module")
def whole_list(service_url) -> dict[str, Any]:
    """As the page asks for it."""
    return ranked_by_service(service_url, SAMPLE, contact_cost=1)


@pytest.mark.parametrize(
    ("query", "campaign"),
    [
        ({}, {}),
        ({"control_share": "0.07"}, {"controlShare": 7 / 100}),
        (
            {"budget": "33.3", "contact_cost": "0.3", "control_share": "0.2"},
            {"mode": "budget", "budget": "33.3", "contactCost": "0.3", "controlShare": 20 / 100},
        ),
        (
            {"budget": "900", "contact_cost": "0.5", "control_share": "0.1"},
            {"mode": "budget", "budget": "900", "contactCost": "0.5", "controlShare": 10 / 100},
        ),
        ({"budget": "0.29", "contact_cost": "0.3"}, {"mode": "budget", "budget": "0.29", "contactCost": "0.3"}),
        ({"limit": "41", "segments": "At Risk,New Customer"}, {"mode": "limit", "limit": 41}),
        ({"limit": "100000"}, {"mode": "limit", "limit": 100_000}),
    ],
    ids=["everyone", "control", "budget", "dear-actions", "too-little", "segments", "more-than-there-are"],
)
def test_the_campaign_file_is_the_services_to_the_byte(service_url, whole_list, query, campaign):
    """A slider redraws without asking; what is downloaded then must be what the service would have said."""
    assert_same_file(service_url, whole_list, query, campaign, "plain")


@pytest.mark.parametrize("preset", sorted(set(presets()) - {"plain"}))
def test_so_is_the_file_of_an_audience(service_url, whole_list, preset):
    campaign = {"mode": "limit", "limit": 60, "controlShare": 10 / 100}
    assert_same_file(service_url, whole_list, {"limit": "60", "control_share": "0.1"}, campaign, preset)


@pytest.mark.parametrize(
    ("query", "campaign"),
    [
        ({"control_share": "0.1"}, {"controlShare": 10 / 100}),
        ({"control_share": "0.4"}, {"controlShare": 40 / 100}),
        (
            {"budget": "60", "contact_cost": "0.5", "control_share": "0.2"},
            {"mode": "budget", "budget": "60", "contactCost": "0.5", "controlShare": 20 / 100},
        ),
        ({"limit": "9", "control_share": "0.01"}, {"mode": "limit", "limit": 9, "controlShare": 1 / 100}),
    ],
    ids=["a-tenth", "large", "budget", "nobody-held-out"],
)
def test_what_a_control_group_can_show_is_what_the_service_says(service_url, whole_list, query, campaign):
    wanted = ranked_by_service(service_url, SAMPLE, **query)["campaign"]["control_group"]

    finished = node(
        str(HERE / "control_group.js"), given=json.dumps({"list": whole_list, "campaign": {**EVERYONE, **campaign}})
    )

    assert finished.returncode == 0, finished.stderr.decode()
    told = json.loads(finished.stdout)
    assert told["customers"] == wanted["customers"]
    assert told["average"] == pytest.approx(wanted["average_spend"], abs=0.0051)
    assert told["isTelling"] == wanted["is_telling"]
    assert told["needed"] == wanted["customers_needed"]
    effect = wanted["smallest_effect"]
    assert told["effect"] == (effect and pytest.approx(effect, rel=1e-3))


def assert_same_file(
    service_url: str, whole_list: dict[str, Any], query: dict[str, str], campaign: dict[str, Any], preset: str
) -> None:
    segments = query["segments"].split(",") if "segments" in query else list(Segment)
    wanted = {"list": whole_list, "campaign": {**EVERYONE, **campaign, "segments": segments}}
    columns = [list(column) for column in presets()[preset]]
    with SAMPLE.open("rb") as file:
        answer = httpx.post(
            f"{service_url}{RANK}",
            params={**query, "preset": preset},
            files={"file": (SAMPLE.name, file)},
            headers={"Accept": "text/csv"},
            timeout=60,
        ).raise_for_status()

    finished = node(str(HERE / "campaign_csv.js"), given=json.dumps({**wanted, "preset": preset, "columns": columns}))

    assert finished.returncode == 0, finished.stderr.decode()
    # A midnight is a day in the file of the page, for spreadsheets.
    assert finished.stdout == re.sub(rb"T00:00:00(?=[,\r])", b"", answer.content)
