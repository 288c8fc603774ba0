"""The champion, which answers for whole histories: one rule for every shop, stated before anybody saw its figures."""

from collections.abc import Mapping, Sequence

import pandas as pd

from model.artifact.history_artifact import BGNBD, HISTORY_MODEL, RANKS, RECORD_WINDOWS
from model.estimators.hyperparameters import DEFAULTS
from training.evaluation.leaderboard import bootstrap_differences, surely_better
from training.models.history import PastForecast, can_learn_hurdle
from training.windows.panel import Panel

HISTORY_MODELS = (HISTORY_MODEL, BGNBD)
SEED = 42
DECISIVE = ("rmse_w99", "gini", "log_loss", "abs_bias_pct")
LOST_AT = 2
RULE = (
    f"history_model answers from {DEFAULTS.least_buyers} past buyers over {DEFAULTS.least_windows} windows on, unless "
    f"bgnbd_gamma_gamma is surely better (95 % intervals over customers and windows) on two of {', '.join(DECISIVE)}"
)


def promote(panel: Panel, past: Mapping[str, Sequence[PastForecast]]) -> tuple[str, str]:
    """The name of the model that answers for the window after those of the panel, and why.

    ``past`` has the forecasts of its complete windows by model, see ``forecast_past``.
    """
    buyers, windows = int((panel.known["future_spend"] > 0).sum()), len(panel.windows)
    found = f"{buyers:,} past buyers over {windows} windows"
    if buyers < DEFAULTS.least_buyers_of_amounts:
        return (
            RANKS,
            f"{found}: below {DEFAULTS.least_buyers_of_amounts}, customers are ranked and no amount is believed",
        )
    if not windows or not can_learn_hurdle(panel, panel.windows[-1].ends_at):
        return BGNBD, f"{RULE}; {found}"
    lost = beaten_on(past, cap=panel.w99_cap(panel.windows[-1].ends_at))
    if len(lost) >= LOST_AT:
        return BGNBD, f"{RULE}; {found}, and it is better on {', '.join(lost)}"
    return HISTORY_MODEL, f"{RULE}; {found}, and it is better on {' and '.join(lost) or 'none'}"


def beaten_on(past: Mapping[str, Sequence[PastForecast]], *, cap: float) -> list[str]:
    """The measures of ``DECISIVE`` on which BG/NBD and Gamma-Gamma surely beat the history model, newest windows."""
    rows = pd.concat(each.rows(name) for name in HISTORY_MODELS for each in past[name][-RECORD_WINDOWS:]).reset_index(
        drop=True
    )
    differences = bootstrap_differences(rows, HISTORY_MODEL, w99_cap=cap, seed=SEED)[BGNBD]
    return [measure for measure in DECISIVE if surely_better(measure, differences[measure])]
