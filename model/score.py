"""``python -m model.score ORDERS OUT``: the forecast of every customer, as Parquet or CSV."""

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from model.customer_base import add_scores, collect_features
from model.errors import ModelError, TransactionsError
from model.memory import shortage_explained
from model.reading import ReadingOptions, add_reading_options
from model.scoring import SEGMENTS, Scorer, load_scorer
from model.tables import literal, literals
from model.transactions import Transactions, read_orders

BAD_INPUT, INTERRUPTED = 2, 130
FORMATS = {".parquet": "FORMAT parquet", ".csv": "FORMAT csv, HEADER"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    chosen = _parser().parse_args(arguments)
    try:
        _require_writable(chosen.out)
        reading = ReadingOptions.of(chosen)
        scorer = load_scorer(
            chosen.model_dir, chosen.model, with_reasons=chosen.reasons, allow_unverified=chosen.allow_unverified
        )
        with read_orders(chosen.orders, reading, tell=print) as transactions:
            as_of = chosen.as_of or transactions.ends_at
            if reading.engine == "spark":
                from model.spark_score import score_on_spark  # noqa: PLC0415 - Spark is optional

                customers = score_on_spark(transactions, chosen.out, scorer, as_of=as_of)
            else:
                customers = score(transactions, chosen.out, scorer, as_of=as_of)
    except (ModelError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print(f"interrupted; {chosen.out} was not written", file=sys.stderr)
        return INTERRUPTED
    print(f"scored {customers:,} customers with {scorer.card.model_version}: {chosen.out}")
    return 0


def score(transactions: Transactions, out: Path, scorer: Scorer, *, as_of: datetime) -> int:
    """Write the forecast of every customer known before ``as_of``, the highest spend first.

    Equal forecasts stand in the order of customer ids, so the same orders give the same file. The file appears
    when it is whole: it is written beside ``out`` and renamed.

    Parameters
    ----------
    transactions : Transactions
        Clean orders.
    out : Path
        Ends in ``.parquet`` or ``.csv``.
    scorer : Scorer
        The model.
    as_of : datetime
        The first moment that is not known.

    Returns
    -------
    int
        The number of customers.

    Raises
    ------
    TransactionsError
        If nobody bought before ``as_of``, or memory or disk runs out.
    """
    connection = transactions.connection
    with shortage_explained(out.parent):
        customers = collect_features(transactions, scorer.features, as_of)
        columns = add_scores(connection, scorer, customers)
        with replaced_when_whole(out) as staged:
            connection.execute(
                f"COPY ({_output(columns, scorer, as_of)}) TO {literal(str(staged))} ({FORMATS[out.suffix]})"
            )
    return customers


def output_columns(columns: Sequence[str]) -> list[str]:
    """The columns of the output as SQL over ``features`` and ``scores``."""
    selected = [
        "customer_id",
        "spend AS predicted_future_spend_30d",
        "probability AS purchase_probability_30d",
        f"{literals(SEGMENTS)}[segment + 1] AS customer_segment",
        "is_active",
    ]
    if "low" in columns:
        selected += ["low AS spend_low_80", "high AS spend_high_80"]
    if "reasons" in columns:
        selected.append("reasons")
    return selected


def _output(columns: Sequence[str], scorer: Scorer, as_of: datetime) -> str:
    return (
        "SELECT row_number() OVER (ORDER BY predicted_future_spend_30d DESC, customer_id) AS rank, *, "
        f"DATE '{as_of:%Y-%m-%d}' AS as_of, {literal(scorer.card.model_version)} AS model_version "
        f"FROM (SELECT {', '.join(output_columns(columns))} FROM features JOIN scores ON features.rowid = scores.row) "
        "AS scored ORDER BY rank"
    )


class replaced_when_whole:  # noqa: N801 - used as a statement
    """A path beside ``out`` to write to; it takes the place of ``out`` where the block succeeds, else it goes."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.staged = out.with_name(f".{out.name}.next")

    def __enter__(self) -> Path:
        return self.staged

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:  # Any: the protocol's arguments
        if kind is None:
            self.staged.replace(self.out)
        else:
            self.staged.unlink(missing_ok=True)


def _require_writable(out: Path) -> None:
    if out.suffix not in FORMATS:
        raise TransactionsError(f"OUT is {out}; it must end in .parquet or .csv")
    if not out.parent.is_dir():
        raise TransactionsError(f"OUT is {out}, but there is no folder {out.parent}; create it first")


def _moment(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d")  # noqa: DTZ007 - a cutoff is a midnight without time zone
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no date; write it as 2011-12-10") from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m model.score", description=__doc__)
    parser.add_argument("orders", metavar="ORDERS", help="file, folder, pattern, or postgresql://…?table=orders")
    parser.add_argument("out", type=Path, metavar="OUT", help="the file to write: .parquet or .csv")
    parser.add_argument(
        "--as-of", type=_moment, help="first day that is not known (default: the day after the last line)"
    )
    parser.add_argument("--model", choices=("summary", "history"), default="summary", help="default: %(default)s")
    parser.add_argument("--model-dir", type=Path, default=Path("model"), help="where the model lies (%(default)s)")
    parser.add_argument("--allow-unverified", action="store_true", help="also a model.pkl without a card")
    parser.add_argument("--reasons", action="store_true", help="also the three numbers that moved each forecast most")
    add_reading_options(parser)
    return parser


if __name__ == "__main__":
    sys.exit(main())
