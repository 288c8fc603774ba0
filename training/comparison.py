"""Comparing all candidates on the held-out window, which none of them has seen."""

from collections.abc import Mapping
from datetime import datetime

from model.card import Evaluation, WindowSummary
from training.backtest import backtest
from training.candidates import CANDIDATES
from training.hindcasts import Hindcast
from training.leaderboard import measure_all
from training.panel import Panel
from training.splits import Split, Window


def compare_candidates(panel: Panel, split: Split, hindcasts: Mapping[datetime, Hindcast], *, seed: int) -> Evaluation:
    """Measure every candidate on the held-out window; one whose package is missing is left out with a note."""
    rows, notes = backtest(panel, list(CANDIDATES), [split.held_out], hindcasts, seed=seed)
    cap = panel.w99_cap(split.held_out.as_of)
    metrics, _ = measure_all(rows, w99_cap=cap)
    return Evaluation(
        held_out=summarise_window(panel, split.held_out),
        fitted_on=tuple(window.as_of.date() for window in split.learned_from),
        w99_cap=round(cap, 2),
        metrics=metrics,
        notes=tuple(notes),
    )


def summarise_window(panel: Panel, window: Window) -> WindowSummary:
    """Count the active customers and buyers of one window."""
    spend = panel.at(window)["future_spend"]
    return WindowSummary(
        as_of=window.as_of.date(),
        ends_at=window.ends_at.date(),
        active_customers=len(spend),
        buyers=int((spend > 0).sum()),
        spend=round(float(spend.sum()), 2),
    )
