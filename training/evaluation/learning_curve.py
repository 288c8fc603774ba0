"""How much history is enough: the same windows forecast by models that learned from the newest few windows alone."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from model.artifact.history_artifact import BGNBD, HISTORY_MODEL
from training.evaluation.leaderboard import Metrics, rounded_metrics
from training.evaluation.metrics import probability_metrics, spend_metrics
from training.models.history import fit_at
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
    parts, start = [], None
    for origin in origins:
        few = replace(panel, windows=(*panel.before(origin.as_of)[-max(count, 1) :], origin))
        known = panel.known_at(origin)
        fitted = fit_at(few, origin.as_of, known, start)
        start = fitted.models[BGNBD].btyd
        told = fitted.answer(HISTORY_MODEL if count else BGNBD, known)
        parts.append((known["future_spend"].to_numpy(), told.spend, told.probability))
    actual, spend, probability = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return rounded_metrics(spend_metrics(actual, spend, w99_cap=w99_cap) | probability_metrics(actual > 0, probability))
