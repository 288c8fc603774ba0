"""An export under examination, and what a check of it finds."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from model.orders.orders import OrderLines, Transactions


class Level(StrEnum):
    """How much a finding matters."""

    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True)
class Finding:
    """The answer to one check."""

    topic: str
    level: Level
    text: str


@dataclass(frozen=True)
class Examined:
    """An export, opened and cleaned; ``all_lines`` and ``orders`` can be asked by SQL."""

    order_lines: OrderLines
    transactions: Transactions

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the engine."""
        result: list[tuple[Any, ...]] = self.transactions.connection.execute(query).fetchall()
        return result
