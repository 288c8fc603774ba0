"""Which customers look alike enough to share one text."""

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Mapping

from app.insights.facts import Facts
from app.insights.prompt import VERSION
from model.segments import Segment, SegmentThresholds

PROBABILITY_EDGES = (0.1, 0.3, 0.5, 0.7, 0.9)


class PatternKeys:
    """Names patterns: permitted segments, bands of the numbers, and whatever else shapes the text.

    The bands hang on the thresholds of the card, which are quantiles of the training
    data, so they fit any currency. One order has a band of its own, and so have no
    order and a purchase today, because sentences about them read differently.
    """

    def __init__(self, thresholds: SegmentThresholds, *, models: Iterable[str], catalogue_digest: str) -> None:
        self._edges: Mapping[str, tuple[float, ...]] = {
            "total_spend": (
                thresholds.worth_winning_back / 3,
                thresholds.worth_winning_back,
                thresholds.high_value_spend,
                thresholds.high_value_spend * 3,
            ),
            "num_transactions": (1, 2, thresholds.habitual_orders, thresholds.habitual_orders * 3),
            "recency_days": (
                1,
                thresholds.lapsed_after_days / 4,
                thresholds.lapsed_after_days,
                thresholds.lapsed_after_days * 2,
            ),
            "purchase_probability_30d": PROBABILITY_EDGES,
        }
        self._fixed = "\n".join((VERSION, catalogue_digest, *models))

    def key(self, facts: Facts, permitted: frozenset[Segment], action_ids: Iterable[str]) -> str:
        """A short name that equal patterns share; the actions are those that the exact probability allows."""
        bands = (str(bisect_right(edges, facts.numbers[name])) for name, edges in self._edges.items())
        text = "\n".join((self._fixed, facts.currency, *sorted(permitted), *bands, *action_ids))
        return hashlib.sha256(text.encode()).hexdigest()[:32]
