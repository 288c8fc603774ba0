"""``history_model.json``: the history model and all that gives its answers their meaning, in plain numbers.

One kind of artifact, two ways to get it: loaded from a folder, or fitted on the orders that are asked about
(``training.fit_shop``).
"""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from model.artifact.card import ModelCard
from model.artifact.self_test import SelfTest
from model.artifact.store import HISTORY_FILE, RETRAIN_HINT, read_bytes, validated
from model.errors import ArtifactError
from model.estimators.guardrails import BoundedSpend, Guardrails
from model.estimators.history_inputs import Known
from model.estimators.history_model import HistoryModel
from model.estimators.intervals import SpendIntervals
from model.estimators.priors import PRIORS, Priors
from model.estimators.total_interval import TotalErrors
from model.features.definitions import ACTIVE_DAYS, FEATURE_NAMES
from model.orders.cleaning import CleaningReport
from model.segments import SegmentThresholds

FloatArray = NDArray[np.float64]

# The newest windows show how good a shop's forecasts are; older ones were made from less.
RECORD_WINDOWS = 6
HISTORY_MODEL, BGNBD, RANKS = "history_model", "bgnbd_gamma_gamma", "ranks"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LearnedFrom(_Part):
    """What a model has seen."""

    windows: int = Field(description="Complete windows of 30 days (count).", examples=[20])
    customer_windows: int = Field(description="Known customers, counted once per window (count).", examples=[82810])
    drawn: int = Field(
        description="Of these, what was learned from: all, or a draw of customers (count).", examples=[82810]
    )
    past_buyers: int = Field(description="Customer-windows with a purchase (count).", examples=[17800])


class PastTotal(_Part):
    """One past window as it would have been forecast, all known customers together, and what it came to."""

    as_of: date = Field(description="Its first day.", examples=["2011-11-10"])
    customers: int = Field(description="Known by then (count).", examples=[5726])
    forecast: float = Field(description="Expected total, with the factor known then (currency).", examples=[812000.0])
    low: float | None = Field(
        description="80 % interval; null where fewer than four windows lay before (currency).", examples=[640000.0]
    )
    high: float | None = Field(description="Its upper end (currency).", examples=[1010000.0])
    realised: float = Field(description="What they spent (currency).", examples=[922076.77])

    @property
    def is_covered(self) -> bool | None:
        """Whether the interval held; None without one."""
        return None if self.low is None or self.high is None else self.low <= self.realised <= self.high


@dataclass(frozen=True)
class Answers:
    """What a shop is told of its customers; arrays of shape (n_customers,)."""

    probability: FloatArray
    bounded: BoundedSpend

    @property
    def spend(self) -> FloatArray:
        """Expected spend within the guardrails, a purchase or not."""
        return self.bounded.spend


def answer(model: HistoryModel, guardrails: Guardrails, known: Known) -> Answers:
    """What a model says of customers, within guardrails."""
    forecast = model.predict(known)
    features = np.column_stack([np.asarray(known[name], dtype=np.float64) for name in FEATURE_NAMES])
    seen = guardrails.bound_features(features)
    return Answers(forecast.probability, guardrails.bound_spend(forecast.spend, forecast.probability, seen))


class HistoryArtifact(_Part):
    """Everything that an answer about whole histories needs."""

    model_version: str = Field(description="Every answer names it.", examples=["2026-11-29.e36da021"])
    name: Literal["history_model", "bgnbd_gamma_gamma", "ranks"] = Field(
        description="Which model answers: the history model; BG/NBD and Gamma-Gamma alone; or these two for the order "
        "of customers only, where too few purchases are known to believe an amount."
    )
    reason: str = Field(description="The rule by which it does, and how it was met.")
    as_of: datetime = Field(description="The first moment that it knew nothing of.", examples=["2011-12-10T00:00:00"])
    active_days: int = Field(ACTIVE_DAYS, description="Active is who bought within so many days (days).")
    data: CleaningReport | None = Field(None, description="The order lines that it was fitted on.")
    priors: Priors = Field(PRIORS, description="What no shop's data decides.")
    learned_from: LearnedFrom
    model: HistoryModel
    segments: SegmentThresholds = Field(description="Where one segment ends and the next begins.")
    guardrails: Guardrails = Field(description="The bounds that no answer leaves.")
    intervals: SpendIntervals | None = Field(None, description="Spend if buying; null with too few buyers.")
    totals: TotalErrors | None = Field(None, description="How far sums were off; null where no sum is told.")
    track_record: tuple[PastTotal, ...] = Field((), description="The newest past windows, oldest first.")
    self_test: SelfTest | None = Field(
        None, description="What it answered when it was trained; it is asked again when it is loaded."
    )

    @property
    def known_until(self) -> date:
        """The first day that it knew nothing of."""
        return self.as_of.date()

    @cached_property
    def needs(self) -> tuple[str, ...]:
        """The columns of ``model.features`` that an answer is made of."""
        return tuple(dict.fromkeys((*FEATURE_NAMES, *self.model.needs)))

    def answer(self, known: Known) -> Answers:
        """Forecast customers from the columns ``needs``, within the guardrails as every answer is."""
        return answer(self.model, self.guardrails, known)

    def at(self, as_of: datetime, orders: CleaningReport | None = None) -> Self:
        """The same for the horizon from ``as_of`` on, of the shop with these orders where they are known.

        A level holds for the window right after the one that it was learned from, in its own shop; the track record,
        and what it tells of sums, in its own shop. Elsewhere there is none, see ``model.prediction.warnings``.
        """
        changes: dict[str, object] = {}
        if as_of != self.as_of or not self.is_shop_of(orders):
            changes["model"] = self.model.without_level()
        if not self.is_shop_of(orders):
            changes |= {"totals": None, "track_record": ()}
        return self.model_copy(update=changes) if changes else self

    def to_json(self) -> bytes:
        """The content of ``history_model.json``."""
        return (self.model_dump_json(indent=2) + "\n").encode()

    def is_shop_of(self, orders: CleaningReport | None) -> bool:
        """A shop's orders begin at one moment, and its customers grow; orders of nobody we know are ours."""
        if orders is None or self.data is None:
            return True
        return orders.first_line_at == self.data.first_line_at and orders.customers >= self.data.customers


def load_history(directory: Path, card: ModelCard) -> HistoryArtifact:
    """Load the artifact that the card describes.

    Raises
    ------
    ArtifactError
        If the card knows of none, or the file is missing, broken or another one.
    """
    if card.history is None:
        raise ArtifactError(f"the card in {directory} describes no model of whole histories; {RETRAIN_HINT}")
    content = read_bytes(directory, HISTORY_FILE, card.history.sha256)
    found = sha256(content).hexdigest()
    if found != card.history.sha256:
        raise ArtifactError(
            f"{directory / HISTORY_FILE} has SHA-256 {found[:12]}…, but the card describes "
            f"{card.history.sha256[:12]}…; restore the files or {RETRAIN_HINT}"
        )
    return validated(HistoryArtifact, content, f"{directory / HISTORY_FILE} is no history model")
