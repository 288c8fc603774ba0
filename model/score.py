"""``python -m model.score ORDERS OUT``: the forecast of every customer, or a campaign's ranked list."""

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from tqdm import tqdm

from model.artifact.card import HORIZON_DAYS
from model.artifact.history_artifact import HistoryArtifact
from model.artifact.store import Artifact, load_artifact
from model.atomic_write import replaced_when_whole
from model.commands import day, exit_code_of
from model.csv_injection import defused_sql
from model.currency import DEFAULT_CURRENCY
from model.engines.connection import literal, literals
from model.engines.memory import shortage_explained
from model.engines.spark.connection import is_remote_path
from model.errors import ModelError, TransactionsError
from model.orders.findings import Severity
from model.orders.options import ReadingOptions, add_reading_options
from model.orders.orders import Transactions, clean_transactions, open_orders
from model.orders.sources.files import require_another_file
from model.prediction.customer_tables import SEGMENTED, add_scores, add_segments, collect_features
from model.prediction.model_choice import ModelChoice, ModelSource
from model.prediction.scorers import HistoryScorer, Scorer, load_scorer, ranked_query
from model.ranking.actions import built_in_catalogue
from model.ranking.campaign import CAMPAIGN_OPTIONS, Campaign, CampaignError
from model.ranking.presets import PLAIN, presets
from model.ranking.rank import rank_customers, ranking_warnings, score_base
from model.ranking.ranked_file import ranked_in_words, write_ranked
from model.segments import SEGMENT_FEATURES, SEGMENTS, Segment

