"""The image's own steps, replayed in a clean folder: what they install serves, from files that nobody may write."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import httpx
import pytest

from scripts.cases import EXAMPLES
from tests.support import ROOT, free_port, running, skip_or_fail

TEXT = (ROOT / "Dockerfile").read_text()
# Instruction and arguments, in order; a line that ends in a backslash goes on.
STEPS = re.findall(r"^([A-Z]+) (.*)$", re.sub(r"\\\n", " ", TEXT), re.MULTILINE)


def last(instruction: str) -> str:
    return [arguments for name, arguments in STEPS if name == instruction][-1]


def test_hadolint_has_no_complaint():
    if (hadolint := shutil.which("hadolint", path=str(Path(sys.executable).parent))) is None:
        skip_or_fail("hadolint is missing: its wheel is for Linux on x86-64 alone")

    run = subprocess.run([hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, check=False)

    assert (run.returncode, run.stdout) == (0, "")


def test_the_service_is_nobody_and_has_a_health_check():
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", last("USER"))
    assert all("slim" in arguments for name, arguments in STEPS if name == "FROM")
    assert "--read-only" in TEXT.partition("FROM")[0]


def test_the_context_has_what_is_copied_and_no_secret():
    ignored = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    copied = {arguments.split()[0] for name, arguments in STEPS if name == "COPY" and "--from" not in arguments}

    assert ignored[0] == "*"
    assert {line[1:] for line in ignored if line.startswith("!")} == copied
    assert not any(fnmatch(".env", name) for name in copied)


@pytest.fixture(scope="module")
def image() -> Iterator[Path]:
    """A folder in the place of the image's root, after its COPY and RUN."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        workdir = root
        for instruction, arguments in STEPS:
            if instruction == "WORKDIR":
                workdir = root / arguments.lstrip("/")
                workdir.mkdir(exist_ok=True)
            elif instruction == "COPY" and "--from" not in arguments:
                source, target = arguments.split()
                copy(ROOT / source, workdir / target)
            elif instruction == "RUN":
                env = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
                command = re.sub(r"(?<![\w.])/(venv|srv)\b", rf"{root}/\1", arguments)
                subprocess.run(command, shell=True, check=True, cwd=workdir, env=env, capture_output=True)
        subprocess.run(["chmod", "-R", "a-w", root], check=True)
        yield root
        subprocess.run(["chmod", "-R", "u+w", root], check=True)


def copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target)


def test_what_the_steps_made_serves_and_writes_nothing(image: Path, tmp_path: Path):
    """As root, who may write anywhere, it runs without that right, as the image's user has it."""
    port, before, cwd = free_port(), sorted(image.rglob("*")), image / "srv"
    command = [word.replace("8000", str(port)) for word in json.loads(last("CMD"))]
    health = [word.replace("8000", str(port)) for word in json.loads(last("HEALTHCHECK").partition("CMD ")[2])]
    env = dict(word.split("=", 1) for word in shlex.split(last("ENV"))) | {"TMPDIR": str(tmp_path)}
    env["PATH"] = env["PATH"].replace("/venv", f"{image}/venv").replace("$PATH", os.environ["PATH"])
    powerless = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"] if os.geteuid() == 0 else []

    with running([*powerless, *command], env, f"http://127.0.0.1:{port}", cwd=cwd) as base_url:
        written = subprocess.run(
            [*powerless, "sh", "-c", ": >> model/model.pkl"], env=env, cwd=cwd, capture_output=True, check=False
        )
        healthy = subprocess.run(health, env=env, cwd=cwd, check=False)
        answer = httpx.post(f"{base_url}/predict_customer_value", json=EXAMPLES["high_value_active"])
        with (ROOT / "app/web/static/sample_orders.csv").open("rb") as orders:
            ranked = httpx.post(f"{base_url}/rank_customers", files={"file": orders}, timeout=60)

    assert written.returncode != 0
    assert healthy.returncode == 0
    assert answer.json()["customer_segment"] == "High Value"
    assert ranked.json()["fitted"]["how"] == "fit"
    assert "server" not in answer.headers
    assert sorted(image.rglob("*")) == before
    assert list(tmp_path.iterdir()) == []
