"""How this shop's own last months would have been forecast, and what they came to."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median

from pydantic import Field

from model.artifact.card import HORIZON_DAYS
from model.artifact.history_artifact import PastTotal
from model.documents import Described
from model.engines.connection import Connection

# A rough guess is no forecast: half of the months off by more, or too few months to judge by.
POOR_MISS, LEAST_WINDOWS = 0.30, 4
YEAR = timedelta(days=365)


class TrackRecord(Described, frozen=True):
    """The newest past windows of a shop, each forecast from what was known at its start."""

    windows: tuple[PastTotal, ...] = Field(description="Oldest first; six at most.")
    share_inside: float | None = Field(examples=[0.8333])
    """Share of the windows that ended inside their range (0 to 1); null where none had one."""
    median_miss: float = Field(examples=[0.12])
    """Half of the windows were off by more: |forecast - realised| / realised (ratio)."""
    is_poor: bool = Field(examples=[False])
    """Whether the total is a rough guess: a median miss above 0.3, or fewer than four windows."""
    told: str = Field(examples=["In 5 of the last 6 months the total ended in its range."])
    """The record in a sentence."""
    last_30_days: float = Field(description="What was spent in the 30 days before as_of (currency).", examples=[61800])
    same_days_last_year: float | None = Field(examples=[58200])
    """What was spent in the days of the horizon, a year before (currency); null for a younger shop."""

    @classmethod
    def of(
        cls, windows: Sequence[PastTotal], connection: Connection, as_of: datetime, starts_at: datetime
    ) -> "TrackRecord | None":
        """The record of a shop whose clean orders are the table ``orders``; None without a past window.

        ``as_of`` is the first moment that is not known, ``starts_at`` that of the first order; for the windows see
        ``HistoryArtifact.track_record``.
        """
        judged = [window for window in windows if window.realised > 0]
        if not judged:
            return None
        inside = [window.is_covered for window in judged if window.is_covered is not None]
        miss = median(abs(window.forecast - window.realised) / window.realised for window in judged)
        year_before = as_of - YEAR
        return cls(
            windows=tuple(windows),
            share_inside=round(sum(inside) / len(inside), 4) if inside else None,
            median_miss=round(miss, 4),
            is_poor=miss > POOR_MISS or len(judged) < LEAST_WINDOWS,
            told=_told(len(judged), len(inside), sum(inside), miss),
            last_30_days=_spend(connection, as_of - timedelta(days=HORIZON_DAYS), as_of),
            same_days_last_year=(
                _spend(connection, year_before, year_before + timedelta(days=HORIZON_DAYS))
                if starts_at <= year_before
                else None
            ),
        )


def _told(judged: int, with_range: int, inside: int, miss: float) -> str:
    if judged < LEAST_WINDOWS:
        return f"Only {judged} past months could be forecast, too few to judge the total by: take it as a rough guess."
    if miss > POOR_MISS:
        return f"Half of the last {judged} months were more than {miss:.0%} off: take the total as a rough guess."
    return (
        f"In {inside} of the last {with_range} months the total ended in its range; "
        f"half of the months were less than {miss:.0%} off."
    )


def _spend(connection: Connection, start: datetime, end: datetime) -> float:
    query = "SELECT coalesce(sum(spend), 0) FROM orders WHERE ordered_at >= ? AND ordered_at < ?"
    return round(float(connection.execute(query, [start, end]).fetchall()[0][0]), 2)
