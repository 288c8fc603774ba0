"""CSV that a spreadsheet shows and never runs: a cell of text that could be a formula gets an apostrophe in front."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

from model.engines.connection import literal

# A formula may hide behind blanks of any kind, and in full-width signs; a tab or a line break in front may split the
# cell. Python and DuckDB read this pattern alike.
_BLANKS = r"\x00-\x20\x7f-\xa0" + "\u1680\u2000-\u200f\u2028-\u202f\u205f-\u2064\u3000\ufeff"
FORMULA = rf"^(?:[\x00-\x1f]|[{_BLANKS}]*[=+\-@＝＋－＠])"
_is_formula = re.compile(FORMULA).search


def defused(text: str) -> str:
    """The text as a cell that is shown as it is."""
    return "'" + text if _is_formula(text) else text


def defused_sql(column: str) -> str:
    """``defused`` as SQL over a column of text."""
    return f"CASE WHEN regexp_matches({column}, {literal(FORMULA)}) THEN '''' || {column} ELSE {column} END"


def csv_lines(rows: Iterable[Sequence[Any]]) -> bytes:  # Any: texts, numbers, None for an empty cell
    """Rows as lines of a CSV file (RFC 4180), in UTF-8, with every text defused."""
    text = io.StringIO()
    csv.writer(text).writerows([[defused(cell) if isinstance(cell, str) else cell for cell in row] for row in rows])
    return text.getvalue().encode()
