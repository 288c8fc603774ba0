"""``train()``: the recipe from top to bottom, and the only file that knows the order of steps."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
from sklearn.pipeline import Pipeline

from model.artifact import dump_pipeline, library_versions, save_artifact
from model.card import ACTIVE_DAYS, HORIZON_DAYS, Evaluation, ModelCard, feature_entries
from model.errors import TransactionsError
from model.export import export_form
from model.features import FEATURE_NAMES
from model.transactions import Transactions, read_transactions
from training.candidates import LASSO_ALPHA, lasso_pipeline
from training.comparison import compare_candidates, summarise_window
from training.labels import label_windows
from training.purchase_probability import fit_probability
from training.report import metrics_table
from training.splits import Split, split_windows
from training.thresholds import guardrails, segment_thresholds

LEAST_CUSTOMERS = 10


@dataclass(frozen=True)
class TrainingOptions:
    """How to read an export and cut its time; the defaults are what the service answers for."""

    columns: Mapping[str, str] = field(default_factory=dict)
    date_order: str | None = None
    cutoff: datetime | None = None
    horizon_days: int = HORIZON_DAYS
    active_days: int = ACTIVE_DAYS
    seed: int = 42


def train(orders: Path, directory: Path, options: TrainingOptions, tell: Callable[[str], None]) -> ModelCard:
    """Train on a shop's order lines and save model and card.

    Parameters
    ----------
    orders : Path
        The shop's export.
    directory : Path
        Where ``model.pkl`` and ``model_card.json`` are replaced, together.
    options : TrainingOptions
        Columns, windows and seed.
    tell : callable
        Takes the lines that a person reads while it works.

    Raises
    ------
    TransactionsError
        If the export cannot be read or is too short or too small; nothing is written.
    OSError
        If the files cannot be written; the old pair stands.
    """
    with read_transactions(orders, options.columns, date_order=options.date_order) as transactions:
        tell(transactions.report.table())
        split = split_windows(
            transactions,
            horizon_days=options.horizon_days,
            active_days=options.active_days,
            cutoff=options.cutoff,
        )
        labelled = label_windows(transactions, split.windows, active_days=options.active_days)
        active = labelled[labelled["is_active"]]
        _require_customers(transactions, active, split)
        evaluation = compare_candidates(active, split, seed=options.seed)
        tell(metrics_table(evaluation))
        pipeline = fit_pipeline(active)
        pickled = dump_pipeline(pipeline)
        card = _write_card(transactions, labelled, split, evaluation, pickled, options)
    save_artifact(directory, pickled, card, export_form(pipeline, card.model_sha256))
    tell(f"saved {directory / 'model.pkl'} and its card, version {card.model_version}")
    return card


def fit_pipeline(active: pd.DataFrame) -> Pipeline:
    """Fit the pipeline that is exported, on the active customers of every labelled window."""
    return lasso_pipeline().fit(active[list(FEATURE_NAMES)], active["future_spend"])


def _require_customers(transactions: Transactions, active: pd.DataFrame, split: Split) -> None:
    customers = transactions.report.customers
    active_customers = active.index.get_level_values("customer_id").nunique()
    if active_customers < LEAST_CUSTOMERS:
        raise TransactionsError(
            f"the export has {customers:,} customer{'' if customers == 1 else 's'}, of whom {active_customers} bought "
            f"shortly before a cutoff; a model needs at least {LEAST_CUSTOMERS} of those. "
            "Check --columns customer_id=…, or give a larger export"
        )
    cutoffs = active.index.get_level_values("as_of")
    for name, part in (
        ("the windows to learn from", active[cutoffs < split.held_out.as_of]),
        ("the held-out window", active[cutoffs == split.held_out.as_of]),
    ):
        if not (part["future_spend"] > 0).any():
            raise TransactionsError(
                f"nobody who was active bought again in {name}; choose another --cutoff, or give a longer export"
            )


def _write_card(
    transactions: Transactions,
    labelled: pd.DataFrame,
    split: Split,
    evaluation: Evaluation,
    pickled: bytes,
    options: TrainingOptions,
) -> ModelCard:
    active = labelled[labelled["is_active"]]
    sha256 = hashlib.sha256(pickled).hexdigest()
    trained_at = datetime.now(UTC).replace(microsecond=0)
    return ModelCard(
        model_version=f"{trained_at:%Y-%m-%d}.{sha256[:8]}",
        model_sha256=sha256,
        trained_at=trained_at,
        estimator=f"StandardScaler, Lasso(alpha={LASSO_ALPHA})",
        horizon_days=options.horizon_days,
        active_days=options.active_days,
        seed=options.seed,
        features=feature_entries(),
        data=transactions.report,
        refitted_on=tuple(summarise_window(active, window) for window in split.windows),
        evaluation=evaluation,
        segments=segment_thresholds(active),
        guardrails=guardrails(active),
        probability=fit_probability(labelled),
        libraries=library_versions(),
    )
