"""The Postman collection is true: newman sends every request of it to a live service."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from postman.collection import files
from scripts.cases import CASES, EXAMPLES
from tests.support import ROOT, require_node_tool, running_service

POSTMAN = ROOT / "postman"
NEWMAN = POSTMAN / "node_modules" / ".bin" / "newman"
COLLECTION = json.loads((POSTMAN / "collection.json").read_text())


@contextmanager
def newman(base_url: str, *options: str, api_key: str = "", admin_key: str = "") -> Iterator["subprocess.Popen[str]"]:
    """A run that ends with the block; files are looked for in the root of the repository, as the collection says."""
    require_node_tool(NEWMAN, oldest_node=16)
    variables = ["--env-var", f"baseUrl={base_url}", "--env-var", f"apiKey={api_key}"]
    variables += ["--env-var", f"adminKey={admin_key}"]
    command = [NEWMAN, "run", POSTMAN / "collection.json", "--working-dir", ROOT, "--color", "off", *options]
    environment = ["--environment", POSTMAN / "environment.json", *variables]
    with subprocess.Popen([*command, *environment], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as run:
        try:
            yield run
        finally:
            run.kill()  # one that hangs must fail its test, not wait for ever


def requests(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those of all folders."""
    return [each for item in items for each in (requests(item["item"]) if "item" in item else [item])]


@pytest.mark.parametrize(("api_key", "admin_key", "ending"), [("", "", ""), ("postman-key", "admin-key", "/")])
def test_every_request_passes_its_tests(api_key: str, admin_key: str, ending: str):
    """Also where the address comes from a browser's, with a slash at its end."""
    keys = {"api_key": api_key, "admin_key": admin_key}
    variables = {"API_KEYS": api_key, "ADMIN_KEY": admin_key}
    with running_service(variables) as base_url, newman(base_url + ending, **keys) as run:
        told, _ = run.communicate(timeout=300)

    assert run.returncode == 0, told


def test_a_wrong_promise_fails_the_run():
    """Or the run above would prove nothing: a key is asked for, and none is sent."""
    with running_service({"API_KEYS": "another"}) as base_url, newman(base_url) as run:
        run.communicate(timeout=300)

    assert run.returncode != 0


def test_a_sleeping_host_is_waited_for():
    """As after a cold start on a free plan: the host takes the connection, and the service comes later."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = [sys.executable, "-m", "uvicorn", "app:app", "--fd", str(listener.fileno()), "--log-level", "error"]
        with newman(f"http://127.0.0.1:{listener.getsockname()[1]}", "--folder", "Service") as run:
            time.sleep(3)
            assert run.poll() is None
            env = {"PATH": os.environ["PATH"], "MODEL_DIR": "model"}
            with subprocess.Popen(server, cwd=ROOT, env=env, pass_fds=[listener.fileno()]) as service:
                told, _ = run.communicate(timeout=60)
                service.terminate()

    assert run.returncode == 0, told


def test_every_route_and_every_case_has_a_request():
    sent = requests(COLLECTION["item"])
    paths = {"/" + "/".join(item["request"]["url"]["path"]) for item in sent}

    assert [item["name"] for item in sent] == [item["name"] for item in sent if item["event"]]
    assert len(sent) == len(CASES)
    assert set(json.loads((ROOT / "docs" / "openapi.json").read_text())["paths"]) <= paths


def test_the_five_customers_come_first():
    bodies = [json.loads(item["request"]["body"]["raw"]) for item in requests(COLLECTION["item"])[: len(EXAMPLES)]]

    assert bodies == list(EXAMPLES.values())


def test_nothing_is_random():
    """An id that changed with every run would make every diff unreadable."""
    assert files() == files()
    assert '"_postman_id"' not in json.dumps(COLLECTION)


@pytest.mark.parametrize("folder", ["postman", "tests/node", "tests/page", "clients/typescript"])
def test_the_lockfile_names_no_registry(folder: str):
    """Whoever installs decides where from."""
    assert '"resolved"' not in (ROOT / folder / "package-lock.json").read_text()
