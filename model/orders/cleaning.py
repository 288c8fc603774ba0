"""What cleaning kept, what it left out, and why."""

from datetime import datetime
from math import fsum
from typing import Annotated

from pydantic import Field, WithJsonSchema

from model.documents import Document
from model.engines.connection import Connection
from model.engines.sql import definition
from model.errors import TransactionsError

DUPLICATES = "exact duplicate"
# Beyond all moments of an export; without time zone, as they are.
EARLIEST, LATEST = datetime(1, 1, 1), datetime(9999, 12, 31)  # noqa: DTZ001
# What follows where an export has no such column.
ABSENT = {
    "invoice": "a customer's day counts as one order",
    "product": "product features stay empty",
    "quantity": "every line counts as one unit",
}
POLICIES = {"gross": "returns are left out of spend", "net": "returns are subtracted from spend"}
# OpenAPI's date-time has an offset, and a shop's local time has none.
LocalTime = Annotated[datetime, WithJsonSchema({"type": "string"})]


class DroppedLines(Document):
    """Lines left out for one reason; ``share_of_spend`` is of the positive spend in the export."""

    reason: str = Field(description="Why they were left out.", examples=["no customer id"])
    lines: int = Field(description="How many (count).", examples=[243007])
    spend: float = Field(examples=[2638958.18])
    """Their quantity times price, summed (currency); negative for returns."""
    share_of_spend: float = Field(examples=[0.125827])
    """The same as a share of all positive spend in the export (ratio)."""


class CleaningReport(Document):
    """One export, before and after cleaning."""

    lines_read: int = Field(description="Order lines in the export (count).", examples=[1067370])
    lines_kept: int = Field(description="Purchase lines that were used (count).", examples=[779424])
    customers: int = Field(description="Customers with a purchase (count).", examples=[5878])
    orders: int = Field(description="Their orders (count).", examples=[36969])
    spend: float = Field(description="What they spent (currency).", examples=[17374786.27])
    first_line_at: LocalTime = Field(examples=["2009-12-01T07:45:00"])
    """The first purchase, in the shop's local time."""
    last_line_at: LocalTime = Field(examples=["2011-12-09T12:50:00"])
    """The last purchase, in the shop's local time."""
    missing_columns: tuple[str, ...] = Field((), description="Optional columns that the export has not.", examples=[[]])
    returns: str = Field("gross", examples=["gross"])
    """gross: returns are left out; net: they are subtracted from spend."""
    keeps_equal_lines: bool = Field(False, examples=[False])
    """Whether lines that are equal in every column count each by itself."""
    sampled_customers: int | None = Field(None, examples=[None])
    """On how many customers models were fitted (count), where not on all."""
    dropped: tuple[DroppedLines, ...] = Field(description="What was left out, by reason.", examples=[[]])

    def table(self) -> str:
        """The report as aligned text: reason, lines, share of spend."""
        rows = [("read", self.lines_read, "")]
        rows += [(f"- {drop.reason}", drop.lines, f"{drop.share_of_spend:.2%}") for drop in self.dropped]
        rows += [("kept", self.lines_kept, "")]
        width = max(28, *(len(name) + 1 for name, _, _ in rows))
        lines = [f"{'lines':<{width}}{'count':>12}{'share of spend':>16}"]
        lines += [f"{name:<{width}}{count:>12,}{share:>16}" for name, count, share in rows]
        lines.append(f"{POLICIES[self.returns]} (--returns {self.returns})")
        if self.keeps_equal_lines:
            lines.append("lines that are equal in every column count each by itself (--keep-equal-lines)")
        if self.sampled_customers is not None:
            lines.append(f"models are fitted on a sample of {self.sampled_customers:,} customers")
        lines += [f"the export has no {role}: {ABSENT[role]}" for role in self.missing_columns]
        lines.append(
            f"{self.customers:,} customers, {self.orders:,} orders, {self.spend:,.2f} spent, "
            f"{self.first_line_at:%Y-%m-%d} to {self.last_line_at:%Y-%m-%d}"
        )
        return "\n".join(lines)


def nobody_bought(before: datetime, report: CleaningReport) -> TransactionsError:
    """What is wrong with a moment that lies before the first order."""
    return TransactionsError(
        f"--as-of {before:%Y-%m-%d}: nobody bought before; the first order is of {report.first_line_at:%Y-%m-%d}"
    )


def untrained_columns(training: CleaningReport | None) -> tuple[str, ...]:
    """Columns that the order lines of a training had not: features must be made without them in answers too."""
    missing = () if training is None else training.missing_columns
    return tuple(role for role in missing if role in ("invoice", "product"))


def judged_lines(*, subtract_returns: bool, earliest: datetime = EARLIEST, latest: datetime = LATEST) -> str:
    """SQL for every line with whether it is kept, and why not; lines outside of two moments are not."""
    moments = {"earliest": earliest.isoformat(" "), "latest": latest.isoformat(" ")}
    return definition("judged_lines", subtract_returns=str(subtract_returns).lower(), **moments)


def cleaning_report(
    connection: Connection, missing_columns: tuple[str, ...], returns: str, *, keeps_equal_lines: bool
) -> CleaningReport:
    """The report of an export whose purchases stand in ``orders``, and lines that it repeats in ``surplus_copies``.

    Raises TransactionsError if no line is a purchase.
    """
    counts = connection.execute(
        "SELECT drop_reason, sum(lines), sum(spend), sum(positive_spend) FROM line_counts GROUP BY drop_reason"
    ).fetchall()
    lines_read, positive_spend = sum(int(row[1]) for row in counts), fsum(row[3] for row in counts)
    reasons = [(reason, int(lines), float(spend)) for reason, lines, spend, _ in counts if reason is not None]
    reasons.sort(key=lambda entry: (-entry[1], entry[0]))
    copies, copied_spend = connection.execute(
        "SELECT coalesce(sum(copies), 0), coalesce(sum(copies * spend), 0) FROM surplus_copies"
    ).fetchall()[0]
    if copies:
        reasons.append((DUPLICATES, int(copies), float(copied_spend)))
    kept, customers, orders, spend, first, last = connection.execute(definition("kept_totals")).fetchall()[0]
    if not orders:
        counted = "; ".join(f"{reason}: {lines:,}" for reason, lines, _ in reasons)
        raise TransactionsError(f"none of the {lines_read:,} lines is a purchase ({counted}); check --columns")
    dropped = []
    for reason, lines, spent in reasons:
        share = round(spent / positive_spend, 6) if positive_spend else 0.0
        dropped.append(DroppedLines(reason=reason, lines=lines, spend=round(spent, 2), share_of_spend=share))
    return CleaningReport(
        lines_read=lines_read,
        lines_kept=int(kept),
        customers=customers,
        orders=int(orders),
        spend=round(spend, 2),
        first_line_at=first,
        last_line_at=last,
        missing_columns=missing_columns,
        returns=returns,
        keeps_equal_lines=keeps_equal_lines,
        dropped=tuple(dropped),
    )
