"""Fitting the intervals of spend if buying, from past forecasts."""

from collections.abc import Sequence

import numpy as np

from model.artifact.history_artifact import RECORD_WINDOWS
from model.estimators.intervals import SpendIntervals, fit_intervals
from training.models.history import PastForecast


def learn_intervals(record: Sequence[PastForecast]) -> SpendIntervals | None:
    """Spend if buying, from the newest past forecasts."""
    if not record:
        return None
    newest = [each.total for each in record[-RECORD_WINDOWS:]]
    return fit_intervals(*(np.concatenate(columns) for columns in zip(*newest, strict=True)))
