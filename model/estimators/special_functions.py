"""Odds and probabilities in numpy alone: importing scipy takes longer than many forecasts."""

import numpy as np
from numpy.typing import ArrayLike

from model.arrays import FloatArray

LEAST_PROBABILITY = 1e-4  # no forecast is certain, and logarithms must stay finite


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
