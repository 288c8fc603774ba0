"""The TypeScript client is typed by the committed document, works against a live service, and can be installed."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.page.browser import find_chromium, started_browser
from tests.support import ROOT, free_port, require_node_tool, running_service, skip_or_fail

CLIENT = ROOT / "clients" / "typescript"
TSC = CLIENT / "node_modules" / ".bin" / "tsc"
SAMPLE = ROOT / "app" / "web" / "static" / "sample_orders.csv"
README = (CLIENT / "README.md").read_text()


def npm(*arguments: str, cwd: Path = CLIENT, env: dict[str, str] | None = None) -> str:
    """What an npm command says; it must succeed."""
    require_node_tool(TSC)
    command = ["npm", *arguments, "--silent"]
    run = subprocess.run(
        command, cwd=cwd, env={**os.environ, **(env or {})}, capture_output=True, text=True, timeout=300, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


@pytest.fixture(scope="module")
def built() -> Path:
    """The folder with client and example compiled; `tsc` is strict, and fails where it complains."""
    npm("run", "build:example")
    return CLIENT


@pytest.fixture(scope="module")
def tarball(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packed")
    return folder / npm("pack", "--pack-destination", str(folder)).split()[-1]


@pytest.fixture(scope="module")
def pages(built: Path) -> Iterator[str]:
    """The same folder as a front-end developer would serve it."""
    port = free_port()
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    with subprocess.Popen(command, cwd=built, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        yield f"http://127.0.0.1:{port}"
        server.terminate()


def test_every_method_works_against_a_live_service():
    with (
        running_service({"API_KEYS": "a-key"}) as url,
        running_service({"MAX_CONCURRENT_REQUESTS": "1"}) as busy_url,
        running_service({"RATE_LIMIT_PER_MINUTE": "1"}) as limited_url,
    ):
        env = {"SERVICE_URL": url, "API_KEY": "a-key", "BUSY_URL": busy_url, "LIMITED_URL": limited_url}
        told = npm("test", env=env)

    assert re.search(r"^(#|ℹ) fail 0$", told, flags=re.MULTILINE)
    assert int(re.search(r"^(?:#|ℹ) pass (\d+)$", told, flags=re.MULTILINE)[1]) >= 15


def test_every_route_has_a_method():
    """By its address in the source; those that only Postman and Prometheus ask for as well, but no administrator's."""
    document = json.loads((ROOT / "docs" / "openapi.json").read_text())
    source = (CLIENT / "src" / "client.ts").read_text()

    assert [path for path in document["paths"] if f'"{path}"' not in source] == ["/admin/reload"]


def test_a_project_can_install_the_package_and_compile(tarball: Path, tmp_path: Path):
    """With the README's own example."""
    (tmp_path / "package.json").write_text('{"name": "shop", "private": true, "type": "module"}')
    npm("install", "--no-audit", "--no-fund", str(tarball), cwd=tmp_path)
    (tmp_path / "main.ts").write_text(re.search(r"```typescript\n(.*?)```", README, flags=re.DOTALL)[1])
    options = ["--strict", "--noEmit", "--target", "es2022", "--module", "nodenext", "--lib", "es2022,dom", "main.ts"]

    run = subprocess.run([TSC, *options], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert run.returncode == 0, run.stdout
    assert {path.name for path in (tmp_path / "node_modules").iterdir()} == {
        "customer-value-client",
        ".package-lock.json",
    }


def test_the_example_ranks_a_shop_in_a_browser(pages: str):
    if (chromium := find_chromium()) is None:
        skip_or_fail("chromium is missing")
    with running_service({"CORS_ORIGINS": pages}) as url, started_browser(str(chromium)) as browser:
        page = browser.new_page()
        page.goto(f"{pages}/example/?service={url}")
        page.get_by_label("Order file").set_input_files(SAMPLE)
        page.get_by_label("Customers to write to").fill("5")
        page.get_by_role("button", name="Rank").click()

        expect(page.get_by_role("status")).to_contain_text("5 customers, £", timeout=60_000)
        assert page.get_by_role("row").count() == 5


def test_the_example_says_what_is_wrong(pages: str):
    """The service's own sentence reaches whoever sits before the page."""
    if (chromium := find_chromium()) is None:
        skip_or_fail("chromium is missing")
    with running_service({"CORS_ORIGINS": pages}) as url, started_browser(str(chromium)) as browser:
        page = browser.new_page()
        page.goto(f"{pages}/example/?service={url}")
        page.get_by_label("Order file").set_input_files(ROOT / "postman" / "files" / "without_dates.csv")
        page.get_by_role("button", name="Rank").click()

        expect(page.get_by_role("status")).to_contain_text("no column found for ordered_at", timeout=60_000)
