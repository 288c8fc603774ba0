"""What operators are told to watch, set and type is there."""

import re
import shlex
import subprocess
import sys

import httpx

from app.insights.schemas import Fallback, Outcome
from app.settings import Settings
from tests.support import ROOT, running_service

TEXT = (ROOT / "docs" / "operations.md").read_text()
THREATS = (ROOT / "SECURITY.md").read_text()
METRIC = re.compile(r"\b((?:http|shop|insight|insights|groq|predictions|process)_(?:[a-z]+_)*[a-z]+)\b")


def test_every_metric_that_an_alert_reads_is_counted():
    named = {name for line in TEXT.splitlines() if "|" in line or "source=" in line for name in METRIC.findall(line)}
    with running_service() as base_url:
        httpx.post(f"{base_url}/predict_customer_value", json={})
        told = httpx.get(f"{base_url}/metrics").text

    # Of a histogram, and of a counter that nothing was counted by yet, the head alone stands there.
    heads = set(re.findall(r"^# TYPE (\w+)", told, re.MULTILINE)) | set(re.findall(r"^(\w+)", told, re.MULTILINE))
    assert len(named) >= 9
    assert {name for name in named if name not in heads} == set()


def test_every_variable_is_a_setting_or_a_standard():
    named = set(re.findall(r"`([A-Z]+_[A-Z_]+)(?:=[^`]*)?`", TEXT + THREATS))

    standard = {"OTEL_SERVICE_NAME", "OTEL_EXPORTER_OTLP_HEADERS"}
    assert len(named) > 10
    assert named - standard <= {name.upper() for name in Settings.model_fields}


def test_every_reason_of_a_fallback_is_one():
    (reasons,) = re.findall(r"Reasons of fallbacks:(.*?)\n\n", TEXT, re.DOTALL)

    named = set(re.findall(r"`([a-z_]+)`", reasons))

    assert named <= {*Fallback, *Outcome}


def test_the_command_makes_a_key_that_the_service_knows():
    (command,) = [line for line in TEXT.splitlines() if line.startswith("python3 -c")]
    _, *arguments = shlex.split(command)

    made = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True).stdout
    key, named = made.split()

    with running_service({"API_KEYS": named}) as base_url:
        answers = [httpx.get(f"{base_url}/usage", headers={"X-API-Key": given}) for given in (key, named)]
        warnings = httpx.get(f"{base_url}/ready").json()["warnings"]
    assert [answer.status_code for answer in answers] == [200, 401]
    assert not any("plain" in warning for warning in warnings)


def test_every_file_that_is_pointed_at_exists():
    for text, folder in ((TEXT, ROOT / "docs"), (THREATS, ROOT)):
        for address in re.findall(r"\]\(([^)#]+)\)", text):
            assert (folder / address).exists(), address
