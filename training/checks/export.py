"""An export under examination."""

from dataclasses import dataclass
from typing import Any

from model.orders.order_lines import OrderLines
from model.orders.orders import Transactions


@dataclass(frozen=True)
class Examined:
    """An export, opened and cleaned; ``all_lines`` and ``orders`` can be asked by SQL."""

    order_lines: OrderLines
    transactions: Transactions

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the engine."""
        result: list[tuple[Any, ...]] = self.transactions.connection.execute(query).fetchall()
        return result
