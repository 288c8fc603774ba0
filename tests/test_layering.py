"""The shape of the house: who may import whom, and what an import may do."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT

FORBIDDEN = {
    "model": {"app", "training", "scripts"},
    "training": {"app", "scripts"},
    "app": {"training", "scripts"},
}

# A shop's own file is fitted here, inside the function that needs it.
FITTING = {"app/rankings/pipeline.py": {"training"}, "model/score.py": {"training"}}


def imported_packages(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize("package", FORBIDDEN)
def test_no_room_imports_one_above_or_beside_it(package: str):
    offenders = {
        (place := str(path.relative_to(ROOT))): imported_packages(path) & FORBIDDEN[package] - FITTING.get(place, set())
        for path in (ROOT / package).rglob("*.py")
    }

    assert offenders
    assert not {path: names for path, names in offenders.items() if names}


def python(code: str, *, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run code in a fresh interpreter with nothing in its environment but the path to the project."""
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=cwd, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False)


def test_importing_the_service_needs_no_environment_and_no_file(tmp_path: Path):
    finished = python("import app; print(app.app)", cwd=tmp_path)

    assert finished.returncode == 0, finished.stderr
    assert list(tmp_path.iterdir()) == []


def test_importing_the_service_brings_no_library_that_a_first_answer_does_not_need(tmp_path: Path):
    """One careless import cost 14 MB and a fifth of a second of every start."""
    heavy = {"pandas", "duckdb", "groq", "sklearn", "scipy", "joblib", "redis", "matplotlib", "jinja2"}

    finished = python(f"import sys; import app; app.app; print(sorted({heavy} & set(sys.modules)))", cwd=tmp_path)

    assert finished.stdout.strip() == "[]", finished.stderr


def test_the_model_loads_where_training_does_not_exist(tmp_path: Path):
    """What a server needs is ``model`` and its files; the recipe stays at home."""
    (tmp_path / "model").symlink_to(ROOT / "model")
    code = (
        "import sys; sys.path = [p for p in sys.path if p != '']; sys.path.insert(0, '.')\n"
        "from pathlib import Path; from model import load_artifact\n"
        "print(type(load_artifact(Path('model')).regressor).__name__); assert 'training' not in sys.modules"
    )
    finished = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env={}, capture_output=True, text=True, check=False
    )

    assert finished.stdout.strip() == "LinearParts", finished.stderr
