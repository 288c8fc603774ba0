"""How much history is enough: the same windows forecast by models that learned from the newest few windows alone."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from model.artifact.history_artifact import BGNBD, HISTORY_MODEL
from training.evaluation.leaderboard import Metrics, measure
from training.models.history import backtest_rows, fit_at
from training.windows.panel import Panel
from training.windows.windows import Window

LEARNED_FROM = (4, 8, 12)


def learning_curve(panel: Panel, origins: Sequence[Window], *, w99_cap: float) -> dict[int, Metrics]:
    """The history model's measures on all known customers of ``origins``, by windows learned from.

    0 stands for BG/NBD + Gamma-Gamma, which learn from no window; features and these two know the whole history
    whatever the number. The last is that of all windows before the first origin.
    """
    most = len(panel.before(origins[0].as_of))
    counts = [0, *(count for count in LEARNED_FROM if count < most), most]
    return {count: _measured(panel, origins, count, w99_cap=w99_cap) for count in counts}


def _measured(panel: Panel, origins: Sequence[Window], count: int, *, w99_cap: float) -> Metrics:
    rows, start, name = [], None, HISTORY_MODEL if count else BGNBD
    for origin in origins:
        few = replace(panel, windows=(*panel.before(origin.as_of)[-max(count, 1) :], origin))
        known = panel.known_at(origin)
        fitted = fit_at(few, origin.as_of, known, start)
        start = fitted.models[BGNBD].btyd
        told = fitted.answer(name, known)
        rows.append(backtest_rows(name, origin, known, told.spend, told.probability))
    return measure(pd.concat(rows), w99_cap=w99_cap)
