"""The notebook runs from its first cell to its last, as Jupyter runs it, and shows what is committed."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.support import ROOT, told_alike

NOTEBOOK = ROOT / "docs" / "notebook.ipynb"


def texts(notebook: nbformat.NotebookNode) -> list[list[str]]:
    """What each cell printed or answered, without pictures."""
    return [
        [output.get("text") or output["data"]["text/plain"] for output in cell["outputs"]]
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
    ]


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> nbformat.NotebookNode:
    """In a folder of its own, for a cell writes a file; beside it the sample shop."""
    folder = tmp_path_factory.mktemp("checkout")
    (folder / "docs").mkdir()
    (folder / "app").symlink_to(ROOT / "app")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        notebook = nbformat.read(NOTEBOOK, as_version=4)
        resources = {"metadata": {"path": str(folder / "docs")}}
        NotebookClient(notebook, timeout=900, kernel_name="python3", resources=resources).execute()
    assert [path.name for path in Path(folder / "docs").iterdir()] == ["shop.json"]
    return notebook


def test_every_cell_runs_and_shows_what_is_committed(executed: nbformat.NotebookNode):
    committed = nbformat.read(NOTEBOOK, as_version=4)

    for found, shown in zip(texts(executed), texts(committed), strict=True):
        assert len(found) == len(shown)
        for one, other in zip(found, shown, strict=True):
            assert told_alike(one, other), f"{one}\nis not\n{other}"


def test_it_draws_the_gain_curve_and_the_attributions_of_one_customer(executed: nbformat.NotebookNode):
    drawn = [
        cell["source"]
        for cell in executed["cells"]
        if any("image/png" in output.get("data", {}) for output in cell.get("outputs", ()))
    ]

    assert len(drawn) == 2
    assert "curves" in drawn[0]
    assert "explain" in drawn[1]