FORMATS = {".parquet": "FORMAT parquet", ".csv": "FORMAT csv, HEADER"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    chosen = _parser().parse_args(arguments)
    return exit_code_of(lambda: _run(chosen), when_interrupted=f"interrupted; {chosen.out} was not written")


def _run(chosen: argparse.Namespace) -> None:
    """Write every customer's forecast, or the ranked list of a campaign, and tell about it."""
    _require_writable(chosen.out, ReadingOptions.of(chosen).engine)
    require_another_file(chosen.out, chosen.orders)
    campaign = _campaign(chosen)
    if campaign is not None:
        _require_rankable(chosen)
    loaded, reading = _loaded(chosen)
    with _opened(chosen, reading) as transactions:
        as_of = chosen.as_of or transactions.ends_at
        scorer = loaded or HistoryScorer(_fit(transactions, as_of), chosen.reasons)
        if campaign is None:
            print(_score_shop(transactions, chosen.out, scorer, as_of, reading.engine))
            return
        base = score_base(transactions, scorer, as_of)
        notes = ranking_warnings(transactions, base)
        currency = transactions.currency or chosen.currency or DEFAULT_CURRENCY
    ranked = rank_customers(base, campaign, built_in_catalogue(), currency)
    example = loaded is not None and _artifact(chosen).card.example
    source = ModelSource.of(scorer, how="fit" if loaded is None else "loaded", example=example)
    write_ranked(ranked, chosen.out, chosen.preset or PLAIN, source.told)
    print(*(f"note: {note}" for note in notes), ranked_in_words(ranked), f"written: {chosen.out}", sep="\n")


def _score_shop(transactions: Transactions, out: Path, scorer: Scorer, as_of: datetime, engine: str) -> str:
    """Write every customer's forecast; gives what to tell about it."""
    if engine == "spark":
        from model.prediction.spark_score import score_on_spark  # noqa: PLC0415 - Spark is optional

        customers = score_on_spark(transactions, out, scorer, as_of=as_of)
    else:
        customers = score(transactions, out, scorer, as_of=as_of)
    return f"scored {customers:,} customers with {scorer.card.model_version}: {out}"


def _opened(chosen: argparse.Namespace, reading: ReadingOptions) -> Transactions:
    """The orders, with what reading them found on the terminal; raises TransactionsError where --strict minds it."""
    order_lines = open_orders(chosen.orders, reading)
    transactions = clean_transactions(order_lines)
    print(transactions.told(), flush=True)
    if chosen.strict:
        from training.checks.data_checks import examine  # noqa: PLC0415 - the doctor's own checks

        failures = [each for each in examine(order_lines, transactions) if each.severity is Severity.FAILURE]
        if failures:
            transactions.close()
            raise TransactionsError(f"--strict: {failures[0].topic}: {failures[0]}; {chosen.out} was not written")
    return transactions


def _loaded(chosen: argparse.Namespace) -> tuple[Scorer | None, ReadingOptions]:
    """The loaded model, and how orders are read for it; None where one is fitted on them."""
    reading = ReadingOptions.of(chosen)
    on_spark, choice = reading.engine == "spark", chosen.model
    if choice == ModelChoice.FIT and on_spark:
        raise TransactionsError(
            "--model fit: a model is fitted on one machine; leave out --engine spark, or train first"
        )
    is_open = choice in tuple(ModelChoice) and not on_spark
    if is_open and (choice == ModelChoice.FIT or ModelChoice(choice).fits(_artifact(chosen).card)):
        return None, reading
    name = None if choice in tuple(ModelChoice) else choice
    scorer = load_scorer(chosen.model_dir, name, with_reasons=chosen.reasons, allow_unverified=chosen.allow_unverified)
    return scorer, reading.as_in(scorer.card.data)


def _artifact(chosen: argparse.Namespace) -> Artifact:
    return load_artifact(chosen.model_dir, allow_unverified=chosen.allow_unverified, horizon_days=HORIZON_DAYS)


def _fit(transactions: Transactions, as_of: datetime) -> HistoryArtifact:
    """A model fitted on these orders; says how, and shows a bar on a terminal."""
    from training import fit_shop  # noqa: PLC0415 - the one thing of training that is asked for here

    with tqdm(total=1, desc="fitting", bar_format="{desc}: {percentage:3.0f}% {bar}", disable=None, leave=False) as bar:
        artifact = fit_shop(transactions, as_of, progress=lambda _, share: bar.update(share - bar.n))
    print(f"fitted on these orders: {artifact.reason}")
    return artifact


def score(transactions: Transactions, out: Path, scorer: Scorer, *, as_of: datetime) -> int:
    """Write the forecast of every customer known before ``as_of``, the highest spend first, and count them.

    The file, ``.parquet`` or ``.csv``, appears when it is whole: it is written beside ``out`` and renamed. Raises
    TransactionsError if nobody bought before ``as_of``, or memory or disk runs out.
    """
    connection, scorer = transactions.connection, scorer.at(as_of, transactions.report)
    with shortage_explained(out.parent):
        customers = collect_features(
            transactions,
            dict.fromkeys((*scorer.features, *SEGMENT_FEATURES)),
            as_of,
            active_days=scorer.card.active_days,
        )
        columns = add_scores(connection, scorer, customers)
        add_segments(connection)
        with replaced_when_whole(out) as staged:
            source = f"(SELECT *, {literals(SEGMENTS)}[segment + 1] AS customer_segment FROM {SEGMENTED}) AS scored"
            output = ranked_query(columns, source, as_of=as_of, model_version=scorer.card.model_version)
            if out.suffix == ".csv":
                output = f"SELECT * REPLACE ({defused_sql('customer_id')} AS customer_id) FROM ({output})"
            connection.execute(f"COPY ({output} ORDER BY rank) TO {literal(str(staged))} ({FORMATS[out.suffix]})")
    return customers


def _require_writable(out: Path | str, engine: str) -> None:
    if Path(out).suffix not in FORMATS:
        raise TransactionsError(f"OUT is {out}; it must end in .parquet or .csv")
    if isinstance(out, str):
        if engine != "spark":
            raise TransactionsError(f"OUT is {out}; only --engine spark writes there, so name a file of this machine")
    elif not out.parent.is_dir():
        raise TransactionsError(f"OUT is {out}, but there is no folder {out.parent}; create it first")


def _campaign(chosen: argparse.Namespace) -> Campaign | None:
    """The campaign that the options speak of; None where none does; errors name options as they are typed."""
    given = {name: text for name in CAMPAIGN_OPTIONS if (text := getattr(chosen, name)) is not None}
    try:
        return None if not given and chosen.preset is None else Campaign.of(given)
    except CampaignError as error:
        option = f"--{error.option.replace('_', '-')}"
        raise ModelError(option + str(error).removeprefix(error.option)) from error


def _require_rankable(chosen: argparse.Namespace) -> None:
    if ReadingOptions.of(chosen).engine == "spark":
        raise TransactionsError(
            "--engine spark writes forecasts without a campaign; leave out --budget, --contact-cost, --limit, "
            "--control-share, --segments and --preset, or the engine"
        )
    if chosen.reasons:
        raise TransactionsError("--reasons: a ranked list has a reason in words for everybody; leave the option out")
    if chosen.preset not in (None, PLAIN) and chosen.out.suffix != ".csv":
        raise TransactionsError(f"--preset {chosen.preset} is imported as CSV; OUT is {chosen.out}, name a .csv file")


def _place(text: str) -> Path | str:
    """A path of this machine, or the address of a folder that a cluster knows, which a path would spoil."""
    return text if is_remote_path(text) else Path(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m model.score", description=__doc__)
    parser.add_argument("orders", metavar="ORDERS", help="file, folder, pattern, or postgresql://…?table=orders")
    parser.add_argument("out", type=_place, metavar="OUT", help="the file to write: .parquet or .csv")
    parser.add_argument("--as-of", type=day, help="first day that is not known (default: the day after the last line)")
    parser.add_argument(
        "--model",
        choices=(*ModelChoice, "history", "summary"),
        default=ModelChoice.AUTO,
        help="auto: the model of --model-dir, unless that is the included example, then one fitted on ORDERS as by "
        "fit; history or summary: that one of --model-dir (%(default)s)",
    )
    parser.add_argument("--model-dir", type=Path, default=Path("model"), help="where the model lies (%(default)s)")
    parser.add_argument("--allow-unverified", action="store_true", help="also a model.pkl without a card")
    parser.add_argument("--strict", action="store_true", help="end with 2, and write nothing, where the doctor would")
    parser.add_argument("--reasons", action="store_true", help="also the three numbers that moved each forecast most")
    _add_campaign_options(parser)
    add_reading_options(parser)
    return parser


def _add_campaign_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("a ranked list to act on (with any of these)")
    group.add_argument("--budget", metavar="MONEY", help="contact the highest ranked while it lasts")
    group.add_argument("--contact-cost", metavar="MONEY", help="what one contact costs; needed with --budget")
    group.add_argument("--limit", metavar="N", help="contact at most so many, in place of a budget")
    group.add_argument("--control-share", metavar="SHARE", help="hold so many out to measure by, e.g. 0.1 for a tenth")
    group.add_argument("--segments", metavar="NAME,…", help=f"only these of {', '.join(Segment)}")
    group.add_argument(
        "--preset", choices=tuple(presets()), help="columns of OUT; but for plain, those to contact and nobody else"
    )
    group.add_argument(
        "--currency", type=str.upper, metavar="CODE", help="of money in sentences (default: the column's, else GBP)"
    )


if __name__ == "__main__":
    sys.exit(main())
