"""``fit_shop``: the history artifact of one shop, fitted on its own orders, with nothing written."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import gettempdir

import pandas as pd
from threadpoolctl import threadpool_limits

from model.arrays import FloatArray
from model.artifact.card import HORIZON_DAYS
from model.artifact.history_artifact import BGNBD, RANKS, RECORD_WINDOWS, HistoryArtifact, LearnedFrom, PastTotal
from model.engines.memory import shortage_explained
from model.estimators.history_inputs import NEEDS
from model.estimators.hyperparameters import DEFAULTS
from model.features.definitions import ACTIVE_DAYS, FEATURE_NAMES, build_snapshots
from model.orders.cleaning import CleaningReport, nobody_bought
from model.orders.orders import Transactions
from model.prediction.predictor import rounded
from model.segments import SEGMENT_FEATURES, SegmentThresholds
from training.evaluation.promotion import promote
from training.models.fit_intervals import learn_intervals
from training.models.fit_total_interval import learn_total_errors
from training.models.history import PastForecast, Progress, fit_at, forecast_past
from training.windows.panel import Panel, build_panel
from training.windows.windows import Window

COLUMNS = tuple(dict.fromkeys((*FEATURE_NAMES, *NEEDS, *SEGMENT_FEATURES)))


def fit_shop(
    transactions: Transactions, as_of: datetime | None = None, *, progress: Progress | None = None
) -> HistoryArtifact:
    """Fit the history artifact of a shop on its orders before ``as_of``; nothing is written and nothing kept.

    Learns from the newest 24 windows, and of more than 50,000 customer-windows from a draw of customers by the hash
    of their ids; the past forecasts, and what is learned from them, are of all customers.

    Parameters
    ----------
    transactions : Transactions
        Clean orders of the shop.
    as_of : datetime, optional
        The first moment that is not known; the midnight after the last line before it at the latest, which it is
        where left out.
    progress : callable, optional
        Takes the name of a step and which part of it is done (0 to 1). What it raises ends the fit.

    Returns
    -------
    HistoryArtifact
        As good as one loaded from a folder, see ``model.artifact.history_artifact``.

    Raises
    ------
    TransactionsError
        If nobody bought before ``as_of``, or memory or disk ran out (Shortage).
    """
    at = transactions.ends_at if as_of is None else min(as_of, _midnight_after_the_last(transactions, as_of))
    windows = windows_before(at, transactions.starts_at, horizon_days=HORIZON_DAYS, active_days=ACTIVE_DAYS)
    with shortage_explained(Path(gettempdir())):
        known = build_snapshots(transactions, [at], active_days=ACTIVE_DAYS, columns=COLUMNS)
        if known.empty:
            raise nobody_bought(at, transactions.report)
        if windows:
            most = DEFAULTS.most_customer_windows
            panel = build_panel(transactions, windows, active_days=ACTIVE_DAYS, columns=COLUMNS, most_rows=most)
        else:
            panel = Panel(known.iloc[:0].assign(future_spend=0.0), (), HORIZON_DAYS)
    with threadpool_limits(1):  # problems as small as these lose more to waking threads than they gain
        artifact = fit_artifact(panel, at, known, forecast_past(panel, progress), data=transactions.report)
    # Of what it was fitted on, since the last bits of what came out depend on the order in which an engine adds up.
    learned = f"{at}{transactions.report.model_dump_json()}".encode()
    return artifact.model_copy(update={"model_version": f"fitted.{sha256(learned).hexdigest()[:8]}"})


def _midnight_after_the_last(transactions: Transactions, as_of: datetime) -> datetime:
    """The midnight after the last order before ``as_of``, so that nothing later moves the windows."""
    query = "SELECT max(ordered_at) FROM orders WHERE ordered_at < ?"
    last: datetime | None = transactions.connection.execute(query, [as_of]).fetchall()[0][0]
    return as_of if last is None else datetime.combine(last.date(), time.min) + timedelta(days=1)


def windows_before(at: datetime, starts_at: datetime, *, horizon_days: int, active_days: int) -> list[Window]:
    """The newest complete windows, oldest first, the last of which ends at ``at``."""
    horizon = timedelta(days=horizon_days)
    count = min((at - starts_at - timedelta(days=active_days)) // horizon, DEFAULTS.newest_windows)
    return [Window(at - step * horizon, at - (step - 1) * horizon) for step in range(count, 0, -1)]


def fit_artifact(
    panel: Panel,
    at: datetime,
    known: pd.DataFrame,
    past: Mapping[str, Sequence[PastForecast]],
    *,
    data: CleaningReport,
    active_days: int = ACTIVE_DAYS,
    chosen: tuple[str, str] | None = None,
) -> HistoryArtifact:
    """The artifact for the horizon from ``at`` on, the first moment that is not known.

    The labels of ``panel`` are complete by then, ``known`` are the features of every customer known then, and ``past``
    the forecasts of the panel's windows by model, see ``forecast_past``. ``chosen`` is a model and why it is to answer,
    in place of ``promote``.
    """
    name, reason = promote(panel, past) if chosen is None else chosen
    served = BGNBD if name == RANKS else name
    fitted = fit_at(panel, at, known)
    record = past[served]
    return HistoryArtifact(
        model_version="unsaved",
        name=name,
        reason=reason,
        as_of=at,
        active_days=active_days,
        data=data,
        learned_from=LearnedFrom(
            windows=len(panel.windows),
            customer_windows=len(panel.known),
            drawn=len(panel.drawn(panel.known)),
            past_buyers=int((panel.known["future_spend"] > 0).sum()),
        ),
        model=fitted.models[served],
        segments=thresholds_of(known, fitted.answer(served, known).spend),
        guardrails=fitted.guardrails,
        intervals=learn_intervals(record),
        totals=None if name == RANKS else learn_total_errors([each.total for each in record]),
        track_record=() if name == RANKS else tuple(past_totals(record)),
    )


def thresholds_of(known: pd.DataFrame, expected_spend: FloatArray) -> SegmentThresholds:
    """The thresholds of everybody known, for customers who are asked about alone."""
    return SegmentThresholds.of(rounded(expected_spend, 2), *known[["avg_spend", "median_gap_days"]].to_numpy().T)


def past_totals(record: Sequence[PastForecast]) -> list[PastTotal]:
    """The newest windows, all customers of each together, with factor and interval from the windows before it."""
    totals = []
    for place, each in list(enumerate(record))[-RECORD_WINDOWS:]:
        errors = learn_total_errors([before.total for before in record[:place]])
        low, high = (None, None) if errors is None else errors.interval_80(each.spend, each.probability)
        forecast = float(each.spend.sum()) if errors is None else errors.total(each.spend)
        totals.append(
            PastTotal(
                as_of=each.window.as_of.date(),
                customers=len(each.spend),
                forecast=round(forecast, 2),
                low=None if low is None else round(low, 2),
                high=None if high is None else round(high, 2),
                realised=round(float(each.actual.sum()), 2),
            )
        )
    return totals
