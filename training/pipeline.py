"""``train()``: the recipe from top to bottom, and the only file that knows the order of steps."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from model.artifact import dump_pipeline, library_versions, save_artifact
from model.buy_till_you_die import BuyTillYouDie
from model.card import ACTIVE_DAYS, HORIZON_DAYS, Evaluation, HistoryCard, ModelCard, feature_entries
from model.errors import TransactionsError
from model.features import build_snapshots
from model.history_artifact import history_files
from model.history_form import export_history_form
from model.reading import ReadingOptions
from model.transactions import FIT_CUSTOMERS, Transactions, read_orders, sample_customers
from training.comparison import compare_candidates, summarise_window
from training.hindcasts import make_hindcasts
from training.history import contend, describe_history, feature_importance, fit_history
from training.panel import Panel, build_panel
from training.purchase_probability import fit_probability
from training.report import leaderboard_tables, metrics_table
from training.report_page import write_report
from training.served import recall_history
from training.splits import Split, split_windows
from training.summary import FittedSummary, learn_intervals, recall_summary
from training.summary_models import DEFAULT_SUMMARY, SUMMARY_MODELS, describe
from training.thresholds import guardrails, segment_thresholds
from training.track_record import learn_totals

LEAST_CUSTOMERS = 10
AUTO = "auto"


@dataclass(frozen=True)
class TrainingOptions:
    """How to read an export and cut its time; the defaults are what the service answers for."""

    reading: ReadingOptions = field(default_factory=ReadingOptions)
    cutoff: datetime | None = None
    horizon_days: int = HORIZON_DAYS
    active_days: int = ACTIVE_DAYS
    seed: int = 42
    summary_model: str = DEFAULT_SUMMARY
    history_model: str = AUTO
    report: Path = Path("report")
    currency: str = ""
    fit_customers: int = FIT_CUSTOMERS


def train(orders: str | Path, directory: Path, options: TrainingOptions, tell: Callable[[str], None]) -> ModelCard:
    """Train on a shop's order lines and save the models and their card.

    Parameters
    ----------
    orders : str or Path
        The shop's export.
    directory : Path
        Where ``model.pkl``, ``history_model.pkl`` and ``model_card.json`` are replaced, together.
    options : TrainingOptions
        Columns, windows and seed.
    tell : callable
        Takes the lines that a person reads while it works.

    Raises
    ------
    TransactionsError
        If the export cannot be read or is too short or too small; nothing is written.
    OSError
        If the files cannot be written; the old set stands.
    """
    with read_orders(orders, options.reading, tell=tell) as transactions:
        sample_customers(transactions, at_most=options.fit_customers)
        tell(transactions.report.table())
        split = split_windows(
            transactions,
            horizon_days=options.horizon_days,
            active_days=options.active_days,
            cutoff=options.cutoff,
        )
        panel = build_panel(transactions, split.windows, active_days=options.active_days)
        _require_customers(transactions, panel, split)
        as_of = split.windows[-1].ends_at
        btyd = BuyTillYouDie().fit(build_snapshots(transactions, [as_of]))
    hindcasts = make_hindcasts(panel, panel.windows, seed=options.seed)

    evaluation = compare_candidates(panel, split, hindcasts, seed=options.seed)
    tell(metrics_table(evaluation))
    rows, leaderboard = contend(panel, split, hindcasts, seed=options.seed)
    tell(leaderboard_tables(leaderboard, each_window=False))

    name, reason = leaderboard.champion, leaderboard.champion_reason
    if options.history_model != AUTO:
        name, reason = options.history_model, "asked for by --history-model"
    history_model = fit_history(name, panel, as_of, hindcasts, btyd, seed=options.seed)
    history_pickle = dump_pipeline(history_model)
    totals = learn_totals(panel.answerable(as_of), recall_history(name, panel, hindcasts))
    history = describe_history(name, history_model, history_pickle, as_of, leaderboard, reason=reason, totals=totals)

    summary = SUMMARY_MODELS[options.summary_model](panel, as_of)
    pickled = dump_pipeline(summary.pipeline)
    card = _write_card(transactions, panel, split, evaluation, history, summary, pickled, options)
    others = history_files(history_pickle, export_history_form(history_model, history.sha256))
    save_artifact(directory, pickled, card, others)
    tell(f"saved model.pkl, history_model.pkl and their card in {directory}, version {card.model_version}")
    page = write_report(
        options.report,
        card=card,
        leaderboard=leaderboard,
        backtest=rows,
        importance=feature_importance(history_model, panel.at(split.windows[-1])),
        currency=options.currency,
    )
    tell(f"report: {page}")
    return card


def _require_customers(transactions: Transactions, panel: Panel, split: Split) -> None:
    customers = transactions.report.customers
    active_customers = panel.active.index.get_level_values("customer_id").nunique()
    if active_customers < LEAST_CUSTOMERS:
        raise TransactionsError(
            f"the export has {customers:,} customer{'' if customers == 1 else 's'}, of whom {active_customers} bought "
            f"shortly before a cutoff; a model needs at least {LEAST_CUSTOMERS} of those. "
            "Check --columns customer_id=…, or give a larger export"
        )
    for name, part in (
        ("the windows to learn from", panel.learned_by(split.held_out.as_of)),
        ("the held-out window", panel.at(split.held_out)),
    ):
        if not (part["future_spend"] > 0).any():
            raise TransactionsError(
                f"nobody who was active bought again in {name}; choose another --cutoff, or give a longer export"
            )


def _write_card(
    transactions: Transactions,
    panel: Panel,
    split: Split,
    evaluation: Evaluation,
    history: HistoryCard,
    summary: FittedSummary,
    pickled: bytes,
    options: TrainingOptions,
) -> ModelCard:
    as_of, fit_summary_model = split.windows[-1].ends_at, SUMMARY_MODELS[options.summary_model]
    sha256 = hashlib.sha256(pickled).hexdigest()
    trained_at = datetime.now(UTC).replace(microsecond=0)
    return ModelCard(
        model_version=f"{trained_at:%Y-%m-%d}.{sha256[:8]}",
        model_sha256=sha256,
        trained_at=trained_at,
        estimator=describe(summary.pipeline),
        horizon_days=options.horizon_days,
        active_days=options.active_days,
        seed=options.seed,
        features=feature_entries(),
        data=transactions.report,
        refitted_on=tuple(summarise_window(panel, window) for window in split.windows),
        evaluation=evaluation,
        segments=segment_thresholds(panel.active),
        guardrails=guardrails(panel.active),
        probability=fit_probability(panel.known),
        intervals=learn_intervals(panel, as_of, fit_summary_model),
        totals=learn_totals(panel.answerable(as_of), recall_summary(panel, panel.known_at, fit_summary_model)),
        linear=summary.linear,
        history=history,
        libraries=library_versions(),
    )
