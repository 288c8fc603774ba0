"""``python -m training ORDERS``: order lines in, ``model.pkl`` and its card out; and ``training.backtest``."""

import argparse
import sys
from pathlib import Path

from model.artifact.history_artifact import BGNBD
from model.artifact.store import PREVIOUS, load_artifact
from model.commands import day, exit_code_of, positive
from model.orders.options import ReadingOptions, add_reading_options
from model.orders.orders import read_orders
from model.prediction.model_set import restore_previous
from training.evaluation.backtest import BACKTEST_WINDOWS, LEADERBOARD_FILE, ROWS_FILE, TOTALS_FILE
from training.evaluation.promotion import HISTORY_MODELS
from training.models.candidates import CANDIDATES, candidate_names
from training.models.summary import SUMMARY_MODELS
from training.pipeline import AUTO, TrainingOptions, backtest, train
from training.report.tables import card_markdown, leaderboard_tables


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    if chosen.orders is None and not (chosen.card or chosen.restore):
        parser.error("ORDERS is missing: give the path of a CSV, Parquet or XLSX file")
    return exit_code_of(lambda: _run(chosen), when_interrupted="interrupted; the model that was there is untouched")


def backtest_main(arguments: list[str] | None = None) -> int:
    """Run ``python -m training.backtest``; returns the exit code."""
    chosen = _backtest_parser().parse_args(arguments)
    return exit_code_of(lambda: _backtest(chosen), when_interrupted="interrupted; nothing was written")


def _backtest(chosen: argparse.Namespace) -> None:
    asked = [name.strip() for name in chosen.models.split(",") if name.strip()]
    names = candidate_names(asked, chosen.baseline)
    with read_orders(chosen.orders, ReadingOptions.of(chosen)) as transactions:
        print(transactions.told())
        found = backtest(transactions, names, baseline=chosen.baseline, origins=chosen.origins, seed=chosen.seed)
    found.save(chosen.out)
    print(leaderboard_tables(found.leaderboard, found.totals))
    print(f"saved {ROWS_FILE}, {TOTALS_FILE} and {LEADERBOARD_FILE} in {chosen.out}")


def _run(chosen: argparse.Namespace) -> None:
    if chosen.card:
        print(card_markdown(load_artifact(chosen.model_dir).card))
    elif chosen.restore:
        version = restore_previous(chosen.model_dir).artifact.card.model_version
        print(f"restored version {version}; the set that stood is in {chosen.model_dir / PREVIOUS} now")
    else:
        asked = {name: value for name, value in vars(chosen).items() if name in TrainingOptions.__dataclass_fields__}
        train(chosen.orders, chosen.model_dir, TrainingOptions(ReadingOptions.of(chosen), **asked))


def _parser() -> argparse.ArgumentParser:
    defaults = TrainingOptions()
    parser = argparse.ArgumentParser(prog="python -m training", description="Train the 30-day spend model of a shop.")
    parser.add_argument(
        "orders", nargs="?", metavar="ORDERS", help="file, folder, pattern or postgresql://…?table=orders"
    )
    add_reading_options(parser)
    parser.add_argument("--cutoff", type=day, help="first day of the held-out window (default: the last complete one)")
    parser.add_argument("--horizon-days", type=positive, default=defaults.horizon_days, help="default: %(default)s")
    parser.add_argument("--active-days", type=positive, default=defaults.active_days, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=defaults.seed, help="default: %(default)s")
    parser.add_argument("--model-dir", type=Path, default=Path("model"), help="where the model is saved")
    parser.add_argument(
        "--summary-model",
        choices=list(SUMMARY_MODELS),
        default=defaults.summary_model,
        help="which model answers for six numbers (%(default)s)",
    )
    parser.add_argument(
        "--history-model",
        choices=(AUTO, *HISTORY_MODELS),
        default=AUTO,
        help="which model answers for whole histories (default: the backtest's winner)",
    )
    parser.add_argument(
        "--fit-customers",
        type=positive,
        default=defaults.fit_customers,
        help="fit on a sample of so many customers where there are more (%(default)s)",
    )
    parser.add_argument("--report", type=Path, default=Path("report"), help="folder of the report (%(default)s)")
    parser.add_argument("--currency", default="", metavar="SIGN", help="sign before amounts in the report, such as £")
    parser.add_argument(
        "--example", action="store_true", help="mark the set as an example: shops that ask are fitted on their own file"
    )
    parser.add_argument(
        "--restore", action="store_true", help="put the set before the last training back; a second time undoes it"
    )
    parser.add_argument("--card", action="store_true", help="print the card of the saved model as Markdown")
    return parser


def _backtest_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m training.backtest",
        description="Every candidate on the last windows, each as if the future were unknown.",
    )
    parser.add_argument("orders", metavar="ORDERS", help="file, folder, pattern, or postgresql://…?table=orders")
    add_reading_options(parser)
    parser.add_argument("--models", default="", metavar="A,B,…", help=f"default: all of {', '.join(CANDIDATES)}")
    parser.add_argument("--baseline", default=BGNBD, help="differences are to this one (%(default)s)")
    parser.add_argument("--origins", type=positive, default=BACKTEST_WINDOWS, help="windows to forecast (%(default)s)")
    parser.add_argument("--out", type=Path, default=Path("backtest"), help="folder of the results (%(default)s)")
    parser.add_argument("--seed", type=int, default=42, help="default: %(default)s")
    return parser


if __name__ == "__main__":
    sys.exit(main())
