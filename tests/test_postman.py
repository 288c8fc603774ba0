"""The Postman collection is true: newman runs it against a live service."""

import json
import shutil
import subprocess

import pytest

from app.schemas import EXAMPLES
from tests.support import ROOT, running_service, skip_or_fail

POSTMAN = ROOT / "postman"
NEWMAN = POSTMAN / "node_modules" / ".bin" / "newman"


@pytest.mark.parametrize("api_key", ["", "postman-key"])
def test_every_request_of_the_collection_passes_its_tests(api_key):
    if shutil.which("node") is None:
        skip_or_fail("node is missing")
    if not NEWMAN.exists():
        skip_or_fail("newman is missing: npm --prefix postman ci")

    with running_service({"API_KEYS": api_key}) as base_url:
        variables = ["--env-var", f"baseUrl={base_url}", "--env-var", f"apiKey={api_key}"]
        run = subprocess.run(
            [NEWMAN, "run", POSTMAN / "collection.json", *variables, "--reporters", "cli", "--color", "off"],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    assert run.returncode == 0, run.stdout


def test_the_collection_shows_the_same_customers_as_the_documentation():
    customers, *_ = json.loads((POSTMAN / "collection.json").read_text())["item"]

    bodies = [json.loads(item["request"]["body"]["raw"]) for item in customers["item"][: len(EXAMPLES)]]

    assert bodies == list(EXAMPLES.values())


def test_the_lockfile_names_no_registry():
    """Whoever installs decides where from."""
    assert '"resolved"' not in (POSTMAN / "package-lock.json").read_text()
