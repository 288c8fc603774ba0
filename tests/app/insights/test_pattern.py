"""Customers who look alike share a key; whatever shapes a text tells keys apart."""

from app.insights.pattern import PatternKeys
from model.segments import Segment
from tests.app.insights.situations import THRESHOLDS, facts

HABITUAL = frozenset({Segment.HABITUAL_BUYER})


def key(*, permitted=HABITUAL, actions=("reorder_reminder",), models=("a", "b"), digest="1", currency="GBP", **numbers):
    keys = PatternKeys(THRESHOLDS, models=models, catalogue_digest=digest)
    return keys.key(facts(currency, **numbers), permitted, actions)


def test_customers_who_look_alike_share_a_key():
    assert key() == key(total_spend=360.0, avg_spend=51.43, recency_days=5.0, total_units=40.0)


def test_whatever_shapes_a_text_tells_keys_apart():
    keys = [
        key(),
        key(permitted=HABITUAL | {Segment.HIGH_VALUE}),
        key(actions=("cross_sell",)),
        key(models=("b", "a")),
        key(digest="2"),
        key(currency="EUR"),
        key(total_spend=5000.0),
        key(num_transactions=1.0),
        key(recency_days=0.0),
        key(recency_days=50.0),
        key(purchase_probability_30d=0.2),
    ]

    assert len(set(keys)) == len(keys)
