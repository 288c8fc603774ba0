"""The special functions that forecasts need, in numpy alone: importing scipy takes longer than many forecasts."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

# Beyond this the series below needs thousands of terms.
SERIES_BELOW = 0.9
MOST_TERMS = 2000


def expit(log_odds: ArrayLike) -> FloatArray:
    """The probability of log odds; of the largest, 0 or 1 without a warning."""
    return np.asarray(np.exp(log_expit(log_odds)))


def log_expit(log_odds: ArrayLike) -> FloatArray:
    """The logarithm of the probability of log odds."""
    return np.asarray(-np.logaddexp(0.0, -np.asarray(log_odds, dtype=np.float64)))


def logit(probability: ArrayLike) -> FloatArray:
    """The log odds of a probability."""
    known = np.asarray(probability, dtype=np.float64)
    return np.asarray(np.log(known) - np.log1p(-known))


def hyp2f1(a: float, b: float, c: ArrayLike, z: ArrayLike) -> FloatArray:
    """Gauss's hypergeometric function for arrays ``c`` and 0 <= ``z`` < 1, of one shape.

    The sum of its series (Abramowitz and Stegun 1964, 15.1.1), until no term moves it any more; by scipy where
    a ``z`` is too close to 1 for that.
    """
    c, z = np.broadcast_arrays(np.asarray(c, dtype=np.float64), np.asarray(z, dtype=np.float64))
    if z.size and z.max() > SERIES_BELOW:
        from scipy.special import hyp2f1 as by_scipy  # noqa: PLC0415 - see the head of this file

        return np.asarray(by_scipy(a, b, c, z))
    term = total = np.ones(c.shape)
    for n in range(MOST_TERMS):
        term = term * ((a + n) * (b + n) / ((c + n) * (n + 1)) * z)
        total = total + term
        if np.all(np.abs(term) <= 1e-17 * np.abs(total)):
            break
    return total
