"""The model card: everything that gives the numbers of ``model.pkl`` their meaning, beside it as JSON."""

from datetime import date, datetime

from pydantic import Field

from model.artifact.linear import LinearParts
from model.artifact.self_test import SelfTest
from model.documents import Document
from model.estimators.guardrails import Guardrails
from model.estimators.intervals import SpendIntervals
from model.estimators.purchase_probability import PurchaseProbability
from model.estimators.total_interval import TotalErrors
from model.features.definitions import ACTIVE_DAYS, FEATURES
from model.orders.cleaning import CleaningReport
from model.segments import SegmentThresholds

HORIZON_DAYS = 30


class FeatureEntry(Document):
    """One input of the public API."""

    position: int = Field(description="Place in the list of six (position, from 0).", examples=[5])
    name: str = Field(description="Name in requests.", examples=["recency_days"])
    unit: str = Field(description="currency, count or days.", examples=["days"])
    meaning: str = Field(description="What it counts.", examples=["whole days from the last purchase to as_of"])


class WindowSummary(Document):
    """One cutoff and its horizon."""

    as_of: date = Field(description="First day of the window.", examples=["2011-11-10"])
    ends_at: date = Field(description="First day after it.", examples=["2011-12-10"])
    active_customers: int = Field(examples=[2587])
    """Customers who had bought in the 90 days before (count)."""
    buyers: int = Field(description="Those of them who bought in the window (count).", examples=[1097])
    spend: float = Field(description="What they spent in it (currency).", examples=[922076.77])


class Evaluation(Document):
    """The comparison of candidates on the held-out window, which none of them had seen."""

    held_out: WindowSummary = Field(description="The window that no candidate had seen.")
    fitted_on: tuple[date, ...] = Field(examples=[["2011-09-11"]])
    """First days of the windows that candidates were fitted on."""
    w99_cap: float = Field(examples=[2458.89])
    """Where actual and forecast are capped in rmse_w99 (currency)."""
    metrics: dict[str, dict[str, float | None]] = Field(
        description="Measures by candidate over the active customers, each in its unit: errors in currency, bias in "
        "percent, all else without.",
        examples=[{"lasso_6": {"rmse_w99": 436.9, "gini": 0.718}}],
    )
    metrics_all_known: dict[str, dict[str, float | None]] = Field(
        {},
        description="The same over all known customers, however long they have been quiet (each in its unit).",
        examples=[{"lasso_6": {"rmse_w99": 341.2, "gini": 0.702}}],
    )
    notes: tuple[str, ...] = Field((), description="What to know about these figures.", examples=[[]])


class HistoryCard(Document):
    """The model that answers for whole purchase histories: what it is, and why it was chosen."""

    name: str = Field(description="The candidate's name in the backtest.", examples=["history_model"])
    reason: str = Field(
        description="The rule of promotion, and how it was met.",
        examples=["history_model answers from 500 past buyers over 4 windows on; 1,913 past buyers over 21 windows"],
    )
    sha256: str = Field(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])
    """SHA-256 of history_model.json."""
    as_of: date = Field(description="The first day that it had no knowledge of.", examples=["2011-12-10"])
    backtest_cutoffs: tuple[date, ...] = Field(examples=[["2011-10-11", "2011-11-10"]])
    """The windows that it was judged on, each unseen."""
    metrics: dict[str, dict[str, float | None]] = Field(
        description="The same measures over all known customers, each in its unit, pooled over those windows.",
        examples=[{"history_model": {"rmse_w99": 248.5, "gini": 0.741}}],
    )


class ModelCard(Document):
    """What stands in ``model_card.json``."""

    model_version: str = Field(examples=["2026-11-22.e36da021"])
    """Date of training and the first digits of the hash; every answer names it."""
    model_sha256: str = Field(examples=["e36da0214143dd931eb82aa0939275631e92c32438ff104358fa1481d42511a2"])
    """SHA-256 of model.pkl."""
    trained_at: datetime = Field(description="When it was trained (UTC).", examples=["2026-11-22T17:51:03Z"])
    estimator: str = Field(examples=["StandardScaler(), Lasso(alpha=0.1, max_iter=10000)"])
    """The pipeline in words."""
    horizon_days: int = Field(HORIZON_DAYS, description="How far forecasts look (days).", examples=[30])
    active_days: int = Field(ACTIVE_DAYS, examples=[90])
    """Active is who bought within so many days before as_of (days)."""
    example: bool = Field(False, examples=[True])
    """Whether the set is an example, learned from another shop than that of whoever runs the service."""
    seed: int = Field(0, description="Seed of all that was random (no unit).", examples=[42])
    features: tuple[FeatureEntry, ...] = Field(description="The six numbers in their order.")
    data: CleaningReport | None = Field(None, description="The order lines that it was trained on; null where unknown.")
    refitted_on: tuple[WindowSummary, ...] = Field((), description="The windows that the served model was fitted on.")
    evaluation: Evaluation | None = None
    """How it compares on a window held out; null where nothing was measured."""
    segments: SegmentThresholds = Field(default_factory=SegmentThresholds)
    """Where one segment ends and the next begins."""
    guardrails: Guardrails = Field(default_factory=Guardrails, description="The bounds that no answer leaves.")
    probability: PurchaseProbability = Field(default_factory=PurchaseProbability)
    """The formula of the purchase probability."""
    intervals: SpendIntervals | None = None
    """What spend_if_purchase is made from; null where too few buyers told."""
    totals: TotalErrors | None = None
    """How far sums over all known customers were off; null where too few windows tell."""
    linear: LinearParts | None = None
    """model.pkl in plain numbers, which answer in its place; null where it is not linear."""
    libraries: dict[str, str] = Field(examples=[{"scikit-learn": "1.9.0"}])
    """Versions that it was trained with."""
    self_test: SelfTest | None = None
    """What model.pkl answered when it was trained; it is asked again when it is loaded."""
    history: HistoryCard | None = None
    """The model behind POST /predict_from_orders and POST /rank_customers; null without one."""

    @property
    def known_until(self) -> date | None:
        """The first day that the training knew nothing of; None where the card does not tell."""
        return max((window.ends_at for window in self.refitted_on), default=None)


def feature_entries() -> tuple[FeatureEntry, ...]:
    """``FEATURES`` as the card shows them."""
    return tuple(
        FeatureEntry(position=position, name=feature.name, unit=feature.unit, meaning=feature.meaning)
        for position, feature in enumerate(FEATURES)
    )
