"""What a spreadsheet would run is shown instead."""

import csv
import io

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.csv_injection import csv_lines, defused, defused_sql

FORMULAS = [
    "=1+1", "+44 20", "-5", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\u00a0=1", "\u200b+1", "\ufeff=1", "＝1",
    "\x1f@x", "=cmd|' /C calc'!A0",
]  # fmt: skip
HARMLESS = ["", "14646", "a=1", "'=1", "Zoë", "x-1", "5", "ann@example.com"]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_could_be_a_formula_gets_an_apostrophe(text):
    assert defused(text) == f"'{text}"


@pytest.mark.parametrize("text", HARMLESS)
def test_any_other_text_stays_as_it_is(text):
    assert defused(text) == text


@settings(deadline=None)  # a database is opened each time
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")), min_size=1, max_size=20))
def test_the_command_line_defuses_as_the_service_does(texts):
    """The one writes through DuckDB, the other through Python."""
    with duckdb.connect() as connection:
        rows = connection.execute(f"SELECT {defused_sql('id')} FROM (SELECT unnest(?) AS id)", [[*texts, *FORMULAS]])

        assert [row[0] for row in rows.fetchall()] == [defused(text) for text in [*texts, *FORMULAS]]


def test_numbers_are_left_to_be_numbers_and_quotes_are_doubled():
    written = csv_lines([["-5", -5.5, None, 'a "b", c']]).decode()

    assert written == '\'-5,-5.5,,"a ""b"", c"\r\n'
    assert next(csv.reader(io.StringIO(written))) == ["'-5", "-5.5", "", 'a "b", c']
