"""Forecasts for batches of customers, column by column: the same numbers as the service gives one by one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from model.arrays import FloatArray
from model.artifact.card import HORIZON_DAYS, ModelCard
from model.artifact.history_artifact import WRITTEN, HistoryArtifact, PastTotal, load_history
from model.artifact.store import load_artifact
from model.engines.connection import literal
from model.estimators.attributions import Reason, Reasons
from model.estimators.intervals import HIGH, IF_PURCHASE, LOW
from model.features.definitions import FEATURE_NAMES
from model.orders.cleaning import CleaningReport
from model.prediction import warnings
from model.prediction.predictor import Predictor, rounded

Columns = dict[str, npt.NDArray[Any]]  # Any: numbers, and texts where reasons are asked for

REASONS_SHOWN = 3


@dataclass(frozen=True)
class SummaryScorer:
    """The six-number model that the service answers with; needs no scikit-learn where the card holds its numbers."""

    name = "summary"
    features = FEATURE_NAMES
    track_record: ClassVar[Sequence[PastTotal]] = ()  # is not kept for six numbers

    predictor: Predictor
    with_reasons: bool = False

    @property
    def card(self) -> ModelCard:
        """What gives its numbers their meaning."""
        return self.predictor.card

    def at(self, as_of: datetime, orders: CleaningReport) -> Self:  # noqa: ARG002 - see ``HistoryScorer``
        """The same: six numbers are answered alike at any moment."""
        return self

    def warnings(self, as_of: datetime, orders: CleaningReport, *, customers: int, quiet: int) -> list[str]:  # noqa: ARG002
        """See ``HistoryScorer``; it learned from active customers alone, at the level of one month."""
        found, known_until = [], self.card.known_until
        if quiet:
            found.append(warnings.not_active_of_many(quiet, customers, self.card.active_days))
        if known_until is not None and as_of.date() < known_until:
            found.append(warnings.trained_later(known_until, as_of))
        elif known_until is not None and as_of.date() - known_until >= timedelta(days=HORIZON_DAYS):
            found.append(warnings.trained_long_before(known_until, as_of))
        return found

    def score(self, batch: Mapping[str, FloatArray]) -> Columns:
        """See ``HistoryScorer``."""
        predictions = self.predictor.predict_many(np.column_stack([batch[name] for name in FEATURE_NAMES]))
        told = predictions.reasons if self.with_reasons and self.card.linear is not None else None
        return _scores(self.card, predictions.forecast.spend, predictions.forecast.probability, told)


@dataclass(frozen=True)
class HistoryScorer:
    """A history artifact, loaded or fitted in place."""

    card: HistoryArtifact
    with_reasons: bool = False

    @property
    def name(self) -> str:
        """What answers call it."""
        return self.card.name

    @property
    def features(self) -> tuple[str, ...]:
        """The columns of ``build_snapshots`` that it wants."""
        return self.card.needs

    @property
    def track_record(self) -> Sequence[PastTotal]:
        """Past windows of the shop as they would have been forecast; empty where none tells."""
        return self.card.track_record

    def at(self, as_of: datetime, orders: CleaningReport) -> Self:
        """The same for the horizon from ``as_of`` on, of the shop with these orders."""
        return replace(self, card=self.card.at(as_of, orders))

    def warnings(self, as_of: datetime, orders: CleaningReport, *, customers: int, quiet: int) -> list[str]:  # noqa: ARG002
        """What to know of a list at ``as_of``, with so many customers of whom some have not bought lately."""
        return list(warnings.of_shop(self.card, as_of, orders))

    def score(self, batch: Mapping[str, FloatArray]) -> Columns:
        """Scores from features by name, arrays of shape (n_customers,).

        Gives ``spend``, ``probability``, ``IF_PURCHASE`` where the model has intervals, and ``reasons`` where they
        were asked for.
        """
        answers = self.card.answer(batch)
        rows = ({name: values[row : row + 1] for name, values in batch.items()} for row in range(len(answers.spend)))
        told = list(map(self.card.model.explain, rows)) if self.with_reasons else None
        return _scores(self.card, answers.spend, answers.probability, told)


Scorer = SummaryScorer | HistoryScorer


def _scores(
    card: ModelCard | HistoryArtifact,
    spend: FloatArray,
    probability: FloatArray,
    reasons: Sequence[Reasons | None] | None,
) -> Columns:
    scores: Columns = {"spend": spend, "probability": probability}
    if card.intervals is not None:
        scores |= dict(zip(IF_PURCHASE, card.intervals.of(spend, probability), strict=True))
    if reasons is not None:
        scores["reasons"] = np.array([each and _worded(each.reasons) for each in reasons], dtype=object)
    return scores


def shown(scores: Columns) -> Columns:
    """Scores as they are written: under the names of ``WRITTEN``, money with two decimals, probability with four."""
    return {
        WRITTEN.get(name, name): values if name == "reasons" else rounded(values, 4 if name == "probability" else 2)
        for name, values in scores.items()
    }


def ranked_query(columns: Collection[str], source: str, *, as_of: datetime, model_version: str) -> str:
    """The forecasts of ``source`` as a file shows them, those of ``columns`` that it has, the highest spend first.

    Equal forecasts stand in the order of customer ids, so the same orders give the same file.
    """
    told = [name for name in (LOW, HIGH, "reasons") if name in columns]
    return (
        f"SELECT row_number() OVER (ORDER BY {WRITTEN['spend']} DESC, customer_id) AS rank, customer_id, "
        f"{', '.join((*WRITTEN.values(), 'customer_segment', 'is_active', *told))}, "
        f"CAST('{as_of:%Y-%m-%d}' AS DATE) AS as_of, {literal(model_version)} AS model_version FROM {source}"
    )


def load_scorer(
    model_dir: Path, name: str | None, *, with_reasons: bool = False, allow_unverified: bool = False
) -> Scorer:
    """The model "summary" or "history" of a folder; without a name "history" where the card has one.

    Raises ArtifactError if it is missing, broken or not what its card says.
    """
    artifact = load_artifact(model_dir, allow_unverified=allow_unverified, horizon_days=HORIZON_DAYS)
    if name is None:
        name = "summary" if artifact.card.history is None else "history"
    if name == "history":
        return HistoryScorer(load_history(model_dir, artifact.card), with_reasons)
    return SummaryScorer(Predictor(artifact), with_reasons)


def _worded(reasons: Sequence[Reason]) -> str:
    largest = sorted(reasons, key=lambda reason: -abs(reason.amount))[:REASONS_SHOWN]
    return "; ".join(f"{reason.feature} {reason.amount:+.2f}" for reason in largest)
