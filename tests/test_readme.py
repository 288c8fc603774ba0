"""What the README promises is what happens."""

import json
import re
import shlex
import subprocess
import sys

import httpx
import pytest

from app.settings import Settings
from model import FEATURES
from tests.support import ROOT, running_service

README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, flags=re.DOTALL)


def blocks(language: str) -> list[str]:
    return [text for name, text in BLOCKS if name == language]


def test_the_curl_gives_the_answer_that_stands_below_it():
    command = shlex.split(next(block for block in blocks("bash") if block.startswith("curl")).replace("\\\n", " "))
    body = command[command.index("-d") + 1]

    with running_service() as base_url:
        answer = httpx.post(
            f"{base_url}/predict_customer_value", content=body, headers={"Content-Type": "application/json"}
        )

    assert answer.json() == json.loads(blocks("json")[0])


def test_the_measured_figures_are_those_of_the_leaderboard():
    """The lines of candidates as the backtest printed them; ``docs/accuracy.md`` has them all."""
    accuracy = (ROOT / "docs" / "accuracy.md").read_text().splitlines()

    assert [line for line in blocks("text")[0].splitlines() if line not in accuracy] == []


def test_the_six_numbers_stand_in_their_order():
    order = re.search(r"as an object by name: (.*?); the", README, flags=re.DOTALL)

    assert order is not None
    assert re.findall(r"`(\w+)`", order[1]) == [feature.name for feature in FEATURES]


def test_every_variable_it_names_is_a_setting():
    named = set(re.findall(r"`([A-Z][A-Z_]+)(?:=1)?`", README)) - {"ORDERS"}

    assert named
    assert named <= {name.upper() for name in Settings.model_fields}


def test_every_route_it_names_exists():
    named = set(re.findall(r"`(?:GET|POST) (/[\w/]+)`", README))

    with running_service() as base_url:
        paths = set(httpx.get(f"{base_url}/openapi.json").json()["paths"]) | {"/docs"}
    assert named <= paths
    assert paths - named <= {"/health", "/ready", "/sample_orders.csv"}


def test_every_make_target_it_names_exists():
    targets = set(re.findall(r"^make (\w+)", README, flags=re.MULTILINE))

    assert targets
    for target in targets:
        assert f"\n{target}:" in (ROOT / "Makefile").read_text()


@pytest.mark.parametrize("module", sorted(set(re.findall(r"python -m ([\w.]+)", README))))
def test_every_command_it_names_has_a_help_page(module: str):
    subprocess.run([sys.executable, "-m", module, "--help"], cwd=ROOT, check=True, capture_output=True)


def test_every_file_it_links_exists():
    linked = re.findall(r"\]\((?!https?:)([^)]+)\)", README)

    assert linked
    assert not [path for path in linked if not (ROOT / path).exists()]
