"""What a careful analyst checks in an export before modelling; each check is one question to the order lines."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from model.artifact.card import HORIZON_DAYS
from model.features.definitions import ACTIVE_DAYS
from model.orders.cleaning import ABSENT, judged_lines
from model.orders.export import Export
from model.orders.findings import Finding, Severity, counted, grave_first
from model.orders.orders import Transactions

SQL = Path(__file__).parent / "sql"
LEAST_ACTIVE_CUSTOMERS = 100
LEAST_BUYERS = 30
LEAST_DAYS = ACTIVE_DAYS + 2 * HORIZON_DAYS
COMFORTABLE_DAYS = 365  # a year shows the seasons
SHOWN = 5


@dataclass(frozen=True)
class Examined:
    """An export, opened and cleaned; ``all_lines`` and ``orders`` can be asked by SQL."""

    order_lines: Export
    transactions: Transactions

    def rows(self, question: str, **parameters: object) -> list[tuple[Any, ...]]:
        """Ask the engine what stands in ``sql``."""
        query = (SQL / f"{question}.sql").read_text(encoding="utf-8")
        result: list[tuple[Any, ...]] = self.transactions.connection.execute(query, parameters or None).fetchall()
        return result

    @property
    def last_horizon(self) -> dict[str, object]:
        """The moment at which the last horizon begins, and the one since which customers count as active then."""
        as_of = self.transactions.ends_at - timedelta(days=HORIZON_DAYS)
        return {"as_of": str(as_of), "active_since": str(as_of - timedelta(days=ACTIVE_DAYS))}


def examine(order_lines: Export, transactions: Transactions) -> list[Finding]:
    """All findings about an export: those of reading it, and whether it is fit to learn from; the gravest first."""
    judged = judged_lines(subtract_returns=True)
    texts = ", ".join(f"CAST({name} AS VARCHAR) AS {name}" for name in ("customer_id", "invoice", "product"))
    order_lines.connection.execute(
        f"CREATE OR REPLACE TEMP VIEW all_lines AS SELECT {texts}, ordered_at, quantity, unit_price, spend, "
        f"other_columns_hash, is_kept FROM ({judged}) AS judged"
    )
    examined = Examined(order_lines, transactions)
    checked = [finding for check in CHECKS for finding in check(examined)]
    return grave_first([*transactions.findings, *checked])


def _judged(code: str, words: str, *, is_odd: bool = False) -> Finding:
    return Finding(code=code, severity=Severity.WARNING if is_odd else Severity.OK, words=words)


def _span(examined: Examined) -> Iterator[Finding]:
    report, transactions = examined.transactions.report, examined.transactions
    days = (transactions.ends_at - transactions.starts_at).days
    words = (
        f"{report.lines_read:,} lines read, {report.lines_kept:,} kept: {report.customers:,} customers, "
        f"{report.orders:,} orders, {report.spend:,.2f} spent, {report.first_line_at:%Y-%m-%d} to "
        f"{report.last_line_at:%Y-%m-%d} ({days:,} days)"
    )
    yield _judged("rows_and_span", words)


def _columns(examined: Examined) -> Iterator[Finding]:
    order_lines = examined.order_lines
    found = ", ".join(f"{role} = {name!r}" for role, name in order_lines.columns.items())
    missing = "".join(f"; no {role}: {ABSENT[role]}" for role in order_lines.missing)
    yield _judged("columns", found + missing, is_odd=bool(missing))


def _dropped(examined: Examined) -> Iterator[Finding]:
    for drop in examined.transactions.report.dropped:
        heavy = drop.lines > 0.05 * examined.transactions.report.lines_read and abs(drop.share_of_spend) > 0.01
        words = (
            f"{drop.reason}: {counted(drop.lines)}, {drop.spend:,.2f} ({drop.share_of_spend:.2%} of the positive spend)"
        )
        advice = "; guest orders cannot be forecast per customer" if drop.reason == "no customer id" else ""
        yield _judged("dropped", words + advice, is_odd=heavy)


def _returns(examined: Examined) -> Iterator[Finding]:
    ((lines, spend, matched, gross),) = examined.rows("returns")
    share = spend / gross if gross else 0.0
    policy, dropped = examined.order_lines.reading.policy, examined.transactions.report.dropped
    columns = {finding.column for finding in examined.transactions.findings if finding.values}
    by_state = sum(drop.lines for drop in dropped if drop.reason.partition(": ")[0] in columns)
    told = "are subtracted from spend (--returns net)" if policy == "net" else "are left out (--returns gross)"
    of_these = (
        f"; {matched / spend:.0%} of it matches an earlier purchase of the same product and price" if spend else ""
    )
    words = f"{counted(lines)}, {spend:,.2f}, {share:.2%} of spend{of_these}. They {told}"
    more = f"; {by_state:,} more lines are left out by the values of their columns" if by_state else ""
    yield _judged("cancellations_and_returns", words + more, is_odd=share > 0.05 and policy == "gross")


def _non_products(examined: Examined) -> Iterator[Finding]:
    if "product" in examined.order_lines.missing:
        return
    rows = examined.rows("non_products")
    spend = sum(money for _, money in rows)
    share = spend / (examined.transactions.report.spend or 1.0)  # 0 where all was returned
    shown = ", ".join(f"{code} ({money:,.2f})" for code, money in rows[:SHOWN])
    words = f"{len(rows)} codes such as postage or tests, {spend:,.2f} ({share:.2%} of spend), are kept: {shown}"
    told = words if rows else "none found among the product codes"
    yield _judged("test_orders_and_non-products", told, is_odd=share > 0.02)


def _giant_orders(examined: Examined) -> Iterator[Finding]:
    giants = examined.rows("giant_orders")
    *_, median, limit = giants[0]
    share = sum(money for _, money, *_ in giants) / (examined.transactions.report.spend or 1.0)
    ((with_giants, without),) = examined.rows("last_horizon", giant=float(limit), **examined.last_horizon)
    with_giants, without = with_giants or 0.0, without or 0.0
    largest = ", ".join(f"{money:,.2f} (customer {customer})" for customer, money, *_ in giants[:3])
    effect = (
        f"; in the last {HORIZON_DAYS} days the RMSE of the mean forecast is {with_giants:,.0f} with them and "
        f"{without:,.0f} without"
        if with_giants
        else ""
    )
    words = (
        f"the {len(giants)} largest orders (from {limit:,.2f}, {limit / (median or 1.0):,.0f} times the median) are "
        f"{share:.1%} of spend: {largest}{effect}. Judge models by rmse_w99, not by RMSE"
    )
    yield _judged("giant_orders", words, is_odd=share > 0.1 or with_giants > 2 * without > 0)


def _calendar(examined: Examined) -> Iterator[Finding]:
    by_day = examined.rows("orders_by_day")
    gaps = [(before, after) for (before, _), (after, _) in pairwise(by_day) if (after - before).days > 7]
    shown = ", ".join(f"{before} to {after}" for before, after in gaps[:SHOWN])
    words = f"{len(gaps)} gaps of more than 7 days without an order: {shown}" if gaps else "no week without an order"
    yield _judged("gaps", words, is_odd=bool(gaps))
    last_day, last_count = by_day[-1]
    alike = sorted(count for day, count in by_day[-60:-1] if day.weekday() == last_day.weekday())
    usual = alike[len(alike) // 2] if alike else last_count
    last_moment = examined.transactions.report.last_line_at
    words = f"{last_day} has {last_count:,} orders until {last_moment:%H:%M}; the median of this weekday is {usual:,}"
    if is_partial := last_count < 0.5 * usual:
        words += "; it looks cut off: leave it out of the export, or the last window misses sales"
    yield _judged("last_day", words, is_odd=is_partial)


def _time_of_day(examined: Examined) -> Iterator[Finding]:
    ((total, midnight, night),) = examined.rows("time_of_day")
    if midnight > 0.99 * total:
        yield _judged("time_zone", "dates without a time of day; a day is the finest step")
        return
    words = f"{night / total:.1%} of the orders lie between 1 and 5 o'clock at night"
    if is_odd := night > 0.15 * total:
        words += "; if the shop sleeps then, the export is in another time zone: export local time"
    words += ". Moments are taken as local time; an offset such as +02:00 is not applied"
    yield _judged("time_zone", words, is_odd=is_odd)


def _currency(examined: Examined) -> Iterator[Finding]:
    column = examined.order_lines.columns.get("currency")
    text = (
        f"column {column!r} holds one currency" if column else "no currency column; amounts are taken as one currency"
    )
    yield _judged("currencies", text)


def _one_order(examined: Examined) -> Iterator[Finding]:
    ((once, customers),) = examined.rows("customers_with_one_order")
    words = f"{once:,} of {customers:,} ({once / customers:.1%})"
    if is_odd := once / customers > 0.7:
        words += "; if most of them are one person under many ids, forecasts per customer say little"
    yield _judged("customers_with_one_order", words, is_odd=is_odd)


def _gates(examined: Examined) -> Iterator[Finding]:
    transactions = examined.transactions
    days = (transactions.ends_at - transactions.starts_at).days
    ((active, buyers),) = examined.rows("active_customers", **examined.last_horizon)
    counts = (
        (days, LEAST_DAYS, "days of history"),
        (active, LEAST_ACTIVE_CUSTOMERS, "active customers"),
        (buyers, LEAST_BUYERS, "buyers in the last window"),
    )
    reasons = [f"{found} {what}, at least {least} are needed" for found, least, what in counts if found < least]
    topic = f"is_this_enough_for_a_{HORIZON_DAYS}-day_model?"
    if reasons:
        yield Finding(code=topic, severity=Severity.FAILURE, words="no: " + "; ".join(reasons))
        return
    words = f"yes: {days} days, {active:,} active customers, {buyers:,} of whom bought in the last {HORIZON_DAYS} days"
    if is_short := days < COMFORTABLE_DAYS:
        words += "; with less than a year, seasons cannot be learned"
    yield _judged(topic, words, is_odd=is_short)


CHECKS: tuple[Callable[[Examined], Iterator[Finding]], ...] = (
    _span, _columns, _dropped, _returns, _non_products, _giant_orders, _calendar, _time_of_day, _currency, _one_order,
    _gates,
)  # fmt: skip
