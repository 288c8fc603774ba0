"""`make generated` changes nothing: what programs write and git keeps is what they would write today.

The sample shop and the table of features have tests of their own that say the same.
"""

import json
import shlex
import subprocess
from pathlib import Path

import pytest

from app.openapi import EXAMPLES
from postman.collection import files
from scripts.record_examples import record
from scripts.write_openapi import document
from tests.support import ROOT, require_node_tool

CLIENT = ROOT / "clients" / "typescript"
GENERATOR = CLIENT / "node_modules" / ".bin" / "openapi-typescript"


def test_the_recorded_answers_are_those_of_the_included_model():
    recorded = json.loads(EXAMPLES.read_text())["paths"]
    answered = json.loads(json.dumps(record()))["paths"]

    assert [path for path in recorded | answered if recorded.get(path) != answered.get(path)] == [], "make openapi"


def test_the_document_is_fresh():
    assert (ROOT / "docs" / "openapi.json").read_text() == document(), "make openapi"


@pytest.mark.parametrize("name", files())
def test_the_postman_files_are_fresh(name: str):
    assert (ROOT / "postman" / name).read_text() == files()[name], "make postman"


def test_the_types_of_the_client_are_fresh(tmp_path: Path):
    require_node_tool(GENERATOR)
    script = json.loads((CLIENT / "package.json").read_text())["scripts"]["generate"]
    arguments = shlex.split(script.replace("src/schema.d.ts", str(tmp_path / "schema.d.ts")))[1:]

    subprocess.run([GENERATOR, *arguments], cwd=CLIENT, check=True, capture_output=True)

    assert (CLIENT / "src" / "schema.d.ts").read_text() == (tmp_path / "schema.d.ts").read_text(), "make typescript"
