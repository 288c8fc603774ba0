"""The model card: everything that gives the numbers of ``model.pkl`` their meaning, beside it as JSON."""

from datetime import date, datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from model.cleaning import CleaningReport
from model.features import FEATURES
from model.guardrails import Guardrails
from model.linear import LinearParts
from model.probability import PurchaseProbability
from model.segments import SegmentThresholds
from model.spend_distribution import SpendDistribution

HORIZON_DAYS = 30
ACTIVE_DAYS = 90


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FeatureEntry(_Part):
    """One input of the public API."""

    position: int
    name: str
    unit: str
    meaning: str


class WindowSummary(_Part):
    """One cutoff and its horizon."""

    as_of: date
    ends_at: date
    active_customers: int
    buyers: int
    spend: float


class Evaluation(_Part):
    """The comparison of candidates on the held-out window, which none of them had seen."""

    held_out: WindowSummary
    fitted_on: tuple[date, ...]
    w99_cap: float
    metrics: dict[str, dict[str, float | None]]
    notes: tuple[str, ...] = ()


class HistoryCard(_Part):
    """The model that answers for whole purchase histories: what it is, and why it was chosen."""

    name: str = Field(description="The candidate's name in the backtest.")
    reason: str = Field(description="The rule of promotion, and how it was met.")
    sha256: str = Field(description="SHA-256 of history_model.pkl.")
    as_of: date = Field(description="The first day that it had no knowledge of.")
    backtest_cutoffs: tuple[date, ...] = Field(description="The windows that it was judged on, each unseen.")
    metrics: dict[str, dict[str, float | None]] = Field(description="Measures by candidate, pooled over those windows.")
    parameters: dict[str, float] = Field(description="BG/NBD's share of the mix, level, tail, intervals.")


class ModelCard(_Part):
    """What stands in ``model_card.json``."""

    model_version: str
    model_sha256: str
    trained_at: datetime
    estimator: str
    horizon_days: int = HORIZON_DAYS
    active_days: int = ACTIVE_DAYS
    seed: int = 0
    features: tuple[FeatureEntry, ...]
    data: CleaningReport | None = None
    refitted_on: tuple[WindowSummary, ...] = ()
    evaluation: Evaluation | None = None
    segments: SegmentThresholds = Field(default_factory=SegmentThresholds)
    guardrails: Guardrails = Field(default_factory=Guardrails)
    probability: PurchaseProbability = Field(default_factory=PurchaseProbability)
    intervals: SpendDistribution | None = None
    linear: LinearParts | None = None
    libraries: dict[str, str]
    history: HistoryCard | None = None

    @classmethod
    def unverified(cls, *, estimator: str, sha256: str, loaded_at: datetime, libraries: dict[str, str]) -> Self:
        """The card of a pipeline that came without one: default thresholds, nothing measured."""
        return cls(
            model_version=f"unverified.{sha256[:8]}",
            model_sha256=sha256,
            trained_at=loaded_at,
            estimator=estimator,
            features=feature_entries(),
            libraries=libraries,
        )


def feature_entries() -> tuple[FeatureEntry, ...]:
    """``FEATURES`` as the card shows them."""
    return tuple(
        FeatureEntry(position=position, name=feature.name, unit=feature.unit, meaning=feature.meaning)
        for position, feature in enumerate(FEATURES)
    )
