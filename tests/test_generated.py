"""`make generated` changes nothing: what programs write and git keeps is what they would write today.

The sample shop and the table of features have tests of their own that say the same.
"""

import json
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from app.openapi import EXAMPLES
from postman.collection import files
from scripts.record_examples import record
from scripts.write_openapi import document
from tests.support import ROOT, require_node_tool

NUMBER = re.compile(r"\d+(?:\.\d+)?")
CLIENT = ROOT / "clients" / "typescript"
GENERATOR = CLIENT / "node_modules" / ".bin" / "openapi-typescript"


def test_the_recorded_answers_are_those_of_the_included_model():
    recorded = json.loads(EXAMPLES.read_text())["paths"]
    answered = json.loads(json.dumps(record()))["paths"]

    assert [path for path in recorded | answered if not alike(recorded.get(path), answered.get(path))] == [], (
        "make openapi"
    )


def alike(one: Any, other: Any) -> bool:
    """Whether two answers say the same; numbers to a hundredth, for another processor adds up in another order."""
    match one, other:
        case dict(), dict():
            return one.keys() == other.keys() and all(alike(one[name], other[name]) for name in one)
        case list(), list():
            return len(one) == len(other) and all(map(alike, one, other))
        case str(), str():
            numbers = [[float(number) for number in NUMBER.findall(text)] for text in (one, other)]
            return NUMBER.split(one) == NUMBER.split(other) and alike(*numbers)
        case bool() | None, _:
            return one is other
        case int() | float(), int() | float():
            return other == pytest.approx(one, rel=0.01, abs=0.01)
        case _:
            return False


def test_another_number_is_no_rounding():
    assert alike({"a": [1.0, "12.50 of it", None]}, {"a": [1.001, "12.51 of it", None]})
    assert not alike({"a": "12.50 of it"}, {"a": "13.50 of it"})
    assert not alike({"a": 1}, {"b": 1})


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
