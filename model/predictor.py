"""From six features to spend, probability and segment, coherent with each other."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from model import notes
from model.artifact import Artifact
from model.card import ModelCard
from model.errors import InvalidFeature
from model.features import FEATURE_NAMES
from model.guardrails import BoundedNumber, BoundedSpend
from model.inputs import predict_quietly
from model.reasons import Reasons
from model.segments import Segment, SegmentChange, decide_segment

FloatArray = npt.NDArray[np.float64]

TOTAL_SPEND, AVG_SPEND, NUM_TRANSACTIONS, TOTAL_UNITS, UNIQUE_PRODUCTS, RECENCY_DAYS = range(6)
AVG_SPEND_TOLERANCE = 0.02
WHOLE_NUMBERS = (NUM_TRANSACTIONS, UNIQUE_PRODUCTS, RECENCY_DAYS)


class More(Protocol):
    """What a prediction came from, for those who ask more about it."""

    def interval_80(self) -> tuple[float, float] | None:
        """Lowest and highest spend that hold for four customers in five."""

    def reasons(self) -> Reasons | None:
        """The parts of the forecast."""


class Prediction(NamedTuple):
    """What the service knows about one customer before any word is written.

    ``features`` are the values that were used, in the order of ``FEATURES``; money in
    the currency of the training data with two decimals, probability with four. Interval
    and reasons are None where the card has nothing to make them from.
    """

    future_spend_30d: float
    purchase_probability_30d: float
    segment: Segment
    segment_reason: str
    segment_changes: tuple[SegmentChange, ...]
    features: tuple[float, ...]
    warnings: tuple[str, ...]
    origin: "More | None" = None

    @property
    def interval_80(self) -> tuple[float, float] | None:
        """Lowest and highest spend that hold for four customers in five; worked out when asked for."""
        return None if self.origin is None else self.origin.interval_80()

    @property
    def reasons(self) -> Reasons | None:
        """What made the forecast; worked out when asked for."""
        return None if self.origin is None else self.origin.reasons()


@dataclass(frozen=True)
class Forecast:
    """Spend and probability of many customers; arrays of shape (n_customers,)."""

    spend: FloatArray
    probability: FloatArray
    bounded: BoundedSpend
    faded: FloatArray


class Predictor:
    """A loaded artifact, ready to answer."""

    def __init__(self, artifact: Artifact) -> None:
        self.artifact = artifact
        self.card = artifact.card

    def forecast(self, features: FloatArray) -> Forecast:
        """Spend and purchase probability for features of shape (n_customers, 6), finite and not negative."""
        bounded_features = self.card.guardrails.bound_features(features)
        raw_spend = predict_quietly(self.artifact.pipeline, self.artifact.inputs(bounded_features))
        orders = features[:, NUM_TRANSACTIONS]
        probability = self.card.probability(features[:, RECENCY_DAYS], orders)
        # Training knows active customers only: beyond its longest recency, spend falls as the probability does.
        seen_recency = bounded_features[:, RECENCY_DAYS]
        if (seen_recency < features[:, RECENCY_DAYS]).any():
            faded = raw_spend * (probability / self.card.probability(seen_recency, orders))
        else:
            faded = raw_spend
        bounded = self.card.guardrails.bound_spend(faded, probability, bounded_features)
        return Forecast(spend=bounded.spend, probability=probability, bounded=bounded, faded=faded)

    def interval_80(self, forecast: Forecast) -> tuple[FloatArray, FloatArray] | None:
        """Lowest and highest spend that hold for four customers in five; None where the card has no intervals."""
        if self.card.intervals is None:
            return None
        return self.card.intervals.interval(forecast.spend, forecast.probability, coverage=0.8)

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
        used, remarks = reconcile(features)
        origin = self._forecast_one(used)
        decision = decide_segment(used, self.card.segments)
        return Prediction(
            future_spend_30d=round(origin.bounded.spend, 2),
            purchase_probability_30d=round(origin.probability, 4),
            segment=decision.segment,
            segment_reason=decision.reason,
            segment_changes=decision.changes,
            features=tuple(used),
            warnings=(*remarks, *self._limit_notes(used, origin.seen), *bound_notes(origin.bounded)),
            origin=origin,
        )

    def _forecast_one(self, features: Sequence[float]) -> "Origin":
        """``forecast`` for one customer, in a fraction of the time."""
        card = self.card
        seen = card.guardrails.bound_one_customer(features)
        faded = self.artifact.inputs.predict_one(self.artifact.pipeline, seen)
        orders = features[NUM_TRANSACTIONS]
        probability = card.probability.of_one(features[RECENCY_DAYS], orders)
        if seen[RECENCY_DAYS] < features[RECENCY_DAYS]:
            faded *= probability / card.probability.of_one(seen[RECENCY_DAYS], orders)
        bounded = card.guardrails.bound_one_spend(faded, probability, seen)
        return Origin(card, seen, faded, probability, bounded)

    def _limit_notes(self, used: Sequence[float], seen: Sequence[float]) -> list[str]:
        if used == seen:
            return []
        limits = self.card.guardrails.feature_limits
        return [
            notes.beyond_training(position, value, limits[name])
            for position, (name, value) in enumerate(zip(FEATURE_NAMES, used, strict=True))
            if value > limits.get(name, np.inf)
        ]


class Origin(NamedTuple):
    """The steps of one prediction, for those who ask more about it.

    ``seen`` are the six features as the pipeline saw them, ``faded`` is what is left of its answer for a
    customer who is gone for longer than any in training, ``bounded`` the forecast within its guardrails.
    """

    card: ModelCard
    seen: Sequence[float]
    faded: float
    probability: float
    bounded: BoundedNumber

    def interval_80(self) -> tuple[float, float] | None:
        """See ``Predictor.interval_80``; money with two decimals."""
        if self.card.intervals is None:
            return None
        low, high = self.card.intervals.interval_of_one(self.bounded.spend, self.probability, coverage=0.8)
        return round(low, 2), round(high, 2)

    def reasons(self) -> Reasons | None:
        """The parts of the forecast; None where the card has no linear parts."""
        if self.card.linear is None:
            return None
        return self.card.linear.explain(self.seen, faded=self.faded, forecast=self.bounded.spend)


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


def reconcile(features: Sequence[float]) -> tuple[list[float], list[str]]:
    """The features with ``avg_spend`` made to agree with spend and orders, and a note for whatever looks odd."""
    used, remarks = [float(value) for value in features], []
    if used[NUM_TRANSACTIONS] > 0:
        expected = used[TOTAL_SPEND] / used[NUM_TRANSACTIONS]
        if abs(used[AVG_SPEND] - expected) > AVG_SPEND_TOLERANCE * expected:
            remarks.append(notes.disagreeing_average(used[AVG_SPEND], expected))
            used[AVG_SPEND] = expected
    remarks.extend(
        notes.fraction(position, used[position]) for position in WHOLE_NUMBERS if not used[position].is_integer()
    )
    return used, remarks


def bound_notes(bounded: BoundedNumber) -> list[str]:
    """A note where a forecast had to move."""
    if bounded.raised:
        return [notes.raised(bounded.floor)]
    if bounded.lowered:
        return [notes.lowered(bounded.ceiling)]
    return []
