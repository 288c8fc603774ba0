"""The columns that a ranked list is written with: all of ours, or those that a marketing tool imports.

A new column is a pair in ``presets.json``, with its values in ``RankedList.columns`` and, unless it is text, its type
in ``ranked_file.TYPES``.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

PRESETS_FILE = Path(__file__).parent / "presets.json"
PLAIN = "plain"
EMAIL_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@cache
def presets() -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Pairs of column header and field, by preset; the page reads the same file."""
    content = json.loads(PRESETS_FILE.read_text(encoding="utf-8"))
    return {name: tuple((header, field) for header, field in columns) for name, columns in content.items()}


def is_audience(preset: str) -> bool:
    """Whether a preset is an upload of those who are to be contacted, and of nobody else."""
    return preset != PLAIN


def email(customer_id: str, told: str | None) -> str:
    """The address in the export, else the id where it is one, for tools that know people by nothing else."""
    return next((text for text in (told, customer_id) if text and EMAIL_ADDRESS.fullmatch(text)), "")


def table(preset: str, columns: Mapping[str, list[Any]], fitted: str) -> list[tuple[Any, ...]]:  # Any: texts, numbers
    """The rows of some customers from columns by name, see ``RankedList.columns`` and ``ModelSource.told``."""
    wanted = presets()[preset]
    ids, nothing = columns["customer_id"], [None] * len(columns["customer_id"])
    emails = list(map(email, ids, columns.get("email", nothing)))
    known = {**columns, "email": emails, "name": columns.get("name", nothing)}
    known["fitted"] = [fitted] * len(ids)
    rows = list(zip(*(known[field] for _, field in wanted), strict=True))
    if not is_audience(preset):
        return rows
    return [row for row, decision in zip(rows, columns["decision"], strict=True) if decision == "treat"]
