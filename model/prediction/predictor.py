"""From six features to spend, probability and segment, coherent with each other: for one customer and for many."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Self

import numpy as np

from model.arrays import CodeArray, FloatArray
from model.artifact.card import ModelCard
from model.artifact.history_artifact import HistoryArtifact
from model.artifact.store import Artifact
from model.errors import InvalidFeature
from model.estimators.attributions import Reasons
from model.estimators.guardrails import BoundedSpend
from model.estimators.intervals import SpendIfPurchase
from model.features.definitions import FEATURE_NAMES
from model.prediction import warnings
from model.segments import (
    SEGMENTS,
    Segment,
    SegmentChange,
    SegmentThresholds,
    decide_segment,
    segment_codes,
    segment_reasons,
)

TOTAL_SPEND, AVG_SPEND, NUM_TRANSACTIONS, TOTAL_UNITS, UNIQUE_PRODUCTS, RECENCY_DAYS = range(6)
AVG_SPEND_TOLERANCE = 0.02
WHOLE_NUMBERS = NUM_TRANSACTIONS, UNIQUE_PRODUCTS, RECENCY_DAYS
# Beyond this, and this close to half a unit of the last decimal, numpy rounds otherwise than Python.
ROUNDED_ALIKE_BELOW = 1e9
NEARLY_HALF = 1e-6


class Prediction(NamedTuple):
    """What the service knows about one customer before any word is written.

    ``features`` are the values that were used, in the order of ``FEATURES``; money in
    the currency of the training data with two decimals, probability with four. Spend if
    there is a purchase and reasons are None where the card has nothing to make them from. The segment was decided
    by ``thresholds``.
    """

    future_spend_30d: float
    purchase_probability_30d: float
    segment: Segment
    segment_reason: str
    segment_changes: tuple[SegmentChange, ...]
    features: tuple[float, ...]
    warnings: tuple[str, ...]
    spend_if_purchase: SpendIfPurchase[float] | None = None
    reasons: Reasons | None = None
    thresholds: SegmentThresholds = SegmentThresholds()

    @classmethod
    def of(
        cls,
        card: ModelCard | HistoryArtifact,
        features: tuple[float, ...],
        spend: FloatArray,
        probability: FloatArray,
        remarks: Iterable[str],
        reasons: Reasons | None,
    ) -> Self:
        """What follows from a forecast of one customer; spend and probability are arrays of shape (1,)."""
        expected = round(spend.item(), 2)
        decision = decide_segment(features, expected, card.segments)
        told = None if card.intervals is None else card.intervals.of(spend, probability)
        return cls(
            expected,
            round(probability.item(), 4),
            decision.segment,
            decision.reason,
            decision.changes,
            features,
            tuple(remarks),
            told and SpendIfPurchase(*(round(each.item(), 2) for each in told)),
            reasons,
            card.segments,
        )


class Forecast(NamedTuple):
    """Spend and probability of many customers; arrays of shape (n_customers,).

    ``seen``, of shape (n_customers, 6), are the features within the limits of training, ``faded`` is what is left of
    the regressor's answer for a customer who is gone for longer than any in training, ``bounded`` the forecast within
    its guardrails.
    """

    seen: FloatArray
    probability: FloatArray
    faded: FloatArray
    bounded: BoundedSpend

    @property
    def spend(self) -> FloatArray:
        """What is answered."""
        return self.bounded.spend


class Predictor:
    """A loaded artifact, ready to answer."""

    def __init__(self, artifact: Artifact) -> None:
        self.artifact = artifact
        self.card = artifact.card

    def forecast(self, features: FloatArray) -> Forecast:
        """Spend and purchase probability for features of shape (n_customers, 6), finite and not negative."""
        seen = self.card.guardrails.bound_features(features)
        faded = self.artifact.regressor.predict(seen)
        orders, recency, seen_recency = features[:, NUM_TRANSACTIONS], features[:, RECENCY_DAYS], seen[:, RECENCY_DAYS]
        probability = self.card.probability(recency, orders)
        # Training knows active customers only: beyond its longest recency, spend falls as the probability does.
        if (seen_recency < recency).any():
            faded = faded * (probability / self.card.probability(seen_recency, orders))
        return Forecast(seen, probability, faded, self.card.guardrails.bound_spend(faded, probability, seen))

    def predict(self, features: Sequence[float]) -> Prediction:
        """Answer for one customer.

        Parameters
        ----------
        features : sequence of 6 floats
            In the order of ``FEATURES``; finite and not negative.

        Raises
        ------
        InvalidFeature
            If a value is negative, infinite or not a number.
        """
        check_features(features)
        return self.predict_many(np.array([features], dtype=np.float64)).one(0)

    def predict_many(self, features: FloatArray) -> "Predictions":
        """Answer for many customers.

        Parameters
        ----------
        features : array of shape (n_customers, 6)
            In the order of ``FEATURES``; finite and not negative. Left unchanged.
        """
        used = features + 0.0  # of -0 it makes 0
        orders, average = used[:, NUM_TRANSACTIONS], used[:, AVG_SPEND]
        with np.errstate(over="ignore"):
            expected = np.divide(used[:, TOTAL_SPEND], orders, out=average.copy(), where=orders > 0)
        np.copyto(average, expected, where=np.abs(average - expected) > AVG_SPEND_TOLERANCE * expected)
        return Predictions(self.card, given=features, features=used, forecast=self.forecast(used))


@dataclass(frozen=True)
class Predictions:
    """What the service knows about many customers; one entry per customer in every column, in the order asked.

    ``given`` and ``features``, of shape (n_customers, 6), are the values as they came and as they were used.
    Columns are made when first asked for.
    """

    card: ModelCard
    given: FloatArray
    features: FloatArray
    forecast: Forecast

    def __len__(self) -> int:
        return len(self.given)

    def one(self, row: int) -> Prediction:
        """All that is known of one customer."""
        used, spend, probability = self.features[row].tolist(), self.forecast.spend, self.forecast.probability
        remarks = feature_warnings(self.given[row].tolist(), used, self.forecast.seen[row].tolist())
        remarks += bound_warnings(self.forecast.bounded, row)
        only = slice(row, row + 1)
        return Prediction.of(self.card, tuple(used), spend[only], probability[only], remarks, self.reasons[row])

    @cached_property
    def future_spend_30d(self) -> FloatArray:
        """Money with two decimals."""
        return rounded(self.forecast.spend, 2)

    @cached_property
    def purchase_probability_30d(self) -> FloatArray:
        """Probability with four decimals."""
        return rounded(self.forecast.probability, 4)

    @cached_property
    def spend_if_purchase(self) -> SpendIfPurchase[FloatArray] | None:
        """Spend if there is a purchase, with two decimals; None where the card has no intervals."""
        if self.card.intervals is None:
            return None
        told = self.card.intervals.of(self.forecast.spend, self.forecast.probability)
        return SpendIfPurchase(*(rounded(each, 2) for each in told))

    @cached_property
    def reasons(self) -> Sequence[Reasons | None]:
        """What made each forecast; None where the card has no linear parts."""
        linear = self.card.linear
        if linear is None:
            return [None] * len(self)
        seen = self.forecast.seen.tolist()
        faded, spend = self.forecast.faded.tolist(), self.forecast.spend.tolist()
        return [
            linear.explain(features, faded=before, forecast=after)
            for features, before, after in zip(seen, faded, spend, strict=True)
        ]

    @cached_property
    def segment_codes(self) -> CodeArray:
        """The segment of each customer, as a position in ``SEGMENTS``."""
        numbers = dict(zip(FEATURE_NAMES, self.features.T, strict=True))
        return segment_codes(numbers, self.future_spend_30d, self.card.segments)

    @cached_property
    def segments(self) -> list[Segment]:
        """The segment of each customer."""
        return [SEGMENTS[code] for code in self.segment_codes.tolist()]

    @cached_property
    def segment_reasons(self) -> list[str]:
        """The comparison of numbers that decided each segment."""
        return segment_reasons(self.features, self.future_spend_30d, self.card.segments)

    @cached_property
    def warnings(self) -> list[list[str]]:
        """What was odd about the numbers of each customer."""
        bounded, seen, whole = self.forecast.bounded, self.forecast.seen, self.given[:, WHOLE_NUMBERS]
        is_odd = ((self.given != self.features) | (seen != self.features)).any(axis=1)
        is_odd |= (whole != np.rint(whole)).any(axis=1)
        rows = zip(is_odd.tolist(), self.given.tolist(), self.features.tolist(), seen.tolist(), strict=True)
        found = [feature_warnings(*numbers) if odd else [] for odd, *numbers in rows]
        for row in (bounded.raised | bounded.lowered).nonzero()[0].tolist():
            found[row] += bound_warnings(bounded, row)
        return found


def feature_warnings(given: Sequence[float], used: Sequence[float], seen: Sequence[float]) -> list[str]:
    """What was odd about six numbers: as they came, as they were used, and within the limits of training."""
    found = []
    if given[AVG_SPEND] != used[AVG_SPEND]:
        found.append(warnings.disagreeing_average(given[AVG_SPEND], used[AVG_SPEND]))
    for place in WHOLE_NUMBERS:
        if not given[place].is_integer():
            found.append(warnings.fraction(place, given[place]))
    for place, (value, limit) in enumerate(zip(used, seen, strict=True)):
        if limit < value:
            found.append(warnings.beyond_training(place, value, limit))
    return found


def bound_warnings(bounded: BoundedSpend, row: int) -> list[str]:
    """What a customer is told whose forecast had to move."""
    if bounded.raised[row]:
        return [warnings.raised(bounded.floor.item(row))]
    return [warnings.lowered(bounded.ceiling.item(row))] if bounded.lowered[row] else []


def check_features(features: Sequence[float]) -> None:
    """Refuse what cannot be true of any customer."""
    if min(features) >= 0 and all(map(math.isfinite, features)):
        return
    for position, (name, value) in enumerate(zip(FEATURE_NAMES, features, strict=True)):
        if not math.isfinite(value):
            raise InvalidFeature(position=position, name=name, value=value, rule="a feature must be a finite number")
        if value < 0:
            rule = "days cannot be negative" if name == "recency_days" else "spend and counts cannot be negative"
            raise InvalidFeature(position=position, name=name, value=value, rule=rule)


def rounded(values: FloatArray, decimals: int) -> FloatArray:
    """Values (n,), finite and not negative, as Python's ``round`` rounds them, in a fraction of its time."""
    with np.errstate(over="ignore", invalid="ignore"):  # what is too large to scale is rounded by Python
        scaled = values * 10.0**decimals
        alike = (values < ROUNDED_ALIKE_BELOW) & (np.abs(scaled - np.floor(scaled) - 0.5) > NEARLY_HALF)
        result = np.round(values, decimals)
    for row in np.flatnonzero(~alike).tolist():
        result[row] = round(float(values[row]), decimals)
    return result
