"""Data checks after cleaning: dates far from all others, equal lines, joined tables, one id for many, another total."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate, pairwise

from model.engines.connection import Connection, column_types, literal, quoted
from model.errors import TransactionsError
from model.orders.amounts import decide_decimal, number_expression
from model.orders.cleaning import DUPLICATES, EARLIEST, LATEST, CleaningReport
from model.orders.columns import DETAILS, ColumnMapping, known_role
from model.orders.findings import Finding, Severity
from model.orders.repeated_totals import repeated_total
from model.orders.states import plain_words
from model.orders.thresholds import (
    BODY_TIMES,
    EQUAL_SHARE,
    FAR_DAYS,
    FAR_TIMES,
    HANDFUL,
    HANDFUL_SHARE,
    LARGE_ID_SHARE,
    LEAST_CUSTOMERS,
    LONE_SHARE,
    MOSTLY_EQUAL,
    NEAR_DAYS,
    NEAR_DUPLICATE_SHARE,
    TOTALS_AGREE,
)

# Columns that number the lines of an order tell equal ones apart.
_LINE_NUMBERS = {"line", "row", "position", "pos", "index", "seq", "nr", "lineno", "rowid"}


def far_days(days: Sequence[tuple[date, int]], *, least: int = FAR_DAYS) -> tuple[date | None, date | None]:
    """The first and the last day that belong together, where a handful of lines lies far from all others; else None.

    Parameters
    ----------
    days : sequence of (date, int)
        Days with a line, in order, and how many lines each has.
    least : int
        The gap beyond which a day is far (days).
    """
    total = sum(count for _, count in days)
    handful = min(max(HANDFUL, HANDFUL_SHARE * total), total / BODY_TIMES)
    before = list(accumulate((count for _, count in days), initial=0))
    inner = [day for (day, _), early in zip(days, before, strict=False) if handful <= early <= total - handful]
    usual = max(((after - day).days for day, after in pairwise(inner)), default=0)
    limit = max(least, FAR_TIMES * usual)
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
    far = [(day, count) for day, count in days if (first and day < first) or (last and day > last)]
    if far:
        findings.append(
            _tell_days("far_dates", far, "lie far from all others, and are left out: correct them in the export")
        )
    else:
        near_last = far_days(days, least=NEAR_DAYS)[1]
        near = [(day, count) for day, count in days if near_last and day > near_last]
        if near:
            told = (
                f"come long after all others, which end at {near_last}, and forecasts start after them: are they right?"
            )
            findings.append(_tell_days("late_dates", near, told))
    starts_at = EARLIEST if first is None else datetime.combine(first, time.min)
    return starts_at, LATEST if last is None else datetime.combine(last, time.max), findings


def _tell_days(code: str, days: Sequence[tuple[date, int]], told: str) -> Finding:
    lines, values = sum(count for _, count in days), [str(day) for day, _ in days]
    named = ", ".join(values[:5])
    return Finding(code, Severity.WARNING, f"{lines:,} lines of {named} {told}", values=tuple(values[:5]), lines=lines)


def check(
    connection: Connection, mapping: ColumnMapping, report: CleaningReport, decimal: str | None, *, is_reduced: bool
) -> Iterator[Finding]:
    """All checks that need the clean orders; ``near_copies`` and ``repeated_lines`` are there.

    ``is_reduced`` tells that a discount was subtracted, so that quantity times price is not what counts.
    """
    yield from _unread(report)
    yield from _equal_lines(connection, report)
    yield from _near_duplicates(connection, mapping.columns, report)
    yield from _repeated_totals(connection, mapping)
    if not is_reduced:
        yield from _unused_total(connection, mapping.columns, decimal)
    yield from _large_ids(connection, report)
    yield from _later_than_now(connection)


def _unread(report: CleaningReport) -> Iterator[Finding]:
    """Amounts that are no numbers, and dates that are none."""
    for drop in report.dropped:
        if drop.reason.endswith("is no number") or (drop.reason == "no date" and drop.lines > 0.01 * report.lines_read):
            is_date = drop.reason == "no date"
            yield Finding(
                "unread_cells",
                Severity.WARNING,
                f"{drop.lines:,} lines are left out: {drop.reason}; look at these cells",
                lines=drop.lines,
                option=None if is_date else "decimal",
                proposal=None if is_date else "point|comma",
            )


def _equal_lines(connection: Connection, report: CleaningReport) -> Iterator[Finding]:
    """Whether equal lines are copies or purchases, nothing but an invoice, a line number or a time of day tells."""
    copies = next((drop.lines for drop in report.dropped if drop.reason == DUPLICATES), 0)
    share = copies / (report.lines_kept + copies)
    if share <= EQUAL_SHARE:
        return
    has_times = connection.execute(
        "SELECT 1 FROM orders WHERE ordered_at <> CAST(CAST(ordered_at AS DATE) AS TIMESTAMP) LIMIT 1"
    ).fetchall()
    lacks = ["invoice"] if "invoice" in report.missing_columns else []
    if not has_times:
        lacks.append("time of day")
    if share <= MOSTLY_EQUAL and len(lacks) < 2:
        return
    once, more = connection.execute(
        "SELECT (SELECT sum(spend) FROM orders), (SELECT sum(copies * spend) FROM repeated_lines)"
    ).fetchall()[0]
    told = f", and have no {' and no '.join(lacks)} that would tell them apart" if lacks else ""
    yield Finding(
        "equal_lines",
        Severity.WARNING,
        f"{copies:,} of {report.lines_kept + copies:,} lines are equal to another in every column{told}. Counted "
        "once, as "
        f"now, all lines come to {once:,.2f}; each by itself, to {once + more:,.2f}",
        lines=copies,
        money=round(more, 2),
        option="keep_equal_lines",
    )


def _near_duplicates(connection: Connection, columns: Mapping[str, str], report: CleaningReport) -> Iterator[Finding]:
    """A join with payments or shipments repeats each line of an order."""
    lines, spend, in_order = connection.execute(
        "SELECT coalesce(sum(variants - 1), 0), coalesce(sum((variants - 1) * spend), 0), "
        "coalesce(sum((variants - invoices) * spend), 0) FROM near_copies"
    ).fetchall()[0]
    if not lines:
        return
    differing: list[str] = []
    if in_order > NEAR_DUPLICATE_SHARE * report.spend and "invoice" in columns:
        differing = _differing_columns(connection, columns)
    told = f"differ in {', '.join(map(repr, differing))}" if differing else "not in every column"
    advice = (
        ": a join that repeats lines of an order counts them more than once. Export the lines alone"
        if differing
        else ""
    )
    yield Finding(
        "near_duplicates",
        Severity.FAILURE if differing else Severity.HINT,
        f"{int(lines):,} lines, {spend:,.2f}: equal in customer, product, moment, quantity and price, but {told}; "
        "they are "
        f"kept{advice}",
        column=differing[0] if differing else None,
        lines=int(lines),
        money=round(spend, 2),
    )


def _differing_columns(connection: Connection, columns: Mapping[str, str]) -> list[str]:
    """Columns in which such lines of one order differ, but those that number rows."""
    keys = ", ".join(quoted(name) for role, name in columns.items() if role not in (*DETAILS, "currency"))
    others = [
        name
        for name in column_types(connection, "source")
        if name not in columns.values() and not _LINE_NUMBERS & set(plain_words(name).split())
    ]
    if not others:
        return []
    counts = [f"count(DISTINCT {quoted(name)})" for name in others]
    names = [f"different_{place}" for place in range(len(others))]
    differing = ", ".join(f"count(CASE WHEN {name} > 1 THEN 1 END)" for name in names)
    inner = ", ".join(f"{count} AS {name}" for count, name in zip(counts, names, strict=True))
    alike, *differ = connection.execute(
        f"SELECT count(*), {differing} FROM (SELECT {inner} FROM source GROUP BY {keys} HAVING count(*) > 1) AS alike"
    ).fetchall()[0]
    lines, *different = connection.execute(f"SELECT count(*), {', '.join(counts)} FROM source").fetchall()[0]
    return [name for place, name in enumerate(others) if differ[place] * 2 > alike and different[place] < lines]


def _repeated_totals(connection: Connection, mapping: ColumnMapping) -> Iterator[Finding]:
    """A chosen column may hold totals of orders all the same."""
    found = repeated_total(connection, mapping)
    if found is not None:
        told = f"{found}; name the amount of a line, or keep one line of each order"
        yield Finding(
            "totals_of_orders",
            Severity.FAILURE,
            told,
            column=found.column,
            option="columns",
            proposal="line_total=COLUMN",
        )


def _unused_total(connection: Connection, columns: Mapping[str, str], decimal: str | None) -> Iterator[Finding]:
    """Quantity times price is what counts; a total beside them may know of discounts or taxes."""
    types = column_types(connection, "source")
    totals = [name for name in types if known_role(name) == "line_total" and name not in columns.values()]
    if not totals or not {"quantity", "unit_price"} <= set(columns):
        return
    names = {"quantity": columns["quantity"], "unit_price": columns["unit_price"], "line_total": totals[0]}
    quoted_names = {role: quoted(name) for role, name in names.items()}
    role_types = {role: types[name] for role, name in names.items()}
    try:
        decimal = decide_decimal(connection, quoted_names, role_types, decimal)
    except TransactionsError as error:
        told = f"column {totals[0]!r} is not used, and cannot be compared with quantity times price: {error}"
        yield Finding("another_total", Severity.WARNING, told, column=totals[0])
        return
    quantity, price, total = (number_expression(quoted_names[role], role_types[role], decimal) for role in names)
    product, sum_of_totals = connection.execute(
        f"SELECT coalesce(sum({quantity} * {price}), 0), coalesce(sum({total}), 0) FROM source"
    ).fetchall()[0]
    if sum_of_totals and abs(product - sum_of_totals) > TOTALS_AGREE * abs(product):
        yield Finding(
            "another_total",
            # more than the lines may be postage and taxes; less is a discount
            Severity.WARNING if sum_of_totals < product else Severity.HINT,
            f"quantity times price is {product:,.2f}, and column {totals[0]!r} sums to {sum_of_totals:,.2f}; the "
            "first is "
            "used. If the second is what customers paid for each line, it is the line_total",
            column=totals[0],
            money=round(sum_of_totals - product, 2),
            option="columns",
            proposal=f"line_total={totals[0]}",
        )


def _large_ids(connection: Connection, report: CleaningReport) -> Iterator[Finding]:
    """Guests often share one id, which no forecast fits; but it may be a wholesaler, so it stays."""
    customer, orders, share = connection.execute(
        "SELECT customer_id, orders, orders / sum(orders) OVER () AS share FROM (SELECT customer_id, "
        "sum(CASE WHEN opens_invoice THEN 1 ELSE 0 END) AS orders FROM orders GROUP BY customer_id) AS per_customer "
        "ORDER BY orders DESC, customer_id LIMIT 1"
    ).fetchall()[0]
    if report.customers >= LEAST_CUSTOMERS and share > LARGE_ID_SHARE:
        yield Finding(
            "one_customer_for_many",
            Severity.WARNING if share > LONE_SHARE else Severity.HINT,
            f"customer {customer!r} has {int(orders):,} orders, {share:.0%} of all; if this id stands for guests "
            "or a till, "
            "empty it in the export: lines without a customer are left out",
            values=(str(customer),),
        )


def _later_than_now(connection: Connection) -> Iterator[Finding]:
    """A mistyped year moves the end of the export, and with it every forecast."""
    tomorrow = (datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1)).isoformat(sep=" ", timespec="seconds")
    lines, last = connection.execute(
        f"SELECT count(*), max(ordered_at) FROM orders WHERE ordered_at > CAST({literal(tomorrow)} AS TIMESTAMP)"
    ).fetchall()[0]
    if lines:
        yield Finding(
            "future",
            Severity.WARNING,
            f"{lines:,} orders lie in the future, up to {last:%Y-%m-%d}; forecasts start after the last of them. "
            "Leave them "
            "out of the export",
            values=(f"{last:%Y-%m-%d}",),
            lines=int(lines),
            option="as_of",
        )
