"""What the blueprint promises to Render is true here: its commands start the service, its health path answers."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import yaml

from app.settings import Settings
from scripts.cases import EXAMPLES
from tests.support import ROOT, free_port, running

# What a free web service takes; a disk, more than one instance or a pre-deploy command need a paid plan.
FREE_FIELDS = {
    "type",
    "name",
    "runtime",
    "plan",
    "region",
    "buildCommand",
    "startCommand",
    "healthCheckPath",
    "maxShutdownDelaySeconds",
    "autoDeployTrigger",
    "envVars",
}


@pytest.fixture
def service():
    (service,) = yaml.safe_load((ROOT / "render.yaml").read_text())["services"]
    return service


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The part of the repository that serves, and no ``.env``."""
    for folder in ("app", "model", "training"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_the_start_command_starts_the_service_in_a_clean_environment(service, checkout):
    port = free_port()
    env = {"PORT": str(port), "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.defpath])}
    command = ["sh", "-c", f"exec {service['startCommand']}"]

    with running(command, env, f"http://127.0.0.1:{port}", cwd=checkout) as base_url:
        assert httpx.get(base_url + service["healthCheckPath"]).status_code == 200
        answer = httpx.post(f"{base_url}/predict_customer_value", json=EXAMPLES["high_value_active"])

    assert answer.json()["customer_segment"] == "High Value"


def test_the_free_plan_takes_every_field(service):
    assert set(service) <= FREE_FIELDS
    assert (service["type"], service["runtime"], service["plan"]) == ("web", "python", "free")
    assert service["autoDeployTrigger"] in {"commit", "checksPass", "off"}


def test_the_build_command_installs_what_is_pinned_and_compiles_what_is_ours(service, checkout):
    install, compile_ours = service["buildCommand"].split(" && ")

    assert install == "pip install --require-hashes -r requirements.lock"
    assert (ROOT / "requirements.lock").exists()
    subprocess.run([sys.executable, *compile_ours.split()[1:]], cwd=checkout, check=True)
    assert list((checkout / "app" / "__pycache__").glob("main.*.pyc"))


def test_requests_may_finish_before_render_kills_the_process(service):
    graceful = int(re.search(r"--timeout-graceful-shutdown (\d+)", service["startCommand"])[1])

    assert graceful < service["maxShutdownDelaySeconds"] <= 300


def test_idle_connections_outlive_those_of_a_proxy(service):
    """Wherever a command starts the service for others: proxies reuse a connection for up to a minute."""
    commands = [service["startCommand"], (ROOT / "Makefile").read_text(), (ROOT / "README.md").read_text()]

    kept = [re.findall(r"uvicorn app:app .*--timeout-keep-alive (\d+)", command) for command in commands]

    assert [len(seconds) for seconds in kept] == [1, 1, 1]
    assert all(int(seconds) > 60 for (seconds,) in kept)


def test_variables_are_full_and_no_secret_stands_in_the_file(service):
    variables = {variable["key"]: variable for variable in service["envVars"]}

    assert re.fullmatch(r"3\.1[1-4]\.\d+", variables["PYTHON_VERSION"]["value"])
    assert variables["GROQ_API_KEY"] == {"key": "GROQ_API_KEY", "sync": False}
    assert variables["API_KEYS"] == {"key": "API_KEYS", "sync": False}
    assert variables["METRICS_TOKEN"] == {"key": "METRICS_TOKEN", "generateValue": True}


def test_the_values_of_the_blueprint_are_settings(service):
    given = {each["key"].lower(): each["value"] for each in service["envVars"] if "value" in each}
    del given["python_version"]

    settings = Settings(_env_file=None, **given)

    assert all(name in Settings.model_fields for name in given)
    assert settings.rate_limit_per_minute == 600


def test_valkey_is_two_comments_away():
    """Without the marks of the commented lines, the blueprint has a store that the service is told of."""
    text = re.sub(r"^( *)# (?=- key: REDIS|- type|  )", r"\1", (ROOT / "render.yaml").read_text(), flags=re.MULTILINE)

    web, store = yaml.safe_load(text)["services"]

    assert (store["type"], store["plan"], store["ipAllowList"]) == ("keyvalue", "free", [])
    (redis_url,) = [variable for variable in web["envVars"] if variable["key"] == "REDIS_URL"]
    assert redis_url["fromService"] == {
        "type": store["type"],
        "name": store["name"],
        "property": "connectionString",
    }
