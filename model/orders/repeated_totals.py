"""Whether amounts are totals of orders that stand on each of their lines, and would be counted once for each."""

from model.engines.connection import quoted
from model.orders.export import Export
from model.orders.thresholds import REPEATING_AMOUNTS, REPEATING_ORDERS, REPEATING_SHARE

SAMPLE_ROWS = 20_000


def repeated_total(export: Export) -> tuple[str, str] | None:
    """The column of totals and an example, where most orders of several lines in a sample repeat each of their amounts.

    A total is repeated once for each line, and a payment once for each line beside it; each order has its own.

    Without invoices, an order is what a customer bought at one moment.
    """
    if "line_total" not in export.columns:
        return None
    column = export.columns["line_total"]
    amount = f"CAST({quoted(column)} AS VARCHAR)"
    parts = ("invoice",) if "invoice" in export.columns else ("customer_id", "ordered_at")
    order = " || ' at ' || ".join(f"CAST({quoted(export.columns[part])} AS VARCHAR)" for part in parts)
    amounts = (
        f"SELECT {order} AS order_name, {amount} AS amount, count(*) AS times "
        f"FROM (SELECT DISTINCT * FROM (SELECT * FROM source LIMIT {SAMPLE_ROWS}) AS sampled) AS different "
        f"WHERE {order} IS NOT NULL AND {quoted(column)} IS NOT NULL GROUP BY 1, 2"
    )
    orders = (
        "SELECT order_name, min(times) AS times, sum(times) AS lines, min(amount) AS amount "
        f"FROM ({amounts}) AS amounts GROUP BY order_name HAVING sum(times) > 1"
    )
    several, repeating, different = export.row(
        "SELECT count(*), count(CASE WHEN times > 1 THEN 1 END), count(DISTINCT CASE WHEN times > 1 THEN amount END) "
        f"FROM ({orders}) AS orders"
    )
    least = max(REPEATING_ORDERS, REPEATING_SHARE * several)
    if repeating < least or different < REPEATING_AMOUNTS * repeating:
        return None
    name, times, total = export.row(
        f"SELECT order_name, times, amount FROM ({orders}) AS orders WHERE times > 1 ORDER BY order_name LIMIT 1"
    )
    return column, (
        f"column {column!r} holds each amount on several lines of an order, such as {times} times {total} in order "
        f"{name}: as the total of the order it would be counted {times} times"
    )
