"""``train()`` and ``backtest()``: the recipes from top to bottom, and the only file that knows the order of steps."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from model.artifact.card import HORIZON_DAYS, Evaluation, HistoryCard, ModelCard, WindowSummary, feature_entries
from model.artifact.history_artifact import BGNBD, HistoryArtifact
from model.artifact.self_test import SelfTest
from model.artifact.store import HISTORY_FILE, PREVIOUS, dump_pipeline, library_versions, save_artifact
from model.errors import TransactionsError
from model.estimators.guardrails import BoundedSpend
from model.estimators.history_inputs import Known
from model.features.definitions import ACTIVE_DAYS, FEATURE_NAMES, build_snapshots
from model.orders.options import ReadingOptions
from model.orders.orders import FIT_CUSTOMERS, Transactions, read_orders, sample_customers
from model.prediction.predictor import Forecast
from training.evaluation.backtest import BACKTEST_WINDOWS, Backtest, Past, forecast_windows, judge, served_past
from training.evaluation.leaderboard import ACTIVE, ALL_KNOWN, Leaderboard, measure_groups
from training.models.candidates import QUICK, SLOW, candidate_names
from training.models.fit_guardrails import guardrails
from training.models.fit_intervals import learn_intervals
from training.models.fit_purchase_probability import fit_probability
from training.models.fit_total_interval import learn_total_errors
from training.models.summary import SUMMARY, SUMMARY_MODELS, FittedSummary, predictor_of
from training.report.data import ReportData
from training.report.page import write_report
from training.report.tables import leaderboard_tables, metrics_table
from training.shop import COLUMNS, fit_artifact, thresholds_of
from training.windows.panel import Panel, active, build_panel
from training.windows.windows import Split, Window, split_windows

LEAST_CUSTOMERS = 10
AUTO = "auto"
SELF_TEST_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class TrainingOptions:
    """How to read an export and cut its time; the defaults are what the service answers for."""

    reading: ReadingOptions = field(default_factory=ReadingOptions)
    cutoff: datetime | None = None
    horizon_days: int = HORIZON_DAYS
    active_days: int = ACTIVE_DAYS
    seed: int = 42
    summary_model: str = SUMMARY
    history_model: str = AUTO
    report: str | Path = "report"
    currency: str = ""
    fit_customers: int = FIT_CUSTOMERS
    example: bool = False


def train(
    orders: str | Path | pd.DataFrame,
    directory: str | Path,
    options: TrainingOptions | None = None,
    tell: Callable[[str], None] = print,
) -> ModelCard:
    """Train on a shop's order lines and save the models and their card.

    Parameters
    ----------
    orders : str, Path or DataFrame
        The shop's export.
    directory : str or Path
        Where ``model.pkl``, ``history_model.json`` and ``model_card.json`` are replaced, together.
    options : TrainingOptions, optional
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
    options, directory = options or TrainingOptions(), Path(directory)
    with read_orders(orders, options.reading) as transactions:
        sample_customers(transactions, at_most=options.fit_customers)
        tell(transactions.told())
        with transactions.refusals_explained():
            split = split_windows(
                transactions, horizon_days=options.horizon_days, active_days=options.active_days, cutoff=options.cutoff
            )
            panel = build_panel(transactions, split.windows, active_days=options.active_days)
            _require_customers(transactions, panel, split)
        as_of = split.windows[-1].ends_at
        known = build_snapshots(transactions, [as_of], active_days=options.active_days, columns=COLUMNS)
    fit_summary_model = SUMMARY_MODELS[options.summary_model]
    with threadpool_limits(1, "blas"):  # the matrices are small: threads would wait for each other
        past = served_past(panel, fit_summary_model)
        found, evaluation = _evaluate(panel, split, past, seed=options.seed)
        summary = fit_summary_model(panel, as_of)
        chosen = None if options.history_model == AUTO else (options.history_model, "asked for by --history-model")
        artifact = fit_artifact(
            panel, as_of, known, past, data=transactions.report, active_days=options.active_days, chosen=chosen
        )
    tell(metrics_table(evaluation))
    tell(leaderboard_tables(found.leaderboard, found.totals, each_window=False))

    pickled = dump_pipeline(summary.pipeline)
    version = f"{datetime.now(UTC):%Y-%m-%d}.{hashlib.sha256(pickled).hexdigest()[:8]}"
    self_test = _self_test(known, artifact.needs, artifact.answer)
    artifact = artifact.model_copy(update={"model_version": version, "self_test": self_test})
    card = _write_card(panel, split, past, evaluation, artifact, found.leaderboard, summary, pickled, options)

    predictor = predictor_of(summary, card)

    def forecast(customers: Known) -> Forecast:
        return predictor.forecast(np.column_stack([customers[name] for name in FEATURE_NAMES]))

    self_test, segments = _self_test(known, FEATURE_NAMES, forecast), thresholds_of(known, forecast(known).spend)
    card = card.model_copy(update={"segments": segments, "self_test": self_test})
    save_artifact(directory, pickled, card, {HISTORY_FILE: artifact.to_json()})
    tell(
        f"saved model.pkl, {HISTORY_FILE} and their card in {directory}, version {version}; a set that stood there is "
        f"in {directory / PREVIOUS}"
    )
    data = ReportData(card, found.leaderboard, found.rows, found.totals, artifact, options.currency)
    tell(f"report: {write_report(Path(options.report), data)}")
    return card


