"""Comparing candidates on the held-out window, which none of them has seen."""

import numpy as np
import pandas as pd
from tqdm import tqdm

from model.card import Evaluation, WindowSummary
from training.candidates import CANDIDATES
from training.evaluate import spend_metrics
from training.splits import Split, Window

W99_WINDOWS = 6


def compare_candidates(labelled: pd.DataFrame, split: Split, *, seed: int) -> Evaluation:
    """Fit every candidate on the windows before the held-out one, and measure it there.

    A candidate whose package is missing is left out with a note.
    """
    learned_from = windows_at(labelled, split.learned_from)
    held_out = windows_at(labelled, [split.held_out])
    actual = held_out["future_spend"].to_numpy()
    cap = w99_cap(labelled, split.learned_from)
    metrics, notes = {}, []
    for name, build in tqdm(CANDIDATES.items(), desc="candidates", delay=2, disable=None, leave=False):
        try:
            candidate = build(seed)
        except ImportError as error:
            notes.append(f"{name} is left out: the package {error.name} is not installed")
            continue
        predicted = candidate.fit(learned_from).predict(held_out)
        # Rounded, because a forest adds up its trees in any order and the last digits wander.
        measured = spend_metrics(actual, predicted, w99_cap=cap)
        metrics[name] = {metric: None if value is None else round(value, 6) for metric, value in measured.items()}
    return Evaluation(
        held_out=summarise_window(labelled, split.held_out),
        fitted_on=tuple(window.as_of.date() for window in split.learned_from),
        w99_cap=round(cap, 2),
        metrics=metrics,
        notes=tuple(notes),
    )


def windows_at(labelled: pd.DataFrame, windows: list[Window]) -> pd.DataFrame:
    """The rows of some windows."""
    cutoffs = [window.as_of for window in windows]
    return labelled[labelled.index.get_level_values("as_of").isin(cutoffs)]


def w99_cap(labelled: pd.DataFrame, before: list[Window]) -> float:
    """The 99th percentile of the actual spend in the six windows that end before the test."""
    return float(np.percentile(windows_at(labelled, before[-W99_WINDOWS:])["future_spend"], 99))


def summarise_window(labelled: pd.DataFrame, window: Window) -> WindowSummary:
    """Count the customers and buyers of one window."""
    spend = windows_at(labelled, [window])["future_spend"]
    return WindowSummary(
        as_of=window.as_of.date(),
        ends_at=window.ends_at.date(),
        active_customers=len(spend),
        buyers=int((spend > 0).sum()),
        spend=round(float(spend.sum()), 2),
    )
