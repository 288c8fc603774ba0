"""Why a customer stands where they stand, in one sentence of their own numbers: rhythm, order value, what sets apart.

Every clause is chosen by numbers that make it true of the customer, for a whole base at once.
"""

from collections.abc import Mapping

import numpy as np

from model.arrays import FloatArray, IntArray
from model.features.definitions import FEATURE_NAMES
from model.ranking.placeholders import KINDS, Kind
from model.ranking.templates import Filling

# What sentences speak of beyond the six numbers, as ``model.features`` defines it.
REASON_FEATURES = (
    "purchase_days", "median_gap_days", "mean_gap_days", "sd_gap_days", "spend_90d", "spend_180d",
    "spend_horizon_last_year",
)  # fmt: skip
SPOKEN = {
    **{name: KINDS[name] for name in FEATURE_NAMES},
    "usual_gap_days": Kind.DAYS,
    "spend_90d": Kind.MONEY,
    "spend_90d_before": Kind.MONEY,
    "spend_horizon_last_year": Kind.MONEY,
}

# Three days with purchases make two gaps: the least that a rhythm can be told from. Gaps that vary more than those of
# purchases at random are none.
LEAST_PURCHASE_DAYS = 3
LARGEST_VARIATION = 1.0
# Quiet for this many usual gaps, and for some days more, is late.
LATE_AFTER_GAPS, LATE_AFTER_DAYS = 2.0, 14.0
CHANGE = 2.0
TOP_SHARES = (0.01, 0.05, 0.10)

RHYTHMS = (
    "One order so far, worth {total_spend}, {last_seen}",
    "{num_transactions} so far, worth {avg_spend} each on average, the last one {last_seen}",
    "Orders about every {usual_gap_days}, worth {avg_spend} each on average, the last one {last_seen}",
    "Used to order about every {usual_gap_days}, worth {avg_spend} each on average, but the last order was {last_seen}",
)
ONE_ORDER, FEW_ORDERS, REGULAR, LATE = range(len(RHYTHMS))
LAST_SEEN = ("{recency_days} ago", "less than a day ago")
APART = (
    "",
    "; {spend_horizon_last_year} spent in the same 30 days a year ago",
    "; {spend_90d} spent in the last 90 days after {spend_90d_before} in the 90 days before",
    "; nothing spent in the last 90 days after {spend_90d_before} in the 90 days before",
    *(f"; among the {share:.0%} of customers who have spent most" for share in TOP_SHARES),
)
NOTHING, LAST_YEAR, CHANGED, STOPPED, TOP = range(5)


def ranking_reasons(numbers: Mapping[str, FloatArray], currency: str) -> list[str]:
    """One true sentence about each customer, with amounts in this currency (ISO 4217).

    ``numbers`` has the six features and ``REASON_FEATURES`` by name, arrays of shape (n_customers,), of the whole base:
    the largest customers are told from it.
    """
    spoken = {
        **numbers,
        "usual_gap_days": np.maximum(np.rint(numbers["median_gap_days"]), 1.0),
        "spend_90d_before": np.maximum(numbers["spend_180d"] - numbers["spend_90d"], 0.0),
    }
    clauses = (_rhythms(spoken), (spoken["recency_days"] < 1).astype(np.int64), _apart(spoken))
    kinds = np.ravel_multi_index(clauses, (len(RHYTHMS), len(LAST_SEEN), len(APART)))
    sentences = np.empty(len(kinds), dtype=object)
    for kind in np.unique(kinds):
        rows = np.flatnonzero(kinds == kind)
        rhythm, last_seen, apart = (int(code[rows[0]]) for code in clauses)
        template = RHYTHMS[rhythm].replace("{last_seen}", LAST_SEEN[last_seen]) + APART[apart] + "."
        sentences[rows] = Filling(template, currency, SPOKEN).fill({name: spoken[name][rows] for name in SPOKEN})
    listed: list[str] = sentences.tolist()
    return listed


def _rhythms(spoken: Mapping[str, FloatArray]) -> IntArray:
    has_rhythm = (spoken["purchase_days"] >= LEAST_PURCHASE_DAYS) & np.isfinite(spoken["usual_gap_days"])
    has_rhythm &= spoken["sd_gap_days"] <= LARGEST_VARIATION * spoken["mean_gap_days"]
    gap, quiet = spoken["usual_gap_days"], spoken["recency_days"]
    is_late = quiet > np.maximum(LATE_AFTER_GAPS * gap, gap + LATE_AFTER_DAYS)
    return np.select(
        [spoken["num_transactions"] <= 1, ~has_rhythm, ~is_late], [ONE_ORDER, FEW_ORDERS, REGULAR], default=LATE
    )


def _apart(spoken: Mapping[str, FloatArray]) -> IntArray:
    now, before, is_known = spoken["spend_90d"], spoken["spend_90d_before"], spoken["num_transactions"] > 1
    has_stopped = is_known & (before >= 0.01) & (now < 0.01)
    has_changed = is_known & (before >= 0.01) & ((now >= CHANGE * before) | (now * CHANGE <= before))
    total = spoken["total_spend"]
    thresholds = np.quantile(total, [1 - share for share in TOP_SHARES], method="higher")
    is_top = [total > threshold for threshold in thresholds]
    return np.select(
        [is_known & (spoken["spend_horizon_last_year"] >= 0.01), has_stopped, has_changed, *is_top],
        [LAST_YEAR, STOPPED, CHANGED, *range(TOP, TOP + len(TOP_SHARES))],
        default=NOTHING,
    )
