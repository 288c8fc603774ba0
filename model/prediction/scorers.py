"""Forecasts for batches of customers, column by column: the same numbers as the service gives one by one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from model.artifact.card import HORIZON_DAYS, ModelCard
from model.artifact.history_artifact import HistoryArtifact, PastTotal, load_history
from model.artifact.store import load_artifact
from model.estimators.intervals import IF_PURCHASE, SpendIntervals
from model.estimators.total_interval import TotalErrors
from model.features.definitions import FEATURE_NAMES
from model.orders.cleaning import CleaningReport
from model.prediction import warnings as notes
from model.prediction.predictor import Predictor, rounded

FloatArray = npt.NDArray[np.float64]
Columns = dict[str, npt.NDArray[Any]]  # Any: numbers, and texts where reasons are asked for

REASONS_SHOWN = 3
COVERAGE = 0.8


class Scorer(Protocol):
    """A model that scores batches."""

    @property
    def features(self) -> tuple[str, ...]:
        """The columns of ``build_snapshots`` that it wants."""

    @property
    def card(self) -> ModelCard | HistoryArtifact:
        """What gives its numbers their meaning."""

    @property
    def total_errors(self) -> TotalErrors | None:
        """How far its sums were off; None where too few windows told."""

    @property
    def track_record(self) -> Sequence[PastTotal]:
        """Past windows of the shop as they would have been forecast; empty where none tells."""

    @property
    def name(self) -> str:
        """What answers call it."""

    def at(self, as_of: datetime, orders: CleaningReport) -> "Scorer":
        """The same for the horizon from ``as_of`` on, of the shop with these orders."""

    def warnings(self, as_of: datetime, orders: CleaningReport, *, customers: int, quiet: int) -> list[str]:
        """What to know of a list at ``as_of``, with so many customers of whom some have not bought lately."""

    def score(self, batch: Mapping[str, FloatArray]) -> Columns:
        """Scores from features by name, arrays of shape (n_customers,).

        Gives ``spend``, ``probability``, ``IF_PURCHASE`` where the model has intervals, and ``reasons`` where they
        were asked for.
        """


@dataclass(frozen=True)
class SummaryScorer:
    """The six-number model that the service answers with; needs no scikit-learn where the card holds its numbers."""

    predictor: Predictor
    with_reasons: bool = False
    features: tuple[str, ...] = FEATURE_NAMES

    @property
    def card(self) -> ModelCard:
        """The card of the model."""
        return self.predictor.card

    @property
    def name(self) -> str:
        """See ``Scorer``."""
        return "summary"

    @property
    def total_errors(self) -> TotalErrors | None:
        """See ``Scorer``."""
        return self.card.totals

    @property
    def track_record(self) -> Sequence[PastTotal]:
        """See ``Scorer``; it is not kept for six numbers."""
        return ()

    def at(self, as_of: datetime, orders: CleaningReport) -> "SummaryScorer":  # noqa: ARG002 - see ``Scorer``
        """See ``Scorer``; six numbers are answered alike at any moment."""
        return self

    def warnings(
        self,
        as_of: datetime,
        orders: CleaningReport,  # noqa: ARG002 - see ``Scorer``
        *,
        customers: int,
        quiet: int,
    ) -> list[str]:
        """See ``Scorer``; it learned from active customers alone, at the level of one month."""
        found, known_until = [], self.card.known_until
        if quiet:
            found.append(notes.not_active_of_many(quiet, customers, self.card.active_days))
        if known_until is not None and as_of.date() < known_until:
            found.append(notes.trained_later(known_until, as_of))
        elif known_until is not None and as_of.date() - known_until >= timedelta(days=HORIZON_DAYS):
            found.append(notes.trained_long_before(known_until, as_of))
        return found

    def score(self, batch: Mapping[str, FloatArray]) -> Columns:
        """See ``Scorer``."""
        rows = np.column_stack([batch[name] for name in FEATURE_NAMES])
        predictions = self.predictor.predict_many(rows)
        forecast = predictions.forecast
        scores: Columns = {"spend": forecast.spend, "probability": forecast.probability}
        scores |= _if_purchase(self.card.intervals, forecast.spend, forecast.probability)
        if self.with_reasons and self.card.linear is not None:
            scores["reasons"] = np.array([each and _worded(each.reasons) for each in predictions.reasons], dtype=object)
        return scores


@dataclass(frozen=True)
class HistoryScorer:
    """A history artifact, loaded or fitted in place."""

    card: HistoryArtifact
    with_reasons: bool = False

    @property
    def features(self) -> tuple[str, ...]:
        """See ``Scorer``."""
        return self.card.needs

    @property
    def name(self) -> str:
        """See ``Scorer``."""
        return self.card.name

    @property
    def total_errors(self) -> TotalErrors | None:
        """See ``Scorer``."""
        return self.card.totals

    @property
    def track_record(self) -> Sequence[PastTotal]:
        """See ``Scorer``."""
        return self.card.track_record

    def at(self, as_of: datetime, orders: CleaningReport) -> "HistoryScorer":
        """See ``Scorer``."""
        return replace(self, card=self.card.at(as_of, orders))

    def warnings(
        self,
        as_of: datetime,
        orders: CleaningReport,
        *,
        customers: int,  # noqa: ARG002 - see ``Scorer``
        quiet: int,  # noqa: ARG002 - see ``Scorer``
    ) -> list[str]:
        """See ``Scorer``; it learned from quiet customers too."""
        return list(notes.of_shop(self.card, as_of, orders))

    def score(self, batch: Mapping[str, FloatArray]) -> Columns:
        """See ``Scorer``."""
        answers = self.card.answer(batch)
        scores: Columns = {"spend": answers.spend, "probability": answers.probability}
        scores |= _if_purchase(self.card.intervals, answers.spend, answers.probability)
        if self.with_reasons:
            told = [
                self.card.model.explain({name: values[row : row + 1] for name, values in batch.items()})
                for row in range(len(answers.spend))
            ]
            scores["reasons"] = np.array([_worded(each.reasons) for each in told], dtype=object)
        return scores


def _if_purchase(intervals: SpendIntervals | None, spend: FloatArray, probability: FloatArray) -> Columns:
    return {} if intervals is None else dict(zip(IF_PURCHASE, intervals.of(spend, probability), strict=True))


def shown(scores: Columns) -> Columns:
    """Scores as they are written: money with two decimals, probability with four."""
    decimals = {"spend": 2, "probability": 4, **dict.fromkeys(IF_PURCHASE, 2)}
    return {name: rounded(values, decimals[name]) if name in decimals else values for name, values in scores.items()}


def load_scorer(
    model_dir: Path, name: str | None, *, with_reasons: bool = False, allow_unverified: bool = False
) -> Scorer:
    """The model "summary" or "history" of a folder; without a name "history" where the card has one.

    Raises
    ------
    ArtifactError
        If it is missing, broken or not what its card says.
    """
    artifact = load_artifact(model_dir, allow_unverified=allow_unverified, horizon_days=HORIZON_DAYS)
    if name is None:
        name = "summary" if artifact.card.history is None else "history"
    if name == "history":
        return HistoryScorer(load_history(model_dir, artifact.card), with_reasons)
    return SummaryScorer(Predictor(artifact), with_reasons)


def _worded(reasons: Any) -> str:  # Any: a tuple of ``Reason``
    largest = sorted(reasons, key=lambda reason: -abs(reason.amount))[:REASONS_SHOWN]
    return "; ".join(f"{reason.feature} {reason.amount:+.2f}" for reason in largest)
