"""The order lines of one customer, cleaned, turned into features and forecast as whole shops are in training."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from threadpoolctl import ThreadpoolController

from model import notes
from model.card import ModelCard
from model.cleaning import CleaningReport
from model.errors import ArtifactError, NoPurchase, TransactionsError
from model.features import FEATURE_NAMES, build_snapshots
from model.guardrails import BoundedNumber
from model.history_artifact import load_history_model
from model.history_model import HistoryForecast, WithIntervals
from model.linear import GUARDRAILS
from model.predictor import Prediction, bound_notes
from model.reading import ReadingOptions
from model.reasons import Reason, Reasons
from model.scoring import bound_history
from model.segments import decide_segment
from model.transactions import Transactions, clean_transactions, open_frame

Evidence = Literal["one_order", "some", "rich"]

# Any text does: the customer's own id could be one that cleaning takes for a missing one, such as "none".
CUSTOMER = "customer"
RICH_ORDERS = 5
MOST_REASONS = 8


class OrderLine(NamedTuple):
    """One row of an order; ``unit_price`` is None where nothing was bought that a price could be of."""

    invoice: str | None
    product: str | None
    quantity: float
    unit_price: float | None
    ordered_at: datetime


@dataclass(frozen=True)
class HistoryPrediction:
    """What the history model knows about one customer; ``prediction`` has the words and bounds of any other."""

    prediction: Prediction
    interval_90: tuple[float, float] | None
    evidence: Evidence
    as_of: datetime
    model_name: str


class HistoryPredictor:
    """The saved history model, ready to answer.

    Raises
    ------
    ArtifactError
        If there is none, or it cannot be trusted; see ``load_history_model``.
    """

    def __init__(self, directory: Path, card: ModelCard) -> None:
        self.model: WithIntervals = load_history_model(directory, card)
        if card.history is None:  # for the type checker: the line above has refused it
            raise ArtifactError("the card describes no model of whole histories")
        self.card, self.name = card, card.history.name
        self._threads = ThreadpoolController()

    def predict(self, lines: Sequence[OrderLine], as_of: datetime | None = None) -> HistoryPrediction:
        """Answer for one customer.

        Parameters
        ----------
        lines : sequence of OrderLine
            At least one, in any order.
        as_of : datetime, optional
            Without time zone; nothing from here on reaches a feature. The midnight after the last line where
            left out.

        Raises
        ------
        NoPurchase
            If no line before ``as_of`` is a purchase.
        """
        as_of = midnight_after(lines) if as_of is None else as_of
        known = [line for line in lines if line.ordered_at < as_of]
        snapshot, report = snapshot_of(known, as_of, self.card)
        # One row is no work to share: handing it to several threads takes longer than doing it.
        with self._single_thread():
            forecast = self.model.predict(snapshot)
        features = snapshot[list(FEATURE_NAMES)].to_numpy(dtype=np.float64)[0].tolist()
        origin = HistoryOrigin(self, snapshot, forecast, self._bounded(features, forecast))
        spend, probability = origin.bounded.spend, float(forecast.probability[0])
        decision = decide_segment(features, self.card.segments)
        remarks = (
            *_line_notes(lines, known, as_of, report),
            *_column_notes(known, self.card),
            *([] if bool(snapshot["is_active"].iloc[0]) else [notes.not_active(features[-1], self.card.active_days)]),
            *bound_notes(origin.bounded),
        )
        return HistoryPrediction(
            prediction=Prediction(
                future_spend_30d=round(spend, 2),
                purchase_probability_30d=round(probability, 4),
                segment=decision.segment,
                segment_reason=decision.reason,
                segment_changes=decision.changes,
                features=tuple(features),
                warnings=remarks,
                origin=origin,
            ),
            interval_90=origin.interval(0.9),
            evidence=evidence_of(int(features[FEATURE_NAMES.index("num_transactions")])),
            as_of=as_of,
            model_name=self.name,
        )

    def _bounded(self, features: Sequence[float], forecast: HistoryForecast) -> BoundedNumber:
        """The forecast within the guardrails of the card, as every answer is."""
        return bound_history(self.card.guardrails, forecast, np.array([features])).first

    def explain(self, snapshot: pd.DataFrame) -> Reasons:
        """What moved the forecast, before any bound."""
        with self._single_thread():
            return self.model.explain(snapshot)

    def _single_thread(self) -> AbstractContextManager[Any]:  # Any: threadpoolctl has no types
        limit: AbstractContextManager[Any] = self._threads.limit(limits=1, user_api="openmp")
        return limit


@dataclass(frozen=True)
class HistoryOrigin:
    """What one prediction came from: interval and reasons, for those who ask for them."""

    predictor: HistoryPredictor
    snapshot: pd.DataFrame
    forecast: HistoryForecast
    bounded: BoundedNumber

    def interval(self, coverage: float) -> tuple[float, float] | None:
        """Lowest and highest spend around the answer, with two decimals; None where no errors were measured."""
        distribution = self.predictor.model.distribution
        if distribution is None:
            return None
        low, high = distribution.interval(np.array([self.bounded.spend]), self.forecast.probability, coverage=coverage)
        return round(float(low[0]), 2), round(float(high[0]), 2)

    def interval_80(self) -> tuple[float, float] | None:
        """Lowest and highest spend that hold for four customers in five."""
        return self.interval(0.8)

    def reasons(self) -> Reasons:
        """The largest parts of the forecast, and everything else as one."""
        return self._all_reasons.largest(MOST_REASONS)

    @cached_property
    def _all_reasons(self) -> Reasons:
        explained = self.predictor.explain(self.snapshot)
        held = self.bounded.spend - float(self.forecast.spend[0])
        if held == 0:
            return explained
        return Reasons(explained.base, (*explained.reasons, Reason(GUARDRAILS, held)))


def snapshot_of(lines: Sequence[OrderLine], as_of: datetime, card: ModelCard) -> tuple[pd.DataFrame, CleaningReport]:
    """The history features of one customer, as ``build_snapshots`` makes them of a whole shop.

    Returns
    -------
    DataFrame of shape (1, n_features + 1), and what cleaning left out.

    Raises
    ------
    NoPurchase
        If none of the lines is a purchase.
    """
    try:
        with _transactions(lines, card) as transactions:
            snapshot = build_snapshots(transactions, [as_of], active_days=card.active_days)
            report = transactions.report
    except TransactionsError as error:
        raise NoPurchase(as_of) from error
    # Spend that rounds to nothing is no purchase either.
    if snapshot.empty or not snapshot["num_transactions"].iloc[0] > 0 or not snapshot["total_spend"].iloc[0] > 0:
        raise NoPurchase(as_of)
    return snapshot, report


def midnight_after(lines: Sequence[OrderLine]) -> datetime:
    """The midnight after the last line: the first moment of which nothing is known."""
    return datetime.combine(max(line.ordered_at for line in lines).date(), time.min) + timedelta(days=1)


def evidence_of(orders: int) -> Evidence:
    """How much a history of so many orders can tell."""
    if orders <= 1:
        return "one_order"
    return "rich" if orders >= RICH_ORDERS else "some"


def _transactions(lines: Sequence[OrderLine], card: ModelCard) -> Transactions:
    """Clean the lines with the columns, and the meaning of returns, that the model was trained with."""
    if not lines:
        raise TransactionsError("there is no line")
    invoices, products, quantities, prices, moments = zip(*lines, strict=True)
    columns: dict[str, Any] = {  # Any: texts, numbers and moments
        "customer_id": [CUSTOMER] * len(lines),
        "quantity": np.array(quantities, dtype=np.float64),
        "unit_price": pd.array(prices, dtype="Float64"),
        "ordered_at": np.array(moments, dtype="datetime64[us]"),
    }
    columns |= {
        role: pd.array(values, dtype="string")
        for role, values in (("invoice", invoices), ("product", products))
        if any(value is not None for value in values)
    }
    reading = ReadingOptions(
        columns={role: role for role in columns},
        threads=1,
        shows_progress=False,
    ).for_model(card)
    return clean_transactions(open_frame(pd.DataFrame(columns), reading))


def _line_notes(
    lines: Sequence[OrderLine], known: Sequence[OrderLine], as_of: datetime, report: CleaningReport
) -> list[str]:
    """What was not counted."""
    later = len(lines) - len(known)
    return [
        *([notes.later_lines(later, as_of)] if later else []),
        *(notes.dropped_lines(dropped.lines, dropped.reason) for dropped in report.dropped),
    ]


def _column_notes(known: Sequence[OrderLine], card: ModelCard) -> list[str]:
    """Where the lines tell less, or more, than those of the training did."""
    given = {
        "invoice": any(line.invoice is not None for line in known),
        "product": any(line.product is not None for line in known),
    }
    return [
        notes.ignored_column(role) if is_given else notes.absent_column(role)
        for role, is_given in given.items()
        if is_given == (role in card.untrained_columns)
    ]
