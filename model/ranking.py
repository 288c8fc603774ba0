"""The whole base as one list to act on: highest expected spend first, each with an action, a reason, a decision."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import numpy as np
import numpy.typing as npt

from model import notes
from model.actions import Catalogue
from model.campaign import BELOW_BUDGET, CONTROL, DECISIONS, TREAT, Campaign, control_draws
from model.customer_base import add_scores, collect_features
from model.features import FEATURE_NAMES
from model.figures import KINDS
from model.filling import Filling
from model.memory import shortage_explained
from model.ranking_reasons import REASON_FEATURES, ranking_reasons
from model.scoring import SEGMENTS, Scorer
from model.segments import Segment
from model.transactions import Transactions

FloatArray = npt.NDArray[np.float64]
TextArray = npt.NDArray[np.object_]
CodeArray = npt.NDArray[np.int8]


@dataclass(frozen=True)
class CustomerBase:
    """Every customer known at ``as_of``, the highest expected spend first; arrays of shape (n_customers,).

    ``numbers`` has what is known of them by name; ``low`` and ``high`` are None where the model has no intervals.
    """

    as_of: datetime
    scorer: Scorer
    customer_id: TextArray
    spend: FloatArray
    probability: FloatArray
    segment: CodeArray
    is_active: npt.NDArray[np.bool_]
    low: FloatArray | None
    high: FloatArray | None
    numbers: Mapping[str, FloatArray]

    def __len__(self) -> int:
        return len(self.customer_id)


@dataclass(frozen=True)
class Interval:
    """Lowest and highest sum that hold in four windows of five."""

    low: float
    high: float


@dataclass(frozen=True)
class Group:
    """Some of the customers, and what is expected of them together."""

    customers: int
    expected_buyers_30d: float
    expected_revenue_30d: float
    cost: float | None


@dataclass(frozen=True)
class Totals:
    """What is expected of the customers of a list together, new customers not included."""

    customers: int
    active_customers: int
    expected_buyers_30d: float
    expected_revenue_30d: float
    expected_revenue_30d_interval_80: Interval | None
    treat: Group
    control: Group
    below_budget: Group


@dataclass(frozen=True)
class SegmentTotals:
    """What is expected of the customers of one segment together, and how many of them the campaign reaches."""

    customer_segment: Segment
    customers: int
    expected_buyers_30d: float
    expected_revenue_30d: float
    treat: int
    control: int
    below_budget: int


@dataclass(frozen=True)
class RankedList:
    """The customers of a campaign, best first; ``base`` holds those of its segments alone."""

    base: CustomerBase
    campaign: Campaign
    control_draw: FloatArray
    decision: CodeArray
    action_id: TextArray
    recommended_action: TextArray
    reason: TextArray

    def __len__(self) -> int:
        return len(self.base)

    def columns(self, start: int, end: int) -> dict[str, list[Any]]:  # Any: numbers, texts, None
        """Some customers as columns by name: those of the preset "plain", then what JSON alone shows."""
        base, rows = self.base, slice(start, end)
        size = len(base.customer_id[rows])
        missing = [None] * size
        return {
            "rank": list(range(start + 1, start + 1 + size)),
            "customer_id": base.customer_id[rows].tolist(),
            "predicted_future_spend_30d": base.spend[rows].tolist(),
            "spend_low_80": missing if base.low is None else base.low[rows].tolist(),
            "spend_high_80": missing if base.high is None else base.high[rows].tolist(),
            "purchase_probability_30d": base.probability[rows].tolist(),
            "customer_segment": [SEGMENTS[code].value for code in base.segment[rows].tolist()],
            "action_id": self.action_id[rows].tolist(),
            "recommended_action": self.recommended_action[rows].tolist(),
            "reason": self.reason[rows].tolist(),
            "decision": [DECISIONS[code].value for code in self.decision[rows].tolist()],
            "as_of": [base.as_of.isoformat()] * size,
            "model_version": [base.scorer.card.model_version] * size,
            "control_draw": self.control_draw[rows].tolist(),
            "is_active": base.is_active[rows].tolist(),
            **{name: base.numbers[name][rows].tolist() for name in FEATURE_NAMES},
        }

    def totals(self) -> Totals:
        """The sums of the list."""
        base = self.base
        return Totals(
            customers=len(base),
            active_customers=int(base.is_active.sum()),
            expected_buyers_30d=_probability_sum(base.probability),
            expected_revenue_30d=_money_sum(base.spend),
            expected_revenue_30d_interval_80=self._interval_80(),
            treat=self._group(TREAT),
            control=self._group(CONTROL),
            below_budget=self._group(BELOW_BUDGET),
        )

    def segments(self) -> list[SegmentTotals]:
        """The sums of each segment, in the order of ``Segment``; zeros for one that is not in the list."""
        return [self._segment(code, segment) for code, segment in enumerate(SEGMENTS)]

    def _interval_80(self) -> Interval | None:
        errors = self.base.scorer.total_errors
        if errors is None:
            return None
        low, high = errors.interval_80(self.base.spend, self.base.probability)
        return Interval(round(low, 2), round(high, 2))

    def _group(self, decision: int) -> Group:
        is_in = self.decision == decision
        return Group(
            customers=int(is_in.sum()),
            expected_buyers_30d=_probability_sum(self.base.probability[is_in]),
            expected_revenue_30d=_money_sum(self.base.spend[is_in]),
            cost=self.campaign.cost(int(is_in.sum()) if decision == TREAT else 0),
        )

    def _segment(self, code: int, segment: Segment) -> SegmentTotals:
        is_in = self.base.segment == code
        decisions = np.bincount(self.decision[is_in], minlength=len(DECISIONS)).tolist()
        return SegmentTotals(
            customer_segment=segment,
            customers=int(is_in.sum()),
            expected_buyers_30d=_probability_sum(self.base.probability[is_in]),
            expected_revenue_30d=_money_sum(self.base.spend[is_in]),
            treat=decisions[TREAT],
            control=decisions[CONTROL],
            below_budget=decisions[BELOW_BUDGET],
        )


def score_base(transactions: Transactions, scorer: Scorer, as_of: datetime, *, is_quiet: bool = False) -> CustomerBase:
    """Forecast every customer who bought before ``as_of``, and put the highest spend first, equal ones by id.

    Raises
    ------
    TransactionsError
        If nobody bought before, or memory or disk runs out.
    """
    names = tuple(dict.fromkeys((*FEATURE_NAMES, *REASON_FEATURES)))
    connection = transactions.connection
    with shortage_explained(Path(gettempdir())):
        customers = collect_features(transactions, dict.fromkeys((*scorer.features, *names)), as_of)
        scored = add_scores(connection, scorer, customers, is_quiet=is_quiet)
        columns = connection.execute(
            f"SELECT customer_id, is_active, {', '.join((*names, *scored))} FROM features "
            "JOIN scores ON features.rowid = scores.row ORDER BY spend DESC, customer_id"
        ).fetchnumpy()
    return CustomerBase(
        as_of=as_of,
        scorer=scorer,
        customer_id=columns["customer_id"],
        spend=columns["spend"],
        probability=columns["probability"],
        segment=columns["segment"],
        is_active=columns["is_active"],
        low=columns.get("low"),
        high=columns.get("high"),
        numbers={name: np.ma.filled(columns[name], np.nan) for name in names},
    )


def rank_customers(base: CustomerBase, campaign: Campaign, catalogue: Catalogue, currency: str) -> RankedList:
    """The list of a campaign: the base, or some segments of it, with an action, a reason and a decision for each."""
    reasons = np.array(ranking_reasons(base.numbers, currency), dtype=object)
    chosen = _of_segments(base, campaign.segments)
    theirs = _part(base, chosen)
    actions, titles = _recommended(theirs, catalogue, currency)
    draws = control_draws(theirs.customer_id.tolist())
    return RankedList(
        base=theirs,
        campaign=campaign,
        control_draw=draws,
        decision=campaign.decide(draws),
        action_id=actions,
        recommended_action=titles,
        reason=reasons[chosen],
    )


def ranking_notes(transactions: Transactions, base: CustomerBase) -> list[str]:
    """What was odd about the order lines, and what that means for the forecasts."""
    later = transactions.connection.execute(
        "SELECT coalesce(sum(lines), 0) FROM orders WHERE ordered_at >= ?", [base.as_of]
    ).fetchall()[0][0]
    quiet = len(base) - int(base.is_active.sum())
    return [
        *_column_notes(transactions.report.missing_columns, base.scorer.card.untrained_columns),
        *([notes.later_lines(int(later), base.as_of)] if later else []),
        *([notes.not_active_of_many(quiet, len(base), base.scorer.card.active_days)] if quiet else []),
    ]


def _column_notes(missing: Sequence[str], untrained: Sequence[str]) -> Iterator[str]:
    """Where the lines tell less, or may tell more, than those of the training did."""
    for role in notes.ABSENT_COLUMNS:
        if role in untrained:
            yield notes.ignored_column(role)
        elif role in missing:
            yield notes.absent_column(role)


def _of_segments(base: CustomerBase, segments: tuple[Segment, ...] | None) -> npt.NDArray[np.intp]:
    if segments is None:
        return np.arange(len(base))
    return np.flatnonzero(np.isin(base.segment, [SEGMENTS.index(segment) for segment in segments]))


def _part(base: CustomerBase, rows: npt.NDArray[np.intp]) -> CustomerBase:
    return replace(
        base,
        customer_id=base.customer_id[rows],
        spend=base.spend[rows],
        probability=base.probability[rows],
        segment=base.segment[rows],
        is_active=base.is_active[rows],
        low=None if base.low is None else base.low[rows],
        high=None if base.high is None else base.high[rows],
        numbers={name: values[rows] for name, values in base.numbers.items()},
    )


def _recommended(base: CustomerBase, catalogue: Catalogue, currency: str) -> tuple[TextArray, TextArray]:
    """Id and title of the action for each customer, the title filled with their numbers."""
    numbers = {
        **base.numbers,
        "predicted_future_spend_30d": base.spend,
        "purchase_probability_30d": base.probability,
    }
    ids, titles = (np.empty(len(base), dtype=object) for _ in range(2))
    for code, segment in enumerate(SEGMENTS):
        rows = np.flatnonzero(base.segment == code)
        for action, places in catalogue.best_of_many(segment, base.probability[rows]):
            theirs = rows[places]
            ids[theirs] = action.id
            titles[theirs] = Filling(action.title, currency).fill({name: numbers[name][theirs] for name in KINDS})
    return ids, titles


def _money_sum(amounts: FloatArray) -> float:
    return round(float(amounts.sum()), 2)


def _probability_sum(probabilities: FloatArray) -> float:
    return round(float(probabilities.sum()), 4)
