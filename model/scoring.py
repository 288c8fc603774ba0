"""Forecasts for batches of customers, column by column: the same numbers as the service gives one by one."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from model.artifact import load_artifact
from model.card import HORIZON_DAYS, ModelCard
from model.features import FEATURE_NAMES, HISTORY_FEATURE_NAMES
from model.guardrails import BoundedSpend, Guardrails
from model.history_artifact import load_history_model
from model.predictor import Predictor, rounded
from model.segments import segment_codes
from model.total_spend import TotalErrors

if TYPE_CHECKING:
    from model.history_model import HistoryForecast, WithIntervals

FloatArray = npt.NDArray[np.float64]
Columns = dict[str, npt.NDArray[Any]]  # Any: numbers, and texts where reasons are asked for

REASONS_SHOWN = 3
COVERAGE = 0.8
# Six numbers are quickest in long columns; sixty, and what trees make of them, where they fit the processor's cache,
# which spares a small host most of the memory, too.
SUMMARY_ROWS, HISTORY_ROWS = 200_000, 5_000


class Scorer(Protocol):
    """A model that scores batches."""

    @property
    def features(self) -> tuple[str, ...]:
        """The columns of ``build_snapshots`` that it wants."""

    @property
    def card(self) -> ModelCard:
        """What gives its numbers their meaning."""

    @property
    def total_errors(self) -> TotalErrors | None:
        """How far its sums were off; None where too few windows told."""

    @property
    def name(self) -> str:
        """What answers call it."""

    @property
    def rows_at_once(self) -> int:
        """How many customers it scores best at once (count)."""

    def score(self, batch: Mapping[str, FloatArray]) -> Columns:
        """Scores from features by name, arrays of shape (n_customers,).

        Gives ``spend``, ``probability``, ``segment`` (position in ``SEGMENTS``), ``low`` and ``high`` where the
        model has intervals, and ``reasons`` where they were asked for.
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
    def rows_at_once(self) -> int:
        """See ``Scorer``."""
        return SUMMARY_ROWS

    @property
    def total_errors(self) -> TotalErrors | None:
        """See ``Scorer``."""
        return self.card.totals

    def score(self, batch: Mapping[str, FloatArray]) -> Columns:
        """See ``Scorer``."""
        rows = np.column_stack([batch[name] for name in FEATURE_NAMES])
        predictions = self.predictor.predict_many(rows)
        forecast = predictions.forecast
        scores: Columns = {
            "spend": forecast.spend,
            "probability": forecast.probability,
            "segment": segment_codes(rows, self.card.segments),
        }
        if self.card.intervals is not None:
            _, _, scores["low"], scores["high"] = self.card.intervals.of(forecast.spend, forecast.probability)
        if self.with_reasons and self.card.linear is not None:
            scores["reasons"] = np.array([each and _worded(each.reasons) for each in predictions.reasons], dtype=object)
        return scores


@dataclass(frozen=True)
class HistoryScorer:
    """The model of whole histories."""

    model: "WithIntervals"
    card: ModelCard
    with_reasons: bool = False
    features: tuple[str, ...] = HISTORY_FEATURE_NAMES

    @property
    def name(self) -> str:
        """See ``Scorer``."""
        return "history" if self.card.history is None else self.card.history.name

    @property
    def rows_at_once(self) -> int:
        """See ``Scorer``."""
        return HISTORY_ROWS

    @property
    def total_errors(self) -> TotalErrors | None:
        """See ``Scorer``."""
        return None if self.card.history is None else self.card.history.totals

    def score(self, batch: Mapping[str, FloatArray]) -> Columns:
        """See ``Scorer``."""
        import pandas as pd  # noqa: PLC0415 - this model alone needs it

        snapshots = pd.DataFrame({name: batch[name] for name in self.features})
        with _single_thread():
            forecast = self.model.predict(snapshots)
        rows = np.column_stack([batch[name] for name in FEATURE_NAMES])
        bounded = bound_history(self.card.guardrails, forecast, rows)
        scores: Columns = {
            "spend": bounded.spend,
            "probability": forecast.probability,
            "segment": segment_codes(rows, self.card.segments),
        }
        if (errors := self.model.distribution) is not None:
            scores["low"], scores["high"] = errors.interval(bounded.spend, forecast.probability, coverage=COVERAGE)
        if self.with_reasons:
            told = [self.model.explain(snapshots.iloc[[row]]) for row in range(len(snapshots))]
            scores["reasons"] = np.array([_worded(each.reasons) for each in told], dtype=object)
        return scores


def _single_thread() -> AbstractContextManager[Any]:  # Any: threadpoolctl has no types
    """On a busy machine, threads that wait for each other take minutes; on a quiet one they gain nothing here."""
    from threadpoolctl import threadpool_limits  # noqa: PLC0415 - comes with scikit-learn

    single: AbstractContextManager[Any] = threadpool_limits(limits=1, user_api="openmp")
    return single


def bound_history(guardrails: Guardrails, forecast: "HistoryForecast", features: FloatArray) -> BoundedSpend:
    """Forecasts of whole histories within the guardrails of the card, as every answer is; ``features`` (n, 6)."""
    return guardrails.bound_spend(forecast.spend, forecast.probability, guardrails.bound_features(features))


def shown(scores: Columns) -> Columns:
    """Scores as they are written: money with two decimals, probability with four."""
    decimals = {"spend": 2, "low": 2, "high": 2, "probability": 4}
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
        return HistoryScorer(load_history_model(model_dir, artifact.card), artifact.card, with_reasons)
    return SummaryScorer(Predictor(artifact), with_reasons)


def _worded(reasons: Any) -> str:  # Any: a tuple of ``Reason``
    largest = sorted(reasons, key=lambda reason: -abs(reason.amount))[:REASONS_SHOWN]
    return "; ".join(f"{reason.feature} {reason.amount:+.2f}" for reason in largest)
