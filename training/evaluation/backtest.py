"""The backtest: every candidate on the last windows, each as if the future were unknown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from tqdm import tqdm

from model.artifact.history_artifact import BGNBD, HISTORY_MODEL
from model.atomic_write import replaced_when_whole
from training.evaluation.leaderboard import (
    ACTIVE,
    ALL_KNOWN,
    GROUPS,
    Leaderboard,
    Metrics,
    bootstrap_differences,
    measure,
    measure_groups,
    measure_windows,
)
from training.evaluation.promotion import promote
from training.models.candidates import CANDIDATES, Task
from training.models.fit_total_interval import learn_total_errors
from training.models.history import PastForecast, fit_at, forecast_past
from training.models.summary import SUMMARY, FitSummary, fit_summary, past_answers
from training.windows.panel import Panel
from training.windows.windows import Window

BACKTEST_WINDOWS = 6
# How much history is enough: windows that models of the learning curve learn from.
LEARNED_FROM = (4, 8, 12)
ROWS_FILE, TOTALS_FILE, LEADERBOARD_FILE = "backtest.parquet", "totals.parquet", "leaderboard.json"

# Of every model that is served, as it was answered in each window; by name, oldest first.
Past = Mapping[str, Sequence[PastForecast]]


@dataclass(frozen=True)
class Backtest:
    """What a backtest found: see ``forecast_windows``, ``total_rows`` and ``Leaderboard``."""

    rows: pd.DataFrame
    totals: pd.DataFrame
    leaderboard: Leaderboard

    def save(self, directory: Path) -> None:
        """Write ``backtest.parquet``, ``totals.parquet`` and ``leaderboard.json`` together."""
        directory.mkdir(parents=True, exist_ok=True)
        with (
            replaced_when_whole(directory / ROWS_FILE) as rows_file,
            replaced_when_whole(directory / TOTALS_FILE) as totals_file,
            replaced_when_whole(directory / LEADERBOARD_FILE) as leaderboard_file,
        ):
            duckdb.from_df(self.rows).write_parquet(str(rows_file))
            duckdb.from_df(self.totals).write_parquet(str(totals_file))
            leaderboard_file.write_text(self.leaderboard.model_dump_json(indent=2) + "\n", encoding="utf-8")


def served_past(panel: Panel, fit: FitSummary = fit_summary) -> Past:
    """The past forecasts of every model that is served."""
    return {**forecast_past(panel), SUMMARY: past_answers(panel, fit)}


def forecast_windows(
    panel: Panel, names: Sequence[str], origins: Sequence[Window], past: Past, *, seed: int
) -> tuple[pd.DataFrame, list[str]]:
    """Forecast every origin, a window of the panel, with every candidate; one whose package is missing is left out.

    Returns
    -------
    tuple of DataFrame and list of str
        One row per (cutoff, customer_id, model) of all known customers: ``is_active``, ``recency_days``,
        ``actual_spend``, ``actual_purchase``, ``predicted_spend``, ``purchase_probability``,
        ``spend_if_purchase_low`` and ``spend_if_purchase_high`` (80 %; NaN where a model offers none). And notes on
        what was left out.
    """
    frames, notes = [], []
    runs = [(name, origin) for name in names for origin in origins]
    for name, origin in tqdm(runs, desc="backtest", delay=2, disable=None, leave=False):
        task = Task(panel=panel, window=origin, past=past, seed=seed)
        try:
            frames.append(CANDIDATES[name](task).rows(name))
        except ImportError as error:
            note = f"{name} is left out: the package {error.name} is not installed"
            notes += [] if note in notes else [note]
    return pd.concat(frames, ignore_index=True), notes


def total_rows(rows: pd.DataFrame, past: Past) -> pd.DataFrame:
    """One row per (cutoff, model): what all known customers together were expected to spend, and what they spent.

    Returns
    -------
    DataFrame
        ``forecast``, the sum of the rows; ``total_factor``, which it is multiplied with to expect a total, and its
        80 % interval ``low`` to ``high``, from the windows complete before (NaN for models that are not served, and
        with too few windows); ``realised``.
    """
    groups = rows.groupby(["cutoff", "model"], sort=False, as_index=False)
    sums = groups.agg(forecast=("predicted_spend", "sum"), realised=("actual_spend", "sum"))
    told = [_total_told(past.get(name, ()), cutoff) for cutoff, name in zip(sums["cutoff"], sums["model"], strict=True)]
    sums[["total_factor", "low", "high"]] = told
    return sums[["cutoff", "model", "forecast", "total_factor", "low", "high", "realised"]]


def judge(
    panel: Panel, names: Sequence[str], origins: Sequence[Window], past: Past, *, baseline: str, seed: int
) -> Backtest:
    """Forecast every origin with every candidate, see ``forecast_windows``, and compare; deterministic for a seed."""
    rows, notes = forecast_windows(panel, names, origins, past, seed=seed)
    cap = panel.w99_cap(origins[0].as_of)
    champion, reason = promote(panel, past)
    judged = {group: rows[GROUPS[group](rows)] for group in (ALL_KNOWN, ACTIVE)}
    leaderboard = Leaderboard(
        champion=champion,
        champion_reason=reason,
        baseline=baseline,
        w99_cap=round(cap, 2),
        groups=measure_groups(rows, w99_cap=cap),
        windows=measure_windows(rows, w99_cap=cap),
        differences={
            group: bootstrap_differences(part, baseline, w99_cap=cap, seed=seed) for group, part in judged.items()
        },
        learned_from=learning_curve(panel, origins, w99_cap=cap),
        value_frequency_correlation={
            f"{origin.as_of:%Y-%m-%d}": correlation
            for origin in origins
            if not np.isnan(correlation := _correlation(panel.known_at(origin)))
        },
        notes=tuple(notes),
    )
    return Backtest(rows, total_rows(rows, past), leaderboard)


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
        rows.append(fitted.forecast(name, origin, known).rows(name))
    return measure(pd.concat(rows), w99_cap=w99_cap)


def _total_told(past: Sequence[PastForecast], cutoff: pd.Timestamp) -> tuple[float, float, float]:
    """Factor, low and high of the total of one window, from those complete before it; NaN where there are none."""
    errors = learn_total_errors([each.total for each in past if each.window.ends_at <= cutoff])
    if errors is None:
        return np.nan, np.nan, np.nan
    window = next(each for each in past if each.window.as_of == cutoff)
    return errors.total_factor, *errors.interval_80(window.spend, window.probability)


def _correlation(known: pd.DataFrame) -> float:
    """Rank correlation of a customer's average order value and number of purchase days, from two days on, or NaN."""
    repeated = known[known["purchase_days"] > 1]
    value = repeated["total_spend"] / repeated["purchase_days"]
    return round(float(value.corr(repeated["purchase_days"], method="spearman")), 4)
