"""The shape of the house: who may import whom, and what an import may do."""

import ast
import re
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


# Each room imports only those named before it.
ROOMS = {
    "model": """errors arrays documents currency atomic_write engines csv_injection commands orders features estimators
        segments artifact prediction ranking score __init__""",
    "training": """windows models evaluation checks report published sample_shop shop doctor pipeline __main__ backtest
        __init__""",
}


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for package in FORBIDDEN for path in (ROOT / package).rglob("*.py")}


def imported(path: Path) -> set[str]:
    """Every module that a file imports, wherever in it, for its types alone too."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.module, f"{path}: import by the full name"
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= inner & MODULES.keys() or {node.module}
    return names


def room(module: str) -> str:
    return (*module.split("."), "__init__")[1]


@pytest.mark.parametrize("package", FORBIDDEN)
def test_no_storey_imports_one_above_or_beside_it(package: str):
    offenders = {
        (place := str(path.relative_to(ROOT))): {name.partition(".")[0] for name in imported(path)}
        & FORBIDDEN[package] - FITTING.get(place, set())
        for path in (ROOT / package).rglob("*.py")
    }

    assert offenders
    assert not {path: names for path, names in offenders.items() if names}


@pytest.mark.parametrize("package", ROOMS)
def test_a_room_imports_only_those_named_before_it(package: str):
    order = ROOMS[package].split()
    of_package = {name: path for name, path in MODULES.items() if name.partition(".")[0] == package}

    offenders = {
        (module, other)
        for module, path in of_package.items()
        for other in imported(path) & of_package.keys()
        if order.index(room(other)) > order.index(room(module))
    }

    assert set(map(room, of_package)) == set(order)
    assert not offenders


def test_no_files_import_each_other_in_a_ring():
    unresolved = {module: imported(path) & MODULES.keys() - {module} for module, path in MODULES.items()}
    while free := {module for module, others in unresolved.items() if not others & unresolved.keys()}:
        unresolved = {module: others for module, others in unresolved.items() if module not in free}

    assert not unresolved, "in rings, or upon one"


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
    heavy = {"pandas", "duckdb", "httpx", "sklearn", "scipy", "joblib", "redis", "matplotlib", "jinja2"}

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


def test_the_files_that_the_design_names_exist():
    """A walk through the house ends at once where a room has moved."""
    named = set(re.findall(r"[\w/.-]*\w/[\w.-]+\.(?:py|toml|sql|json)\b", (ROOT / "docs" / "design.md").read_text()))

    assert len(named) > 20
    assert not {
        name for name in named if not any((root / name).exists() for root in (ROOT, ROOT / "model", ROOT / "training"))
    }
