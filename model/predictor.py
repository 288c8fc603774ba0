"""From six features to spend, probability and segment, coherent with each other."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.artifact import Artifact
from model.errors import InvalidFeature
from model.features import FEATURE_NAMES
from model.guardrails import BoundedSpend
from model.inputs import predict_quietly
from model.segments import Segment, decide_segment

FloatArray = npt.NDArray[np.float64]

TOTAL_SPEND, AVG_SPEND, NUM_TRANSACTIONS, TOTAL_UNITS, UNIQUE_PRODUCTS, RECENCY_DAYS = range(6)
AVG_SPEND_TOLERANCE = 0.02


@dataclass(frozen=True)
class Prediction:
    """What the service knows about one customer before any word is written.

    ``features`` are the values that were used, in the order of ``FEATURES``; money in
    the currency of the training data with two decimals, probability with four.
    """

    future_spend_30d: float
    purchase_probability_30d: float
    segment: Segment
    segment_reason: str
    features: tuple[float, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Forecast:
    """Spend and probability of many customers; arrays of shape (n_customers,)."""

    spend: FloatArray
    probability: FloatArray
    bounded: BoundedSpend


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
        fading = probability / self.card.probability(bounded_features[:, RECENCY_DAYS], orders)
        bounded = self.card.guardrails.bound_spend(raw_spend * fading, probability, bounded_features)
        return Forecast(spend=bounded.spend, probability=probability, bounded=bounded)

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
        used, notes = reconcile(features)
        row = np.asarray([used], dtype=np.float64)
        forecast = self.forecast(row)
        decision = decide_segment(used, self.card.segments)
        return Prediction(
            future_spend_30d=round(float(forecast.spend[0]), 2),
            purchase_probability_30d=round(float(forecast.probability[0]), 4),
            segment=decision.segment,
            segment_reason=decision.reason,
            features=tuple(used),
            warnings=(*notes, *self._limit_notes(used), *_bound_notes(forecast.bounded)),
        )

    def _limit_notes(self, used: Sequence[float]) -> list[str]:
        limits = self.card.guardrails.feature_limits
        return [
            _lapsed_note(value, limits[name])
            if name == "recency_days"
            else f"{name} {value:g} is beyond anything seen in training; the forecast uses {limits[name]:g}"
            for name, value in zip(FEATURE_NAMES, used, strict=True)
            if value > limits.get(name, np.inf)
        ]


def check_features(features: Sequence[float]) -> None:
    """Refuse what cannot be true of any customer."""
    for position, (name, value) in enumerate(zip(FEATURE_NAMES, features, strict=True)):
        if not np.isfinite(value):
            raise InvalidFeature(position=position, name=name, value=value, rule="a feature must be a finite number")
        if value < 0:
            rule = "days cannot be negative" if name == "recency_days" else "spend and counts cannot be negative"
            raise InvalidFeature(position=position, name=name, value=value, rule=rule)


def reconcile(features: Sequence[float]) -> tuple[list[float], list[str]]:
    """The features with ``avg_spend`` made to agree with spend and orders, and a note for whatever looks odd."""
    used, notes = [float(value) for value in features], []
    if used[NUM_TRANSACTIONS] > 0:
        expected = used[TOTAL_SPEND] / used[NUM_TRANSACTIONS]
        if abs(used[AVG_SPEND] - expected) > AVG_SPEND_TOLERANCE * expected:
            notes.append(
                f"avg_spend {used[AVG_SPEND]:.2f} does not agree with total_spend / num_transactions; "
                f"{expected:.2f} was used"
            )
            used[AVG_SPEND] = expected
    for position in (NUM_TRANSACTIONS, UNIQUE_PRODUCTS, RECENCY_DAYS):
        if used[position] != round(used[position]):
            notes.append(f"{FEATURE_NAMES[position]} {used[position]:g} is not a whole number")
    return used, notes


def _lapsed_note(recency_days: float, limit: float) -> str:
    return (
        f"recency_days {recency_days:g} is beyond the {limit:g} days of training; "
        "the forecast falls with the purchase probability"
    )


def _bound_notes(bounded: BoundedSpend) -> list[str]:
    if bounded.raised[0]:
        return [
            f"the forecast was raised to {bounded.floor[0]:.2f}, the least that probability and average order allow"
        ]
    if bounded.lowered[0]:
        return [
            f"the forecast was lowered to {bounded.ceiling[0]:.2f}, the most that probability and own history allow"
        ]
    return []
