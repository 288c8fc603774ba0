"""A shop's export as an engine holds it, and how it is asked."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb

from model.engines.connection import Connection, quoted, trimmed
from model.orders.columns import DETAILS, OPTIONAL_ROLES
from model.orders.findings import Finding
from model.orders.options import ReadingOptions


@dataclass(frozen=True)
class Export:
    """The relation ``source``: the SQL type of each column, and which column plays which role.

    ``scratch`` is removed with the last reference to it. ``is_parquet`` tells that ``source`` is read from Parquet on
    this machine, again and again, and ``is_reread`` that reading lines again costs less than keeping them. ``decimal``
    is the mark of the amounts, ``currency`` the ISO 4217 code that a column names, and ``expressions`` are SQL for what
    a line says in each of our columns.
    """

    connection: Connection
    reading: ReadingOptions
    scratch: "tempfile.TemporaryDirectory[str]"
    types: Mapping[str, str]
    columns: Mapping[str, str]
    is_parquet: bool = False
    is_reread: bool = False
    decimal: str | None = None
    currency: str | None = None
    expressions: Mapping[str, str] = field(default_factory=dict)
    findings: Sequence[Finding] = ()

    @property
    def details(self) -> tuple[str, ...]:
        """The columns of ``detailed_lines`` that tell of customers what no forecast needs."""
        return tuple(role for role in DETAILS if role in self.columns)

    @property
    def missing(self) -> tuple[str, ...]:
        """Optional roles that no column plays."""
        return tuple(role for role in OPTIONAL_ROLES if role not in self.columns)

    @property
    def unused(self) -> list[str]:
        """Columns that play no role."""
        return [name for name in self.types if name not in self.columns.values()]

    @property
    def amount(self) -> str:
        """SQL for what a line comes to."""
        return f"{self.expressions['quantity']} * ({self.expressions['unit_price']})"

    @property
    def order(self) -> str | None:
        """SQL for the order of a line, NULL where it has none; None where no column tells."""
        return f"nullif({self.text('invoice')}, '')" if "invoice" in self.columns else None

    def text(self, role: str) -> str:
        """SQL for what the column of a role says."""
        return trimmed(quoted(self.columns[role]))

    def has(self, condition: str, relation: str = "source") -> bool:
        """Whether a condition holds for a row of a relation."""
        return bool(self.rows(f"SELECT 1 FROM {relation} WHERE {condition} LIMIT 1"))

    def rows(self, query: str) -> list[tuple[Any, ...]]:  # Any: what a query asks for
        """All rows of a query."""
        rows: list[tuple[Any, ...]] = self.connection.execute(query).fetchall()
        return rows

    def row(self, query: str) -> tuple[Any, ...]:  # Any: see above
        """The one row of a query."""
        return self.rows(query)[0]


def replace_source(connection: Connection, columns: str, *, relation: str | None = None) -> None:
    """Make ``source`` what SQL for columns makes of it, or of another relation."""
    if isinstance(connection, duckdb.DuckDBPyConnection):
        views = connection.execute("SELECT count(*) FROM duckdb_views() WHERE view_name LIKE 'source%'").fetchall()
        former = f"source_{views[0][0]}"
        connection.execute(f"ALTER VIEW source RENAME TO {former}")
        relation = relation or former
    connection.execute(f"CREATE OR REPLACE TEMP VIEW source AS SELECT {columns} FROM {relation or 'source'}")


def original_source(connection: duckdb.DuckDBPyConnection) -> str:
    """The relation that the export itself is, before anything took its place as ``source``."""
    replaced = connection.execute("SELECT 1 FROM duckdb_views() WHERE view_name = 'source_1'").fetchall()
    return "source_1" if replaced else "source"
