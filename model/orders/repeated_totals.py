"""Whether amounts are totals of orders that stand on each of their lines, and would be counted once for each."""

from dataclasses import dataclass

from model.engines.connection import Connection, quoted
from model.errors import TransactionsError
from model.orders.columns import ColumnMapping

SAMPLE_ROWS = 20_000
LEAST_ORDERS = 20
# A total that was corrected on one line of an order is a total all the same.
LEAST_SHARE = 0.95


@dataclass(frozen=True)
class RepeatedTotal:
    """An order of ``lines`` lines that all hold the same ``amount``, as those of nearly all other orders do."""

    column: str
    order: str
    lines: int
    amount: str

    def __str__(self) -> str:
        return (
            f"column {self.column!r} holds the same amount on all lines of an order, such as {self.lines} times "
            f"{self.amount} in order {self.order}: as the total of the order it would be counted {self.lines} times"
        )


def repeated_total(connection: Connection, mapping: ColumnMapping) -> RepeatedTotal | None:
    """The first order, where orders of several lines in a sample of ``source`` repeat one amount, but a few.

    Without invoices, an order is what a customer bought at one moment.
    """
    if "line_total" not in mapping.columns:
        return None
    column = mapping.columns["line_total"]
    amount = f"CAST({quoted(column)} AS VARCHAR)"
    parts = ("invoice",) if "invoice" in mapping.columns else ("customer_id", "ordered_at")
    order = " || ' at ' || ".join(f"CAST({quoted(mapping.columns[part])} AS VARCHAR)" for part in parts)
    orders = (
        f"SELECT {order} AS order_name, count(*) AS lines, min({amount}) AS least, max({amount}) AS most "
        f"FROM (SELECT DISTINCT * FROM (SELECT * FROM source LIMIT {SAMPLE_ROWS}) AS sampled) AS different "
        f"WHERE {order} IS NOT NULL AND {quoted(column)} IS NOT NULL GROUP BY 1 HAVING count(*) > 1"
    )
    several, alike, amounts = connection.execute(
        f"SELECT count(*), count(CASE WHEN least = most THEN 1 END), count(DISTINCT least) FROM ({orders}) AS orders"
    ).fetchall()[0]
    if several < LEAST_ORDERS or alike < LEAST_SHARE * several or amounts < LEAST_ORDERS // 2:
        return None
    first = connection.execute(
        f"SELECT order_name, lines, least FROM ({orders}) AS orders WHERE least = most ORDER BY order_name LIMIT 1"
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
