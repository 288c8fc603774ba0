"""Checks of what an export counts: twice, not at all, for the wrong customer, or in the future."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from model.engines.connection import column_types, literal, quoted
from model.errors import TransactionsError
from model.orders.amounts import decide_decimal, number_expression
from model.orders.columns import known_role
from model.orders.findings import Finding, Severity
from model.orders.repeated_totals import repeated_total
from training.checks.results import Examined

LONE_SHARE = 0.2
LEAST_CUSTOMERS = 30  # fewer are a sample, in which somebody always stands out


def repeated_totals(examined: Examined) -> Iterator[Finding]:
    """A chosen column may hold totals of orders all the same."""
    found = repeated_total(examined.order_lines.connection, examined.order_lines.mapping)
    if found is not None:
        advice = "name the amount of a line, or keep one line of each order"
        yield Finding("totals_of_orders", Severity.WARNING, f"{found}; {advice}")


def unused_total(examined: Examined) -> Iterator[Finding]:
    """Quantity times price is what counts; a total beside them may know of discounts or taxes."""
    connection, columns = examined.order_lines.connection, examined.order_lines.mapping.columns
    types = column_types(connection, "source")
    totals = [name for name in types if known_role(name) == "line_total" and name not in columns.values()]
    if not totals or not {"quantity", "unit_price"} <= set(columns):
        return
    names = {"quantity": columns["quantity"], "unit_price": columns["unit_price"], "line_total": totals[0]}
    quoted_names = {role: quoted(name) for role, name in names.items()}
    role_types = {role: types[name] for role, name in names.items()}
    try:
        decimal = decide_decimal(connection, quoted_names, role_types, examined.order_lines.reading.decimal)
    except TransactionsError as error:
        told = f"column {totals[0]!r} is not used, and cannot be compared with quantity times price: {error}"
        yield Finding("another_total", Severity.WARNING, told)
        return
    quantity, price, total = (number_expression(quoted_names[role], role_types[role], decimal) for role in names)
    product, sum_of_totals = connection.execute(
        f"SELECT coalesce(sum({quantity} * {price}), 0), coalesce(sum({total}), 0) FROM source"
    ).fetchall()[0]
    if abs(product - sum_of_totals) > 0.005 * abs(product):
        yield Finding(
            "another_total",
            Severity.WARNING,
            f"quantity times price is {product:,.2f}, and column {totals[0]!r} sums to {sum_of_totals:,.2f}; the first "
            f"is used. If the second is what customers paid for each line, say --columns 'line_total={totals[0]}'",
        )


def later_than_now(examined: Examined) -> Iterator[Finding]:
    """A mistyped year moves the end of the export, and with it every forecast."""
    tomorrow = (datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1)).isoformat(sep=" ", timespec="seconds")
    lines, last = examined.rows(
        f"SELECT count(*), max(ordered_at) FROM orders WHERE ordered_at > CAST({literal(tomorrow)} AS TIMESTAMP)"
    )[0]
    if lines:
        yield Finding(
            "future",
            Severity.WARNING,
            f"{lines:,} orders lie in the future, up to {last:%Y-%m-%d}; forecasts start after the last of them. Leave "
            "them out, or give model.score --as-of",
        )


def lone_customer(examined: Examined) -> Iterator[Finding]:
    """Guests often share one id, which no forecast fits."""
    customers = examined.transactions.report.customers
    customer, orders, share = examined.rows(
        "SELECT customer_id, orders, orders / sum(orders) OVER () AS share FROM (SELECT customer_id, "
        "sum(CASE WHEN opens_invoice THEN 1 ELSE 0 END) AS orders FROM orders GROUP BY customer_id) AS per_customer "
        "ORDER BY orders DESC, customer_id LIMIT 1"
    )[0]
    if customers >= LEAST_CUSTOMERS and share > LONE_SHARE:
        yield Finding(
            "one_customer_for_many",
            Severity.WARNING,
            f"customer {customer!r} has {int(orders):,} orders, {share:.0%} of all; if this id stands for guests or a "
            "till, empty it in the export: lines without a customer are left out",
        )
