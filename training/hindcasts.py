"""Hindcasts: what a model would have forecast for each past window, fitted on the windows before it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from model.history_model import HURDLE_FEATURES, RawForecast, raw_bgnbd, raw_hurdle
from model.hurdle import Hurdle
from training.panel import Panel
from training.splits import Window

FloatArray = npt.NDArray[np.float64]

# Below these a hurdle would learn single customers, or one season, by heart.
LEAST_BUYERS = 50
LEAST_WINDOWS = 4


@dataclass(frozen=True, eq=False)
class Hindcast:
    """One past window: two raw forecasts that had not seen it, what happened, and the cap in force before it.

    All of active customers, but for ``hurdle_of_known``, which is of every known one. The hurdles are None where too
    few windows lay before.
    """

    hurdle: RawForecast | None
    hurdle_of_known: RawForecast | None
    bgnbd: RawForecast
    actual: FloatArray
    cap: float


def fit_hurdle(panel: Panel, as_of: datetime, *, seed: int) -> Hurdle | None:
    """A hurdle on the windows whose labels are complete at ``as_of``; None where they are too few."""
    rows = panel.learned_by(as_of)
    spend = rows["future_spend"].to_numpy()
    if len(panel.before(as_of)) < LEAST_WINDOWS or (spend > 0).sum() < LEAST_BUYERS or (spend > 0).all():
        return None
    # Histogram boosting on these few rows loses more to handing out work than several threads gain.
    with threadpool_limits(1):
        return Hurdle(seed=seed).fit(rows[list(HURDLE_FEATURES)].to_numpy(dtype=np.float64), spend)


def make_hindcasts(
    panel: Panel, windows: Sequence[Window], *, seed: int, n_jobs: int = 2
) -> Mapping[datetime, Hindcast]:
    """Hindcasts by cutoff, in order of time."""
    tasks = (delayed(_hindcast)(panel, window, seed) for window in windows)
    parallel = Parallel(n_jobs=n_jobs, return_as="generator")
    made = tqdm(parallel(tasks), total=len(windows), desc="hindcasts", delay=2, disable=None, leave=False)
    return {window.as_of: hindcast for window, hindcast in zip(windows, made, strict=True)}


def _hindcast(panel: Panel, window: Window, seed: int) -> Hindcast:
    hurdle = fit_hurdle(panel, window.as_of, seed=seed)
    rows = panel.at(window)
    return Hindcast(
        hurdle=None if hurdle is None else raw_hurdle(hurdle, rows),
        hurdle_of_known=None if hurdle is None else raw_hurdle(hurdle, panel.known_at(window)),
        bgnbd=raw_bgnbd(rows),
        actual=rows["future_spend"].to_numpy(),
        cap=panel.w99_cap(window.as_of),
    )
