"""The tutorial's commands, run one after the other in a copy of the checkout, do what the text says."""

import csv
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT, free_port, running

TUTORIAL = (ROOT / "docs" / "tutorial.md").read_text()
COMMANDS = re.findall(r"```bash\n(.*?)```", TUTORIAL, flags=re.DOTALL)
DOCTOR, TRAIN, REHEARSE, COMPARE, CAMPAIGN, SERVE, ASK = COMMANDS
WARNINGS = 1


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the commands need, and nothing of what they wrote here before."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("app", "model", "training"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


@pytest.fixture(scope="module")
def trained(checkout: Path) -> Path:
    """The checkout after the second step."""
    assert (checkout / "my_shop").exists() is False
    typed(TRAIN, checkout)
    return checkout


def typed(command: str, folder: Path, *, exit_code: int = 0) -> str:
    """What a command prints that is typed as it stands in the text."""
    done = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == exit_code, done.stdout + done.stderr
    return done.stdout


def rows(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file))


def test_the_doctor_warns_of_the_last_day_and_finds_it_enough(checkout: Path):
    printed = typed(DOCTOR, checkout, exit_code=WARNINGS)

    assert [line for line in printed.splitlines() if line.startswith("!")] == [
        line for line in printed.splitlines() if "last day" in line
    ]
    assert "is this enough for a 30-day model?: yes" in printed


def test_training_leaves_the_models_of_the_project_as_they_are(trained: Path):
    assert (trained / "my_shop" / "report" / "index.html").exists()
    assert (trained / "model" / "model.pkl").read_bytes() == (ROOT / "model" / "model.pkl").read_bytes()


def test_the_rehearsal_shows_each_decision_beside_what_happened(trained: Path):
    typed(REHEARSE, trained)
    treated = [row for row in rows(trained / "rehearsal.csv") if row["decision"] == "treat"]

    printed = typed(COMPARE, trained)

    assert 0 < sum(float(row["contact_cost"]) for row in treated) <= 50
    assert all(decision in printed for decision in ("treat", "control", "below_budget"))


def test_the_campaign_is_the_same_from_the_command_line_and_over_http(trained: Path):
    """Whoever holds the file and whoever asks the service must contact the same people."""
    typed(CAMPAIGN, trained)
    from_file = rows(trained / "campaign.csv")
    port = free_port()

    assert SERVE.split() == ["MODEL_DIR=my_shop", "make", "run"]
    server = [sys.executable, "-m", "uvicorn", "app:app", "--port", str(port)]
    with running(server, {"MODEL_DIR": "my_shop"}, f"http://127.0.0.1:{port}", cwd=trained):
        typed(ASK.replace(":8000", f":{port}"), trained)

    assert rows(trained / "campaign.csv") == from_file
    assert {row["decision"] for row in from_file} == {"treat", "control", "below_budget", "left_alone"}
