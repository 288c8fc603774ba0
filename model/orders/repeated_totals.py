"""Whether amounts are totals of orders that stand on each of their lines, and would be counted once for each."""

from dataclasses import dataclass

from model.engines.connection import Connection, quoted
from model.errors import TransactionsError
from model.orders.columns import ColumnMapping
from model.orders.thresholds import REPEATING_AMOUNTS, REPEATING_ORDERS, REPEATING_SHARE

SAMPLE_ROWS = 20_000


@dataclass(frozen=True)
class RepeatedTotal:
    """An order with the same ``amount`` on ``lines`` lines, as most others have theirs."""

    column: str
    order: str
    lines: int
    amount: str

    def __str__(self) -> str:
        return (
            f"column {self.column!r} holds each amount on several lines of an order, such as {self.lines} times "
            f"{self.amount} in order {self.order}: as the total of the order it would be counted {self.lines} times"
        )


def repeated_total(connection: Connection, mapping: ColumnMapping) -> RepeatedTotal | None:
    """The first order, where most orders of several lines in a sample of ``source`` repeat each of their amounts.

    A total is repeated once for each line, and a payment once for each line beside it; each order has its own.

    Without invoices, an order is what a customer bought at one moment.
    """
    if "line_total" not in mapping.columns:
        return None
    column = mapping.columns["line_total"]
    amount = f"CAST({quoted(column)} AS VARCHAR)"
    parts = ("invoice",) if "invoice" in mapping.columns else ("customer_id", "ordered_at")
    order = " || ' at ' || ".join(f"CAST({quoted(mapping.columns[part])} AS VARCHAR)" for part in parts)
    amounts = (
        f"SELECT {order} AS order_name, {amount} AS amount, count(*) AS times "
        f"FROM (SELECT DISTINCT * FROM (SELECT * FROM source LIMIT {SAMPLE_ROWS}) AS sampled) AS different "
        f"WHERE {order} IS NOT NULL AND {quoted(column)} IS NOT NULL GROUP BY 1, 2"
    )
    orders = (
        "SELECT order_name, min(times) AS times, sum(times) AS lines, min(amount) AS amount "
        f"FROM ({amounts}) AS amounts GROUP BY order_name HAVING sum(times) > 1"
    )
    several, repeating, different = connection.execute(
        "SELECT count(*), count(CASE WHEN times > 1 THEN 1 END), count(DISTINCT CASE WHEN times > 1 THEN amount END) "
        f"FROM ({orders}) AS orders"
    ).fetchall()[0]
    least = max(REPEATING_ORDERS, REPEATING_SHARE * several)
    if repeating < least or different < REPEATING_AMOUNTS * repeating:
        return None
    first = connection.execute(
        f"SELECT order_name, times, amount FROM ({orders}) AS orders WHERE times > 1 ORDER BY order_name LIMIT 1"
    ).fetchall()[0]
    return RepeatedTotal(column, *first)


def refuse_repeated_total(connection: Connection, mapping: ColumnMapping) -> None:
    """Refuse a column that was found by its name alone.

    Raises
    ------
    TransactionsError
        If the column repeats the totals of orders.
    """
    if (found := repeated_total(connection, mapping)) is not None:
        raise TransactionsError(
            f"{found}. Name the amount of a line with --columns line_total=COLUMN, or keep one line of each order; if "
            f"it is what each line cost, say --columns 'line_total={found.column}'"
        )
