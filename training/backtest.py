"""``python -m training.backtest ORDERS``: every candidate on the last windows, each as if the future were unknown."""

import argparse
import hashlib
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from tqdm import tqdm

from model.artifact import library_versions
from model.atomic import write_together
from model.card import ACTIVE_DAYS, HORIZON_DAYS
from model.commands import exit_code_of
from model.errors import TransactionsError
from model.reading import ReadingOptions, add_reading_options
from model.sources import identity
from model.transactions import read_orders
from training.candidates import CANDIDATES, CandidateForecast, Task, xgboost_regressor
from training.hindcasts import Hindcast, make_hindcasts
from training.leaderboard import Leaderboard, bootstrap_differences, measure_all
from training.options import positive
from training.panel import Panel, build_panel
from training.parts import Parts
from training.promotion import CHALLENGER, DEFENDERS, HISTORY_MODELS, choose_champion
from training.report import leaderboard_tables
from training.served import recall_history
from training.splits import Window, split_windows
from training.summary import recall_summary
from training.totals import Totals, backtest_totals

ORIGINS = 6
ROWS_FILE, LEADERBOARD_FILE, PARTS_FOLDER = "backtest.parquet", "leaderboard.json", "parts"


def backtest(
    panel: Panel,
    names: Sequence[str],
    origins: Sequence[Window],
    hindcasts: Mapping[datetime, Hindcast],
    *,
    seed: int,
    parts: Parts | None = None,
) -> tuple[pd.DataFrame, list[str]]:
    """Forecast every origin with every candidate.

    Parameters
    ----------
    panel : Panel
        Labelled windows, the origins among them.
    names : sequence of str
        Of ``CANDIDATES``; one whose package is missing is left out.
    origins : sequence of Window
        The windows to forecast.
    hindcasts : mapping of cutoff to Hindcast
        Of all windows; candidates look at complete ones only.
    seed : int
        Of whatever draws at random.
    parts : Parts, optional
        Keeps finished forecasts on disk.

    Returns
    -------
    tuple of DataFrame and list of str
        One row per (cutoff, customer_id, model): ``actual_spend``, ``actual_purchase``,
        ``predicted_spend``, ``purchase_probability``, ``interval_low``, ``interval_high`` (80 %;
        NaN where a model offers none). And notes on what was left out.
    """
    frames, notes = [], []
    runs = [(name, origin) for name in names for origin in origins]
    for name, origin in tqdm(runs, desc="backtest", delay=2, disable=None, leave=False):
        task = Task(panel=panel, window=origin, hindcasts=hindcasts, seed=seed)
        try:
            if parts is None:
                forecast = CANDIDATES[name](task)
            else:
                forecast = parts.get(f"{name}-{origin.as_of:%Y-%m-%d}", lambda: CANDIDATES[name](task))  # noqa: B023 - called at once
        except ImportError as error:
            note = f"{name} is left out: the package {error.name} is not installed"
            notes += [] if note in notes else [note]
            continue
        frames.append(_as_rows(name, origin, task.customers, forecast))
    return pd.concat(frames, ignore_index=True), notes


def summarise(
    rows: pd.DataFrame,
    *,
    w99_cap: float,
    baseline: str,
    seed: int,
    compared: Sequence[str] | None = None,
    notes: Sequence[str] = (),
) -> Leaderboard:
    """The leaderboard of backtest rows; deterministic for a seed.

    Bootstrap intervals are drawn for the models in ``compared``, over all windows; where that
    is left out, for every model, and for each window too.
    """
    models, windows = measure_all(rows, w99_cap=w99_cap)
    baselines = [baseline, *(name for name in DEFENDERS if name != baseline)]
    drawn = rows if compared is None else rows[rows["model"].isin(compared)]
    differences = bootstrap_differences(drawn, baselines, w99_cap=w99_cap, seed=seed)
    each_window = rows.groupby(rows["cutoff"].dt.strftime("%Y-%m-%d")) if compared is None else ()
    champion, reason = choose_champion(models, differences)
    return Leaderboard(
        champion=champion,
        champion_reason=reason,
        baseline=baseline,
        w99_cap=round(w99_cap, 2),
        models=models,
        windows=windows,
        differences=differences[baseline],
        window_differences={
            str(cutoff): bootstrap_differences(part, [baseline], w99_cap=w99_cap, seed=seed)[baseline]
            for cutoff, part in each_window
        },
        notes=tuple(notes),
    )


