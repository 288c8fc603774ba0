"""Data checks after cleaning: dates far from all others, equal lines, joined tables, one id for many, another total."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate, pairwise

from model.engines.connection import Connection, literal, quoted
from model.engines.sql import definition
from model.errors import TransactionsError
from model.orders import thresholds
from model.orders.amounts import decide_decimal, number_expression
from model.orders.cleaning import DUPLICATES, EARLIEST, LATEST, CleaningReport
from model.orders.columns import DETAILS, known_role
from model.orders.export import Export
from model.orders.findings import Finding, Severity, finding
from model.orders.states import plain_words, table


def far_days(days: Sequence[tuple[date, int]], *, least: int = thresholds.FAR_DAYS) -> tuple[date | None, date | None]:
    """The first and the last day that belong together, where a handful of lines lies far from all others; else None.

    Parameters
    ----------
    days : sequence of (date, int)
        Days with a line, in order, and how many lines each has.
    least : int
        The gap beyond which a day is far (days).
    """
    total = sum(count for _, count in days)
    handful = min(max(thresholds.HANDFUL, thresholds.HANDFUL_SHARE * total), total / thresholds.BODY_TIMES)
    before = list(accumulate((count for _, count in days), initial=0))
    inner = [day for (day, _), early in zip(days, before, strict=False) if handful <= early <= total - handful]
    usual = max(((after - day).days for day, after in pairwise(inner)), default=0)
    limit = max(least, thresholds.FAR_TIMES * usual)
    first = last = None
    for place, ((day, _), (after, _)) in enumerate(pairwise(days), start=1):
        if (after - day).days > limit:
            if before[place] <= handful:
                first = after
            elif total - before[place] <= handful and last is None:
                last = day
    return first, last


def known_days(connection: Connection) -> tuple[datetime, datetime, list[Finding]]:
    """From when and until when lines of ``judged_lines`` are counted, and what is told of dates outside."""
    days = connection.execute(
        "SELECT CAST(ordered_at AS DATE), count(*) FROM judged_lines WHERE is_kept GROUP BY 1 ORDER BY 1"
    ).fetchall()
    first, last = far_days(days)
    findings = []
    if far := [(day, count) for day, count in days if (first and day < first) or (last and day > last)]:
        findings.append(_tell_days("far_dates", far))
    elif (end := far_days(days, least=thresholds.NEAR_DAYS)[1]) and (near := [each for each in days if each[0] > end]):
        findings.append(_tell_days("late_dates", near, end=end))
    starts_at = EARLIEST if first is None else datetime.combine(first, time.min)
    return starts_at, LATEST if last is None else datetime.combine(last, time.max), findings


def _tell_days(check: str, days: Sequence[tuple[date, int]], **about: date) -> Finding:
    values = tuple(str(day) for day, _ in days[:5])
    return finding(check, lines=sum(count for _, count in days), values=values, days=", ".join(values), **about)


def check(export: Export, report: CleaningReport, *, is_reduced: bool) -> Iterator[Finding]:
    """All checks that need the clean orders; ``near_copies`` and ``surplus_copies`` are there.

    ``is_reduced`` tells that a discount was subtracted, so that quantity times price is not what counts.
    """
    yield from _unread(report)
    yield from _equal_lines(export, report)
    yield from _near_duplicates(export, report)
    if (total := repeated_total(export)) is not None:  # a chosen column may hold totals of orders all the same
        yield finding("totals_of_orders", column=total[0], told=total[1])
    if not is_reduced:
        yield from _unused_total(export)
    yield from _large_ids(export, report)
    yield from _later_than_now(export)


def _unread(report: CleaningReport) -> Iterator[Finding]:
    """Amounts that are no numbers, and dates that are none."""
    for drop in report.dropped:
        if drop.reason.endswith("is no number"):
            yield finding("unread_amounts", lines=drop.lines, reason=drop.reason)
        elif drop.reason == "no date" and drop.lines > 0.01 * report.lines_read:
            yield finding("unread_dates", lines=drop.lines, reason=drop.reason)


def _equal_lines(export: Export, report: CleaningReport) -> Iterator[Finding]:
    """Whether equal lines are copies or purchases, nothing but an invoice, a line number or a time of day tells."""
    copies = next((drop.lines for drop in report.dropped if drop.reason == DUPLICATES), 0)
    share = copies / (report.lines_kept + copies)
    if share <= thresholds.EQUAL_SHARE:
        return
    has_time = "ordered_at <> CAST(CAST(ordered_at AS DATE) AS TIMESTAMP)"
    lacks = ["invoice"] if "invoice" in report.missing_columns else []
    lacks += [] if export.has(has_time, "orders") else ["time of day"]
    if share <= thresholds.MOSTLY_EQUAL and len(lacks) < 2:
        return
    once, more = export.row("SELECT (SELECT sum(spend) FROM orders), (SELECT sum(copies * spend) FROM surplus_copies)")
    lacking = f", and have no {' and no '.join(lacks)} that would tell them apart" if lacks else ""
    about = {"every": report.lines_kept + copies, "lacking": lacking, "once": once, "each": once + more}
    yield finding("equal_lines", lines=copies, money=round(more, 2), **about)


def _near_duplicates(export: Export, report: CleaningReport) -> Iterator[Finding]:
    """A join with payments or shipments repeats each line of an order."""
    lines, spend, in_order = export.row(definition("alike_lines"))
    if not lines:
        return
    names, about = list[str](), {"lines": int(lines), "money": round(spend, 2)}
    if in_order > thresholds.NEAR_DUPLICATE_SHARE * report.spend and "invoice" in export.columns:
        names = _differing_columns(export)
    if names:
        yield finding("joined_lines", column=names[0], names=", ".join(map(repr, names)), **about)
    else:
        yield finding("near_duplicates", **about)


def _differing_columns(export: Export) -> list[str]:
    """Columns in which such lines of one order differ, but those that number rows."""
    keys = ", ".join(quoted(name) for role, name in export.columns.items() if role not in (*DETAILS, "currency"))
    others = [name for name in export.unused if not table()["names"]["line_number"] & set(plain_words(name).split())]
    if not others:
        return []
    counts = [f"count(DISTINCT {quoted(name)})" for name in others]
    names = [f"different_{place}" for place in range(len(others))]
    differing = ", ".join(f"count(CASE WHEN {name} > 1 THEN 1 END)" for name in names)
    inner = ", ".join(f"{count} AS {name}" for count, name in zip(counts, names, strict=True))
    alike, *differ = export.row(
        f"SELECT count(*), {differing} FROM (SELECT {inner} FROM source GROUP BY {keys} HAVING count(*) > 1) AS alike"
    )
    lines, *different = export.row(f"SELECT count(*), {', '.join(counts)} FROM source")
    return [name for place, name in enumerate(others) if differ[place] * 2 > alike and different[place] < lines]


def _unused_total(export: Export) -> Iterator[Finding]:
    """Quantity times price is what counts; a total beside them may know of discounts or taxes."""
    totals = [name for name in export.unused if known_role(name) == "line_total"]
    if not totals or not {"quantity", "unit_price"} <= set(export.columns):
        return
    names = {**{role: export.columns[role] for role in ("quantity", "unit_price")}, "line_total": totals[0]}
    try:
        decimal = decide_decimal(export, names)
    except TransactionsError as error:
        yield finding("incomparable_total", column=totals[0], error=error)
        return
    quantity, price, total = (number_expression(quoted(name), export.types[name], decimal) for name in names.values())
    product, sum_of_totals = export.row(
        f"SELECT coalesce(sum({quantity} * {price}), 0), coalesce(sum({total}), 0) FROM source"
    )
    if sum_of_totals and abs(product - sum_of_totals) > thresholds.TOTALS_AGREE * abs(product):
        # more than the lines may be postage and taxes; less is a discount
        severity = Severity.WARNING if sum_of_totals < product else Severity.HINT
        about = {"product": product, "total": sum_of_totals, "money": round(sum_of_totals - product, 2)}
        yield finding("another_total", severity=severity, column=totals[0], **about)


def _large_ids(export: Export, report: CleaningReport) -> Iterator[Finding]:
    """Guests often share one id, which no forecast fits; but it may be a wholesaler, so it stays."""
    customer, orders, share = export.row(definition("largest_customer"))
    if report.customers >= thresholds.LEAST_CUSTOMERS and share > thresholds.LARGE_ID_SHARE:
        severity = Severity.WARNING if share > thresholds.LONE_SHARE else Severity.HINT
        about = {"customer": customer, "orders": int(orders), "share": share}
        yield finding("one_customer_for_many", severity=severity, values=(str(customer),), **about)


def _later_than_now(export: Export) -> Iterator[Finding]:
    """A mistyped year moves the end of the export, and with it every forecast."""
    tomorrow = (datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1)).isoformat(sep=" ", timespec="seconds")
    lines, last = export.row(
        f"SELECT count(*), max(ordered_at) FROM orders WHERE ordered_at > CAST({literal(tomorrow)} AS TIMESTAMP)"
    )
    if lines:
        day = f"{last:%Y-%m-%d}"
        yield finding("future", values=(day,), lines=lines, last=day)


def repeated_total(export: Export) -> tuple[str, str] | None:
    """The column of totals and an example, where most orders of several lines in a sample repeat each of their amounts.

    A total is repeated once for each line, and a payment once for each line beside it; each order has its own.

    Without invoices, an order is what a customer bought at one moment.
    """
    if "line_total" not in export.columns:
        return None
    column = export.columns["line_total"]
    parts = ("invoice",) if "invoice" in export.columns else ("customer_id", "ordered_at")
    order = " || ' at ' || ".join(f"CAST({quoted(export.columns[part])} AS VARCHAR)" for part in parts)
    about = {"rows": str(thresholds.REPEATING_ROWS), "columns": ", ".join(map(quoted, export.types))}
    query = definition("repeated_totals", order_name=order, amount=quoted(column), **about)
    several, repeating, different, name, times, total = export.row(query)
    least = max(thresholds.REPEATING_ORDERS, thresholds.REPEATING_SHARE * several)
    if repeating < least or different < thresholds.REPEATING_AMOUNTS * repeating:
        return None
    return column, (
        f"column {column!r} holds each amount on several lines of an order, such as {times} times {total} in order "
        f"{name}: as the total of the order it would be counted {times} times"
    )
