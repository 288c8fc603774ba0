"""``python -m training.backtest ORDERS``: every candidate on the last windows, each as if the future were unknown."""

import argparse
import sys
from pathlib import Path

from threadpoolctl import threadpool_limits

from model.artifact.card import HORIZON_DAYS
from model.artifact.history_artifact import BGNBD
from model.commands import exit_code_of, positive
from model.errors import TransactionsError
from model.features.definitions import ACTIVE_DAYS
from model.orders.options import ReadingOptions, add_reading_options
from model.orders.orders import read_orders
from training.evaluation.backtest import (
    LEADERBOARD_FILE,
    ORIGINS,
    ROWS_FILE,
    TOTALS_FILE,
    backtest,
    save_backtest,
    served_past,
    summarise,
    total_rows,
)
from training.models.candidates import CANDIDATES, xgboost_regressor
from training.report.tables import leaderboard_tables
from training.windows.panel import build_panel
from training.windows.windows import split_windows


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    chosen = _parser().parse_args(arguments)
    return exit_code_of(lambda: _run(chosen), when_interrupted="interrupted; nothing was written")


def _run(chosen: argparse.Namespace) -> None:
    names = _known_names(chosen.models, chosen.baseline)
    with read_orders(chosen.orders, ReadingOptions.of(chosen)) as transactions:
        print(transactions.told())
        with transactions.refusals_explained():
            split = split_windows(transactions, horizon_days=HORIZON_DAYS, active_days=ACTIVE_DAYS)
            panel = build_panel(transactions, split.windows, active_days=ACTIVE_DAYS)
    origins = split.windows[1:][-chosen.origins :]
    with threadpool_limits(1, "blas"):  # the matrices are small: threads would wait for each other
        past = served_past(panel)
        rows, notes = backtest(panel, names, origins, past, seed=chosen.seed)
        leaderboard = summarise(panel, rows, past, origins, baseline=chosen.baseline, seed=chosen.seed, notes=notes)
    totals = total_rows(rows, past)
    save_backtest(chosen.out, rows, totals, leaderboard)
    print(leaderboard_tables(leaderboard, totals))
    print(f"saved {ROWS_FILE}, {TOTALS_FILE} and {LEADERBOARD_FILE} in {chosen.out}")


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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.backtest", description=__doc__)
    parser.add_argument("orders", metavar="ORDERS", help="file, folder, pattern, or postgresql://…?table=orders")
    add_reading_options(parser)
    parser.add_argument("--models", default="", metavar="A,B,…", help=f"default: all of {', '.join(CANDIDATES)}")
    parser.add_argument("--baseline", default=BGNBD, help="differences are to this one (%(default)s)")
    parser.add_argument("--origins", type=positive, default=ORIGINS, help="windows to forecast (%(default)s)")
    parser.add_argument("--out", type=Path, default=Path("backtest"), help="folder of the results (%(default)s)")
    parser.add_argument("--seed", type=int, default=42, help="default: %(default)s")
    return parser


if __name__ == "__main__":
    sys.exit(main())
