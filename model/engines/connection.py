"""What every engine under the features offers, and how names and texts are written in its SQL."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol


class Connection(Protocol):
    """Runs DuckDB's SQL: a DuckDB connection, or Spark behind a translation."""

    def execute(self, query: str, parameters: Any = None) -> Any:  # Any: DuckDB's own signature
        """Run one statement; parameters are bound by name or position."""

    def close(self) -> None:
        """Free what the engine holds."""


def literal(text: str) -> str:
    """Quote a text for SQL."""
    return "'" + text.replace("'", "''") + "'"


def literals(texts: Iterable[str]) -> str:
    """A list of quoted texts for SQL."""
    return "[" + ", ".join(literal(text) for text in texts) + "]"


def quoted(name: str) -> str:
    """Quote a column name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def trimmed(column: str) -> str:
    """SQL for a quoted column as text without blanks around it."""
    return f"trim(CAST({column} AS VARCHAR))"


def column_types(connection: Connection, relation: str) -> dict[str, str]:
    """Names and SQL types of a relation's columns, in order."""
    return {row[0]: str(row[1]) for row in connection.execute(f"DESCRIBE {relation}").fetchall()}


def listed(names: Sequence[str]) -> str:
    """Names as a person reads them in a message."""
    return ", ".join(repr(name) for name in names)