def save_backtest(directory: Path, rows: pd.DataFrame, leaderboard: Leaderboard) -> None:
    """Write ``backtest.parquet`` and ``leaderboard.json`` together."""
    directory.mkdir(parents=True, exist_ok=True)
    unfinished = directory / f"{ROWS_FILE}.unfinished"
    duckdb.from_df(rows).write_parquet(str(unfinished))
    content = unfinished.read_bytes()
    unfinished.unlink()
    write_together(
        directory, {ROWS_FILE: content, LEADERBOARD_FILE: (leaderboard.model_dump_json(indent=2) + "\n").encode()}
    )


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    chosen = _parser().parse_args(arguments)
    return exit_code_of(lambda: _run(chosen), when_interrupted="interrupted; the same command goes on where it stopped")


def _run(chosen: argparse.Namespace) -> None:
    names = _known_names(chosen.models, chosen.baseline)
    with read_orders(chosen.orders, ReadingOptions.of(chosen)) as transactions:
        print(transactions.report.table())
        split = split_windows(transactions, horizon_days=HORIZON_DAYS, active_days=ACTIVE_DAYS)
        panel = build_panel(transactions, split.windows, active_days=ACTIVE_DAYS)
    origins = split.windows[1:][-chosen.origins :]
    parts = Parts(chosen.out / PARTS_FOLDER, _key(chosen))
    hindcasts = parts.get("hindcasts", lambda: make_hindcasts(panel, panel.windows, seed=chosen.seed))
    rows, notes = backtest(panel, names, origins, hindcasts, seed=chosen.seed, parts=parts)
    cap = panel.w99_cap(origins[0].as_of)
    leaderboard = summarise(rows, w99_cap=cap, baseline=chosen.baseline, seed=chosen.seed, notes=notes)
    leaderboard = leaderboard.model_copy(update={"totals": _served_totals(panel, origins, hindcasts, leaderboard)})
    save_backtest(chosen.out, rows, leaderboard)
    parts.remove()
    print(leaderboard_tables(leaderboard))
    print(f"saved {chosen.out / ROWS_FILE} and {chosen.out / LEADERBOARD_FILE}")


def _served_totals(
    panel: Panel, origins: Sequence[Window], hindcasts: Mapping[datetime, Hindcast], leaderboard: Leaderboard
) -> dict[str, Totals]:
    """Of the two models that a training on these windows would serve."""
    history = leaderboard.champion if leaderboard.champion in HISTORY_MODELS else CHALLENGER
    recalls = {
        history: recall_history(history, panel, hindcasts),
        "summary_lasso": recall_summary(panel, panel.known_at),
    }
    return {name: backtest_totals(panel, origins, recall) for name, recall in recalls.items()}


def _known_names(models: str, baseline: str) -> list[str]:
    names = [name.strip() for name in models.split(",") if name.strip()] or list(CANDIDATES)
    for name in (*names, baseline):
        if name not in CANDIDATES:
            raise TransactionsError(f"--models or --baseline names {name!r}; there are {', '.join(CANDIDATES)}")
    if baseline == "xgboost":
        try:
            xgboost_regressor(seed=0)
        except ImportError as error:
            raise TransactionsError("--baseline 'xgboost' needs its package: pip install xgboost") from error
    return names if baseline in names else [*names, baseline]


def _key(chosen: argparse.Namespace) -> str:
    """What a finished part depends on: the files, the options that shape the windows, and the libraries."""
    depends_on = identity(chosen.orders), repr(ReadingOptions.of(chosen)), chosen.seed, library_versions()
    return hashlib.sha256(repr(depends_on).encode()).hexdigest()


def _as_rows(name: str, origin: Window, customers: pd.DataFrame, forecast: CandidateForecast) -> pd.DataFrame:
    actual = customers["future_spend"].to_numpy()
    missing = np.full(len(actual), np.nan)
    return pd.DataFrame(
        {
            "cutoff": origin.as_of,
            "customer_id": customers.index.get_level_values("customer_id"),
            "model": name,
            "actual_spend": actual,
            "actual_purchase": actual > 0,
            "predicted_spend": forecast.spend,
            "purchase_probability": missing if forecast.probability is None else forecast.probability,
            "interval_low": missing if forecast.interval_low is None else forecast.interval_low,
            "interval_high": missing if forecast.interval_high is None else forecast.interval_high,
        }
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.backtest", description=__doc__)
    parser.add_argument("orders", metavar="ORDERS", help="file, folder, pattern, or postgresql://…?table=orders")
    add_reading_options(parser)
    parser.add_argument("--models", default="", metavar="A,B,…", help=f"default: all of {', '.join(CANDIDATES)}")
    parser.add_argument("--baseline", default="bgnbd_gamma_gamma", help="differences are to this one (%(default)s)")
    parser.add_argument("--origins", type=positive, default=ORIGINS, help="windows to forecast (%(default)s)")
    parser.add_argument("--out", type=Path, default=Path("backtest"), help="folder of the results (%(default)s)")
    parser.add_argument("--seed", type=int, default=42, help="default: %(default)s")
    return parser


if __name__ == "__main__":
    sys.exit(main())
