"""What docs/api.md shows works as it stands: its snippets are run against a live service."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.settings import Settings
from tests.support import ROOT, require_node_tool, running_service, skip_or_fail

CLIENT = ROOT / "clients" / "typescript"
TSC = CLIENT / "node_modules" / ".bin" / "tsc"
GUIDE = (ROOT / "docs" / "api.md").read_text()
DOCUMENT = json.loads((ROOT / "docs" / "openapi.json").read_text())
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", GUIDE, flags=re.DOTALL)
LOCAL = "http://127.0.0.1:8000"


def blocks(language: str) -> list[str]:
    return [text for name, text in BLOCKS if name == language]


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    with running_service({"API_KEYS": ""}) as url:
        yield url


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a reader who has tried the curl commands stands."""
    shutil.copy(ROOT / "app" / "web" / "static" / "sample_orders.csv", tmp_path)
    return tmp_path


def run(command: list[str | Path], *, cwd: Path) -> str:
    finished = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


def run_shell(script: str, *, cwd: Path) -> str:
    if shutil.which("curl") is None:
        skip_or_fail("curl is missing")
    return run(["bash", "-euo", "pipefail", "-c", script], cwd=cwd)


@pytest.mark.parametrize("block", blocks("bash")[:-1])
def test_curl_is_answered(block: str, base_url: str, tmp_path: Path):
    script = 'curl() { command curl --fail-with-body --show-error "$@"; echo; }\n' + block.replace(LOCAL, base_url)

    assert run_shell(script, cwd=tmp_path).strip()


def test_the_error_is_the_one_that_stands_below_its_curl(base_url: str, tmp_path: Path):
    (shown,) = blocks("json")
    block = blocks("bash")[-1]

    told = run_shell(block.replace(LOCAL, base_url), cwd=tmp_path)

    assert json.loads(told) == json.loads(shown)


def test_httpx_works_from_top_to_bottom(base_url: str, folder: Path):
    """As one program, with every warning an error."""
    told = run([sys.executable, "-W", "error", "-c", "\n".join(blocks("python")).replace(LOCAL, base_url)], cwd=folder)

    assert "Habitual Buyer" in told
    assert "422 features is a list of 3 values, but six numbers are needed" in told


def test_typescript_compiles_and_works_from_top_to_bottom(base_url: str, folder: Path):
    require_node_tool(TSC)
    (folder / "node_modules" / "@types").mkdir(parents=True)
    client = folder / "node_modules" / "customer-value-client"
    # A copy: other tests build the client where it lies, perhaps at this moment.
    shutil.copytree(CLIENT, client, ignore=shutil.ignore_patterns("node_modules", "dist", "build"))
    (client / "node_modules").symlink_to(CLIENT / "node_modules")
    run(["npm", "run", "build", "--silent"], cwd=client)
    (folder / "node_modules" / "@types" / "node").symlink_to(CLIENT / "node_modules" / "@types" / "node")
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "guide.ts").write_text("\n".join(blocks("typescript")).replace(LOCAL, base_url))
    run([TSC, "--strict", "--target", "es2022", "--module", "nodenext", "--skipLibCheck", "guide.ts"], cwd=folder)

    told = run(["node", "guide.js"], cwd=folder)

    assert "422 features is a list of 3 values, but six numbers are needed" in told


def test_every_route_is_shown_in_all_three_languages():
    """An administrator's in the shell alone, and not run: it needs a key of its own."""
    assert f"{LOCAL}/admin/reload -H" in GUIDE
    for path in DOCUMENT["paths"].keys() - {"/admin/reload"}:
        assert f"`{path}`" in GUIDE or f" {path}`" in GUIDE, path
        assert f"{LOCAL}{path}" in "".join(blocks("bash")), path
    for path in (path for path in DOCUMENT["paths"].keys() - {"/admin/reload"} if "post" in DOCUMENT["paths"][path]):
        assert f'service.post("{path}"' in "".join(blocks("python")), path


def test_every_option_of_the_ranked_list_is_explained():
    options = {each["name"] for each in DOCUMENT["paths"]["/rank_customers"]["post"]["parameters"]}

    explained = set(re.findall(r"`(\w+)`", "\n".join(re.findall(r"^\| (`.*?) \|", GUIDE, flags=re.MULTILINE))))

    assert options <= explained


def test_every_status_of_the_document_is_explained():
    statuses = {
        status
        for operations in DOCUMENT["paths"].values()
        for operation in operations.values()
        for status in operation["responses"]
    }

    assert statuses - {"200"} <= set(re.findall(r"\b[45]\d\d\b", GUIDE))


def test_every_limit_is_the_default():
    named = dict(re.findall(r"^\| `(MAX_\w+)` \| ([\d,]+) \|", GUIDE, flags=re.MULTILINE))
    limits = {name.upper(): f"{field.default:,}" for name, field in Settings.model_fields.items() if name[:4] == "max_"}

    assert named == limits


def test_every_file_it_links_exists():
    linked = [link.partition("#")[0] for link in re.findall(r"\]\((?!https?:)([^)]+)\)", GUIDE)]

    assert [path for path in linked if path and not (ROOT / "docs" / path).exists()] == []
