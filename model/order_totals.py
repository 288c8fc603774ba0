"""Whether amounts are totals of orders that stand on each of their lines, and would be counted once for each."""

from dataclasses import dataclass

from model.columns import ColumnMapping
from model.errors import TransactionsError
from model.tables import Connection, quoted

SAMPLE_ROWS = 20_000
LEAST_ORDERS = 20


@dataclass(frozen=True)
class RepeatedTotal:
    """An order of ``lines`` lines that all hold the same ``amount``, as those of all other orders do."""

    column: str
    invoice: str
    lines: int
    amount: str

    def __str__(self) -> str:
        return (
            f"column {self.column!r} holds the same amount on all lines of each order, such as {self.lines} times "
            f"{self.amount} in order {self.invoice}: as the total of the order it would be counted {self.lines} times"
        )


def repeated_total(connection: Connection, mapping: ColumnMapping) -> RepeatedTotal | None:
    """The first order, where all orders of several lines in a sample of ``source`` repeat one amount."""
    if not {"line_total", "invoice"} <= set(mapping.columns):
        return None
    column, invoice = mapping.columns["line_total"], mapping.columns["invoice"]
    amount = f"CAST({quoted(column)} AS VARCHAR)"
    orders = (
        f"SELECT CAST({quoted(invoice)} AS VARCHAR) AS invoice, count(*) AS lines, min({amount}) AS least, "
        f"max({amount}) AS most FROM (SELECT DISTINCT * FROM (SELECT * FROM source LIMIT {SAMPLE_ROWS}) AS sampled) "
        f"AS different WHERE {quoted(invoice)} IS NOT NULL AND {quoted(column)} IS NOT NULL GROUP BY 1 "
        "HAVING count(*) > 1"
    )
    several, alike, amounts = connection.execute(
        f"SELECT count(*), count(CASE WHEN least = most THEN 1 END), count(DISTINCT least) FROM ({orders}) AS orders"
    ).fetchall()[0]
    if several < LEAST_ORDERS or alike < several or amounts < LEAST_ORDERS // 2:
        return None
    first = connection.execute(f"SELECT * FROM ({orders}) AS orders ORDER BY invoice LIMIT 1").fetchall()[0]
    return RepeatedTotal(column=column, invoice=first[0], lines=first[1], amount=first[2])


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
