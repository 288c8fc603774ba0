"""What cleaning kept, what it left out, and why."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class DroppedLines(BaseModel):
    """Lines left out for one reason; ``share_of_spend`` is of the positive spend in the export."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: str
    lines: int
    spend: float
    share_of_spend: float


class CleaningReport(BaseModel):
    """One export, before and after cleaning."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lines_read: int
    lines_kept: int
    customers: int
    orders: int
    spend: float
    first_line_at: datetime
    last_line_at: datetime
    missing_columns: tuple[str, ...] = ()
    dropped: tuple[DroppedLines, ...]

    def table(self) -> str:
        """The report as aligned text: reason, lines, share of spend."""
        rows = [("read", self.lines_read, "")]
        rows += [(f"- {drop.reason}", drop.lines, f"{drop.share_of_spend:.2%}") for drop in self.dropped]
        rows += [("kept", self.lines_kept, "")]
        lines = [f"{'lines':<28}{'count':>12}{'share of spend':>16}"]
        lines += [f"{name:<28}{count:>12,}{share:>16}" for name, count, share in rows]
        lines.append(
            f"{self.customers:,} customers, {self.orders:,} orders, {self.spend:,.2f} spent, "
            f"{self.first_line_at:%Y-%m-%d} to {self.last_line_at:%Y-%m-%d}"
        )
        return "\n".join(lines)
