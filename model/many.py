"""Predictions of many customers at once: column by column the same as ``Predictor.predict`` row by row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from model import notes
from model.features import FEATURE_NAMES
from model.predictor import (
    AVG_SPEND,
    AVG_SPEND_TOLERANCE,
    NUM_TRANSACTIONS,
    TOTAL_SPEND,
    WHOLE_NUMBERS,
    Forecast,
    Predictor,
)
from model.reasons import Reasons
from model.segments import SEGMENTS, Segment, segment_codes, segment_reasons

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

# Beyond this, and this close to half a unit of the last decimal, numpy rounds otherwise than Python.
ROUNDED_ALIKE_BELOW = 1e9
NEARLY_HALF = 1e-6


@dataclass(frozen=True)
class Predictions:
    """What the service knows about many customers; one entry per customer in every column, in the order asked.

    ``given`` and ``features``, of shape (n_customers, 6), are the values as they came and as they were used.
    Columns are made when first asked for.
    """

    predictor: Predictor
    given: FloatArray
    features: FloatArray
    forecast: Forecast

    def __len__(self) -> int:
        return len(self.given)

    @cached_property
    def future_spend_30d(self) -> FloatArray:
        """Money with two decimals."""
        return rounded(self.forecast.spend, 2)

    @cached_property
    def purchase_probability_30d(self) -> FloatArray:
        """Probability with four decimals."""
        return rounded(self.forecast.probability, 4)

    @cached_property
    def intervals_80(self) -> Sequence[tuple[float, float] | None]:
        """Lowest and highest spend, with two decimals; None where the card has no intervals."""
        interval = self.predictor.interval_80(self.forecast)
        if interval is None:
            return [None] * len(self)
        low, high = (rounded(bound, 2).tolist() for bound in interval)
        return list(zip(low, high, strict=True))

    @cached_property
    def reasons(self) -> Sequence[Reasons | None]:
        """What made each forecast; None where the card has no linear parts."""
        linear = self.predictor.card.linear
        if linear is None:
            return [None] * len(self)
        seen = self.predictor.card.guardrails.bound_features(self.features).tolist()
        faded, spend = self.forecast.faded.tolist(), self.forecast.spend.tolist()
        return [
            linear.explain(features, faded=before, forecast=after)
            for features, before, after in zip(seen, faded, spend, strict=True)
        ]

    @cached_property
    def segment_codes(self) -> npt.NDArray[np.int8]:
        """The segment of each customer, as a position in ``SEGMENTS``."""
        return segment_codes(self.features, self.predictor.card.segments)

    @cached_property
    def segments(self) -> list[Segment]:
        """The segment of each customer."""
        return [SEGMENTS[code] for code in self.segment_codes.tolist()]

    @cached_property
    def segment_reasons(self) -> list[str]:
        """The comparison of numbers that decided each segment."""
        return segment_reasons(self.features, self.predictor.card.segments)

    @cached_property
    def warnings(self) -> list[list[str]]:
        """What was odd about the numbers of each customer, in the order of ``Prediction.warnings``."""
        remarks: list[list[str]] = [[] for _ in range(len(self))]
        given, used, bounded = self.given, self.features, self.forecast.bounded
        expected = _expected_average(given)
        for row, average, better in _concerned(_disagrees(given), given[:, AVG_SPEND], expected):
            remarks[row].append(notes.disagreeing_average(average, better))
        for position in WHOLE_NUMBERS:
            for row, value in _concerned(given[:, position] != np.rint(given[:, position]), given[:, position]):
                remarks[row].append(notes.fraction(position, value))
        limits = self.predictor.card.guardrails.feature_limits
        for position, name in enumerate(FEATURE_NAMES):
            limit = limits.get(name, np.inf)
            for row, value in _concerned(used[:, position] > limit, used[:, position]):
                remarks[row].append(notes.beyond_training(position, value, limit))
        for row, floor in _concerned(bounded.raised, bounded.floor):
            remarks[row].append(notes.raised(floor))
        for row, ceiling in _concerned(bounded.lowered & ~bounded.raised, bounded.ceiling):
            remarks[row].append(notes.lowered(ceiling))
        return remarks


def predict_many(predictor: Predictor, features: FloatArray) -> Predictions:
    """Answer for many customers.

    Parameters
    ----------
    predictor : Predictor
        A loaded artifact.
    features : array of shape (n_customers, 6)
        In the order of ``FEATURES``; finite and not negative. Left unchanged.
    """
    used = features.copy()
    disagrees = _disagrees(features)
    used[disagrees, AVG_SPEND] = _expected_average(features)[disagrees]
    return Predictions(predictor, given=features, features=used, forecast=predictor.forecast(used))


def _expected_average(features: FloatArray) -> FloatArray:
    """``total_spend / num_transactions``; without an order, the average as it came."""
    orders, given = features[:, NUM_TRANSACTIONS], features[:, AVG_SPEND]
    with np.errstate(over="ignore"):
        return np.divide(features[:, TOTAL_SPEND], orders, out=given.copy(), where=orders > 0)


def _disagrees(features: FloatArray) -> BoolArray:
    """Whose ``avg_spend`` is replaced, see ``reconcile``."""
    expected = _expected_average(features)
    return np.asarray(np.abs(features[:, AVG_SPEND] - expected) > AVG_SPEND_TOLERANCE * expected)


def _concerned(is_concerned: BoolArray, *columns: FloatArray) -> Iterator[tuple[Any, ...]]:  # Any: a row, and numbers
    """The rows of those concerned, each with its values of the columns."""
    rows = np.flatnonzero(is_concerned)
    return zip(rows.tolist(), *(column[rows].tolist() for column in columns), strict=True)


def rounded(values: FloatArray, decimals: int) -> FloatArray:
    """Values (n,), finite and not negative, as Python's ``round`` rounds them, in a fraction of its time."""
    scaled = values * 10.0**decimals
    alike = (values < ROUNDED_ALIKE_BELOW) & (np.abs(scaled - np.floor(scaled) - 0.5) > NEARLY_HALF)
    result = np.round(values, decimals)
    for row in np.flatnonzero(~alike).tolist():
        result[row] = round(float(values[row]), decimals)
    return result
