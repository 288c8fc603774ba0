"""The words of the data checks are a table beside the code that makes them."""

import re
from pathlib import Path

import pytest

from model.orders.findings import Severity, finding
from model.orders.tables import toml_table
from tests.support import ROOT

CODE = "\n".join(path.read_text(encoding="utf-8") for path in Path(ROOT / "model/orders").glob("*.py"))


@pytest.mark.parametrize("check", toml_table("findings"))
def test_every_check_of_the_table_is_made_somewhere_and_told_in_full(check: str):
    told = toml_table("findings")[check]

    assert f'"{check}"' in CODE
    assert Severity(told["severity"])
    assert told.keys() <= {"code", "severity", "words", "words_of_one", "option", "proposal"}


def test_one_line_is_told_as_one():
    one, two = (finding("unread_dates", lines=lines, reason="no date") for lines in (1, 2))

    assert one.words == "1 line is left out: no date; look at these cells"
    assert two.words == "2 lines are left out: no date; look at these cells"
    assert (two.code, two.severity, two.lines) == ("unread_cells", Severity.WARNING, 2)


def test_braces_in_the_names_of_columns_are_no_places_to_fill_in():
    found = finding("filled_from_order", column="{money}", lines=3)

    assert re.match(r"column '\{money\}' is blank on 3 lines", found.words)