def backtest(
    transactions: Transactions,
    models: Sequence[str] = (),
    *,
    baseline: str = BGNBD,
    origins: int = BACKTEST_WINDOWS,
    seed: int = 42,
) -> Backtest:
    """Forecast the last windows, each as if the future were unknown, and compare with what happened.

    Parameters
    ----------
    transactions : Transactions
        Clean orders of the shop.
    models : sequence of str
        Of ``CANDIDATES``; all where left out.
    baseline : str
        The model that differences are to.
    origins : int
        Windows to forecast, at most.
    seed : int
        Of whatever draws at random.

    Raises
    ------
    TransactionsError
        If a model is unknown, or the history too short.
    """
    names = candidate_names(models, baseline)
    with transactions.refusals_explained():
        split = split_windows(transactions, horizon_days=HORIZON_DAYS, active_days=ACTIVE_DAYS)
        panel = build_panel(transactions, split.windows, active_days=ACTIVE_DAYS)
    windows = split.windows[1:][-origins:]
    with threadpool_limits(1, "blas"):  # see ``train``
        return judge(panel, names, windows, served_past(panel), baseline=baseline, seed=seed)


def _evaluate(panel: Panel, split: Split, past: Past, *, seed: int) -> tuple[Backtest, Evaluation]:
    """The quick candidates on the last ``BACKTEST_WINDOWS`` up to the held-out one, and all of them on that one."""
    held_out = split.held_out
    origins = [window for window in split.windows[1:] if window.as_of <= held_out.as_of][-BACKTEST_WINDOWS:]
    found = judge(panel, QUICK, origins, past, baseline=BGNBD, seed=seed)
    slow, notes = forecast_windows(panel, SLOW, [held_out], past, seed=seed)
    cap = panel.w99_cap(held_out.as_of)
    rows = pd.concat([found.rows[found.rows["cutoff"] == held_out.as_of], slow])
    groups = measure_groups(rows, w99_cap=cap, groups=(ALL_KNOWN, ACTIVE))
    evaluation = Evaluation(
        held_out=_summarise_window(panel, held_out),
        fitted_on=tuple(window.as_of.date() for window in split.learned_from),
        w99_cap=round(cap, 2),
        metrics=groups[ACTIVE],
        metrics_all_known=groups[ALL_KNOWN],
        notes=(*found.leaderboard.notes, *notes),
    )
    return found, evaluation


def _self_test(
    known: pd.DataFrame, columns: Sequence[str], answer: Callable[[Known], BoundedSpend | Forecast]
) -> SelfTest:
    """What a model answers for nobody: each row is a quantile of all known customers, so that none is a customer's."""
    rows = known[list(columns)].quantile(list(SELF_TEST_QUANTILES))
    asked = {name: rows[name].to_numpy(dtype=np.float64) for name in columns}
    told = answer(asked)
    return SelfTest.of(asked, told.spend, told.probability)


def _summarise_window(panel: Panel, window: Window) -> WindowSummary:
    """Count the active customers and buyers of one window."""
    spend = active(panel.known_at(window))["future_spend"]
    return WindowSummary(
        as_of=window.as_of.date(),
        ends_at=window.ends_at.date(),
        active_customers=len(spend),
        buyers=int((spend > 0).sum()),
        spend=round(float(spend.sum()), 2),
    )


def _require_customers(transactions: Transactions, panel: Panel, split: Split) -> None:
    customers = transactions.report.customers
    active_customers = active(panel.known).index.get_level_values("customer_id").nunique()
    if active_customers < LEAST_CUSTOMERS:
        raise TransactionsError(
            f"the export has {customers:,} customer{'' if customers == 1 else 's'}, of whom {active_customers} bought "
            f"shortly before a cutoff; a model needs at least {LEAST_CUSTOMERS} of those. "
            "Check --columns customer_id=…, or give a larger export"
        )
    for name, part in (
        ("the windows to learn from", active(panel.known_by(split.held_out.as_of))),
        ("the held-out window", active(panel.known_at(split.held_out))),
    ):
        if not (part["future_spend"] > 0).any():
            raise TransactionsError(
                f"nobody who was active bought again in {name}; choose another --cutoff, or give a longer export"
            )


def _write_card(
    panel: Panel,
    split: Split,
    past: Past,
    evaluation: Evaluation,
    artifact: HistoryArtifact,
    leaderboard: Leaderboard,
    summary: FittedSummary,
    pickled: bytes,
    options: TrainingOptions,
) -> ModelCard:
    return ModelCard(
        model_version=artifact.model_version,
        model_sha256=hashlib.sha256(pickled).hexdigest(),
        trained_at=datetime.now(UTC).replace(microsecond=0),
        estimator=", ".join(str(step) for _, step in summary.pipeline.steps),
        horizon_days=options.horizon_days,
        active_days=options.active_days,
        example=options.example,
        seed=options.seed,
        features=feature_entries(),
        data=artifact.data,
        refitted_on=tuple(_summarise_window(panel, window) for window in split.windows),
        evaluation=evaluation,
        guardrails=guardrails(active(panel.known)),
        probability=fit_probability(panel.known),
        intervals=learn_intervals(past[SUMMARY]),
        totals=learn_total_errors([each.total for each in past[SUMMARY]]),
        linear=summary.linear,
        libraries=library_versions(),
        history=HistoryCard(
            name=artifact.name,
            reason=artifact.reason,
            sha256=hashlib.sha256(artifact.to_json()).hexdigest(),
            as_of=artifact.known_until,
            backtest_cutoffs=tuple(datetime.fromisoformat(cutoff).date() for cutoff in leaderboard.windows),
            metrics=leaderboard.models,
        ),
    )
