"""The pinned requirements resolve on every Python that the project promises; what is installed is what was pinned."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT

# Environment markers of the machine that runs the tests say nothing about the others, so uv resolves for each.
UV = Path(sys.executable).parent / "uv"


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13", "3.14"])
@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "requirements-telemetry.txt"])
def test_requirements_resolve(name: str, version: str):
    """From wheels alone: a host that must compile scikit-learn has not 512 MB to do it in."""
    options = [
        "--python-version",
        version,
        "--python-platform",
        "linux",
        "--only-binary",
        ":all:",
        "--no-header",
        "--quiet",
    ]
    finished = subprocess.run(
        [UV, "pip", "compile", ROOT / name, *options], capture_output=True, text=True, check=False
    )

    assert finished.returncode == 0, finished.stderr
    lines = [line for line in (ROOT / name).read_text().splitlines() if line]
    resolved = {line for line in finished.stdout.splitlines() if "==" in line and "#" not in line}
    # A line with a marker is for some machines only.
    assert {line for line in lines if ";" not in line} <= resolved <= {line.partition(" ;")[0] for line in lines}


def test_every_runtime_requirement_is_pinned():
    lines = (ROOT / "requirements.txt").read_text().splitlines()

    assert all("==" in line for line in lines)


def test_the_lock_has_every_requirement_with_the_hashes_of_its_files():
    """One that pip would take on trust makes all hashes worthless."""
    locked = (ROOT / "requirements.lock").read_text().replace("\\\n", "").splitlines()

    assert [line.partition(" --hash")[0].rstrip() for line in locked] == (
        (ROOT / "requirements.txt").read_text().splitlines()
    ), "make lock"
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}", line) for line in locked)


def test_every_advisory_that_is_let_pass_is_explained():
    makefile = (ROOT / "Makefile").read_text()
    excepted = re.search(r"^AUDIT_EXCEPTIONS :=(.*)$", makefile, re.MULTILINE)[1].split()

    explained = re.findall(r"^#\s+(\S+): .+; look again on \d{4}-\d\d-\d\d$", makefile, re.MULTILINE)
    assert set(excepted) <= set(explained)
    assert "$(AUDIT_EXCEPTIONS:%=--ignore-vuln %)" in makefile
