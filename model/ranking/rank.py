"""The whole base as one list to act on: highest expected spend first, each with an action, a reason, a decision."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from tempfile import gettempdir

import numpy as np
import pandas as pd

from model.arrays import CodeArray, ObjectArray, PositionArray
from model.artifact.history_artifact import WRITTEN, HistoryArtifact
from model.currency import DEFAULT_CURRENCY
from model.engines.memory import shortage_explained
from model.estimators.intervals import IF_PURCHASE
from model.features.definitions import FEATURE_NAMES
from model.orders.cleaning import untrained_columns
from model.orders.orders import Transactions
from model.prediction import warnings
from model.prediction.customer_tables import SEGMENTED, add_scores, add_segments, collect_features
from model.prediction.scorers import HistoryScorer, Scorer
from model.ranking.actions import FAVOURITES, Catalogue, built_in_catalogue
from model.ranking.campaign import DECISIONS, Campaign, Offers, control_draws
from model.ranking.control_group import LARGE_SHARE
from model.ranking.customer_details import add_details
from model.ranking.placeholders import KINDS
from model.ranking.ranked_list import CustomerBase, RankedList
from model.ranking.reasons import REASON_FEATURES, ranking_reasons
from model.ranking.templates import Filling
from model.ranking.track_record import TrackRecord
from model.segments import SEGMENT_FEATURES, SEGMENTS

SPEND, PROBABILITY = WRITTEN.values()
# The features that sentences about a customer are made of.
SENTENCES = tuple(dict.fromkeys((*FEATURE_NAMES, *REASON_FEATURES)))


def score_base(
    transactions: Transactions,
    scorer: Scorer | HistoryArtifact,
    as_of: datetime | None = None,
    *,
    is_quiet: bool = False,
) -> CustomerBase:
    """Forecast every customer who bought before ``as_of``, and put the highest spend first, equal ones by id.

    Parameters
    ----------
    transactions : Transactions
        Clean orders of the shop.
    scorer : Scorer or HistoryArtifact
        The model.
    as_of : datetime, optional
        The first moment that is not known; the midnight after the last line where left out.
    is_quiet : bool
        Whether to show no progress.

    Raises
    ------
    TransactionsError
        If nobody bought before, or memory or disk runs out.
    """
    connection, as_of = transactions.connection, as_of or transactions.ends_at
    scorer = (HistoryScorer(scorer) if isinstance(scorer, HistoryArtifact) else scorer).at(as_of, transactions.report)
    needed = (*scorer.features, *SENTENCES, *SEGMENT_FEATURES)
    with shortage_explained(Path(gettempdir())):
        customers = collect_features(transactions, dict.fromkeys(needed), as_of, active_days=scorer.card.active_days)
        scored = add_scores(connection, scorer, customers, is_quiet=is_quiet)
        thresholds, details = add_segments(connection), add_details(transactions, as_of)
        known = connection.execute(
            f"SELECT customer_id, is_active, segment, {', '.join((*SENTENCES, *scored, *details))} FROM {SEGMENTED} "
            f"{'LEFT JOIN details USING (customer_id) ' if details else ''}"
            f"ORDER BY {WRITTEN['spend']} DESC, customer_id"
        ).df()
    known["customer_segment"] = _named(known.pop("segment").to_numpy(), SEGMENTS)
    told = {name: known[name].astype(object).where(known[name].notna(), None) for name in details}
    return CustomerBase(
        as_of=as_of,
        scorer=scorer,
        customers=known.assign(**told),
        track_record=TrackRecord.of(scorer.track_record, connection, as_of, transactions.starts_at),
        thresholds=thresholds,
    )


def _named(codes: CodeArray, names: Sequence[StrEnum]) -> "pd.Categorical[str]":
    """Texts of which a table has only a few; one that nobody has is counted too."""
    return pd.Categorical.from_codes(codes, pd.Index([name.value for name in names]))


def rank_customers(
    base: CustomerBase,
    campaign: Campaign | None = None,
    catalogue: Catalogue | None = None,
    currency: str = DEFAULT_CURRENCY,
) -> RankedList:
    """The list of a campaign: the base, or some segments of it, with an action, a reason and a decision for each.

    Parameters
    ----------
    base : CustomerBase
        See ``score_base``.
    campaign : Campaign, optional
        Everybody is contacted where left out.
    catalogue : Catalogue, optional
        The shop's actions; the built-in ones where left out.
    currency : str
        ISO 4217 code of money in sentences.
    """
    campaign, catalogue = campaign or Campaign(), catalogue or built_in_catalogue()
    reasons = ranking_reasons({name: base.customers[name].to_numpy() for name in SENTENCES}, currency)
    ranked = base.customers.assign(reason=reasons)
    if campaign.segments is not None:
        ranked = ranked[ranked["customer_segment"].isin(campaign.segments)].reset_index(drop=True)
    codes = np.asarray(ranked["customer_segment"].cat.codes, dtype=np.int8)
    places = catalogue.best_of_each(codes, ranked[PROBABILITY].to_numpy())
    draws, offers = control_draws(ranked["customer_id"]), _offers(base, ranked, places, catalogue)
    action_ids = np.array([action.id for action in catalogue], dtype=object)
    return RankedList(
        base=base,
        campaign=campaign,
        currency=currency,
        customers=ranked.assign(
            rank=range(1, len(ranked) + 1),
            **{name: None for name in IF_PURCHASE if name not in ranked},
            action_id=action_ids[places],
            recommended_action=_titles(ranked, places, catalogue, currency),
            decision=_named(campaign.decide(draws, offers), DECISIONS),
            as_of=base.as_of.date().isoformat(),
            model_version=base.scorer.card.model_version,
            contact_cost=None if campaign.contact_cost is None else offers.costs(campaign.contact_cost),
            control_draw=draws,
            is_large=offers.is_large,
        ),
    )


def _offers(base: CustomerBase, ranked: pd.DataFrame, places: PositionArray, catalogue: Catalogue) -> Offers:
    """What would be done for each customer of a list, at the average order of the whole shop."""
    average_order = float(base.customers["total_spend"].sum() / base.customers["num_transactions"].sum())
    spend = ranked[SPEND].to_numpy()
    return Offers(
        action_cost=np.array([action.cost.of(average_order) for action in catalogue], dtype=object)[places],
        is_left_alone=np.array([not action.contact for action in catalogue])[places],
        is_large=spend > LARGE_SHARE * float(spend.sum()),
    )


def ranking_warnings(transactions: Transactions, base: CustomerBase) -> list[str]:
    """What was odd about the order lines, and what that means for the forecasts."""
    later = transactions.connection.execute(
        "SELECT coalesce(sum(lines), 0) FROM orders WHERE ordered_at >= ?", [base.as_of]
    ).fetchall()[0][0]
    quiet = len(base) - int(base.customers["is_active"].sum())
    return [
        *_column_warnings(transactions.report.missing_columns, untrained_columns(base.scorer.card.data)),
        *([warnings.later_lines(int(later), base.as_of)] if later else []),
        *base.scorer.warnings(base.as_of, transactions.report, customers=len(base), quiet=quiet),
    ]


def _column_warnings(missing: Sequence[str], untrained: Sequence[str]) -> Iterator[str]:
    """Where the lines tell less, or may tell more, than those of the training did."""
    for role in warnings.ABSENT_COLUMNS:
        if role in untrained:
            yield warnings.untrained_column(role)
        elif role in missing:
            yield warnings.ABSENT_COLUMNS[role]


def _titles(ranked: pd.DataFrame, places: PositionArray, catalogue: Catalogue, currency: str) -> ObjectArray:
    """The title of the action for each customer, filled with their numbers and favourite products."""
    titles = np.empty(len(ranked), dtype=object)
    for place, action in enumerate(catalogue):
        rows = np.flatnonzero(places == place)
        if len(rows):
            titles[rows] = Filling(action.title, currency).fill({name: ranked[name].to_numpy()[rows] for name in KINDS})
        if FAVOURITES in action.title and "favourites" in ranked:
            titles[rows] = list(map(_naming, titles[rows], ranked["favourites"].to_numpy()[rows]))
    return titles


def _naming(title: str, products: Sequence[str] | None) -> str:
    if products is None:
        return title
    named = " and ".join([*filter(None, [", ".join(products[:-1])]), products[-1]])
    return title.replace(FAVOURITES, f"{FAVOURITES} ({named})")
