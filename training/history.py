"""Choosing and fitting the model that answers for whole purchase histories."""

import hashlib
from collections.abc import Mapping
from datetime import datetime

import pandas as pd

from model.buy_till_you_die import BuyTillYouDie
from model.card import HistoryCard
from model.history_model import HistoryModel, WithIntervals
from model.total_spend import TotalErrors
from training.backtest import ORIGINS, backtest, summarise
from training.champion import fit_history_model
from training.defenders import fit_bgnbd, fit_six_numbers
from training.hindcasts import Hindcast
from training.leaderboard import Leaderboard
from training.panel import Panel
from training.promotion import DEFENDERS, HISTORY_MODELS
from training.splits import Split

EXPLAINED_CUSTOMERS = 200
# Candidates that forecast six windows in seconds; the slow ones are compared on the held-out window alone.
QUICK = (
    "zero", "mean", "last_30_days", "historical_rate", "lasso_4", "lasso_6", "summary_lasso", "bgnbd_gamma_gamma",
    "hurdle", "tweedie", "history_blend",
)  # fmt: skip


def contend(
    panel: Panel, split: Split, hindcasts: Mapping[datetime, Hindcast], *, seed: int
) -> tuple[pd.DataFrame, Leaderboard]:
    """Backtest the quick candidates on up to six windows up to the held-out one, and name the champion."""
    origins = [window for window in split.windows[1:] if window.as_of <= split.held_out.as_of][-ORIGINS:]
    rows, notes = backtest(panel, QUICK, origins, hindcasts, seed=seed)
    cap = panel.w99_cap(origins[0].as_of)
    return rows, summarise(rows, w99_cap=cap, baseline=DEFENDERS[0], compared=HISTORY_MODELS, seed=seed, notes=notes)


def fit_history(
    name: str, panel: Panel, as_of: datetime, hindcasts: Mapping[datetime, Hindcast], btyd: BuyTillYouDie, *, seed: int
) -> WithIntervals:
    """Fit one of ``HISTORY_MODELS`` for the horizon from ``as_of`` on."""
    match name:
        case "history_blend":
            return fit_history_model(panel, as_of, hindcasts, btyd, seed=seed)
        case "bgnbd_gamma_gamma":
            return fit_bgnbd(panel, as_of, btyd)
        case _:
            return fit_six_numbers(panel, as_of)


def feature_importance(model: WithIntervals, customers: pd.DataFrame) -> "pd.Series[float]":
    """Mean absolute part of each feature in the forecasts of some customers; currency, largest first."""
    parts = [
        {reason.feature: abs(reason.amount) for reason in model.explain(customers.iloc[[position]]).reasons}
        for position in range(0, len(customers), max(1, len(customers) // EXPLAINED_CUSTOMERS))
    ]
    return pd.DataFrame(parts).fillna(0.0).mean().sort_values(ascending=False)


def describe_history(
    name: str,
    model: WithIntervals,
    pickled: bytes,
    as_of: datetime,
    leaderboard: Leaderboard,
    *,
    reason: str,
    totals: TotalErrors | None,
) -> HistoryCard:
    """What the card says of the model."""
    return HistoryCard(
        name=name,
        reason=reason,
        sha256=hashlib.sha256(pickled).hexdigest(),
        as_of=as_of.date(),
        backtest_cutoffs=tuple(datetime.fromisoformat(cutoff).date() for cutoff in leaderboard.windows),
        metrics=leaderboard.models,
        parameters=_parameters(model),
        totals=totals,
    )


def _parameters(model: WithIntervals) -> dict[str, float]:
    parameters = {}
    if isinstance(model, HistoryModel):
        bgnbd, mixture = model.btyd.bgnbd_, model.mixture
        parameters = {
            "bgnbd_share": mixture.bgnbd_share,
            "level_log_spend": mixture.level.log_spend,
            "level_log_odds": mixture.level.log_odds,
            "tail_slope": mixture.tail.slope,
            "bgnbd_r": bgnbd.r_,
            "bgnbd_alpha": bgnbd.alpha_,
            "bgnbd_a": bgnbd.a_,
            "bgnbd_b": bgnbd.b_,
        }
    if model.distribution is not None:
        parameters |= {
            "interval_level_80": model.distribution.level_80,
            "interval_level_90": model.distribution.level_90,
        }
    return {name: round(value, 6) for name, value in parameters.items()}
