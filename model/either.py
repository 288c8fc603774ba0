"""What a formula needs, for one customer and for many: the same names for numbers as for arrays of them.

A numpy call takes a microsecond however small the array, and a formula of twenty calls is most of the price of
one answer; written over ``Either`` it costs a tenth for a single number, and stands in one place.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Either:
    """Functions of numbers, or of arrays element by element; each takes and gives float, or arrays of them."""

    log: Any
    log1p: Any
    exp: Any
    minimum: Any
    maximum: Any
    where: Any
    interp: Any


def _where(condition: bool, chosen: float, other: float) -> float:
    return chosen if condition else other


def _interp(x: float, knots: Sequence[float], values: Sequence[float]) -> float:
    """As ``np.interp``, to the last bit."""
    if x >= knots[-1]:
        return values[-1]
    after = bisect_right(knots, x)
    if after == 0:
        return values[0]
    slope = (values[after] - values[after - 1]) / (knots[after] - knots[after - 1])
    return slope * (x - knots[after - 1]) + values[after - 1]


# ``maximum(0.0, nan)`` is 0.0 in both.
NUMBERS = Either(math.log, math.log1p, math.exp, min, max, _where, _interp)
ARRAYS = Either(np.log, np.log1p, np.exp, np.minimum, np.fmax, np.where, np.interp)
