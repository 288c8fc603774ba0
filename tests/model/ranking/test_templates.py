"""Texts of one customer or many; how a number reads is tested in ``tests/app/insights/test_placeholders``."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from model.features.definitions import FEATURE_NAMES
from model.ranking.placeholders import KINDS
from model.ranking.templates import Filling

TEMPLATES = (
    "no number, 100% of {nothing}",
    "{recency_days}-day gap",
    "{num_transactions} purchases of {total_units}, {total_spend} in total; {purchase_probability_30d} {recency_days}",
    "{avg_spend} units, {predicted_future_spend_30d}% and {unique_products} odd items",
)
VALUES = st.floats(0, 1e17) | st.integers(0, 3000).map(float) | st.sampled_from([-0.0, 0.5, 1e15])
SHARES = st.floats(0.0001, 0.9999) | st.sampled_from([0.004, 0.005, 0.0051, 0.995, 0.9949])
CUSTOMERS = st.lists(st.tuples(*[VALUES] * 7, SHARES), min_size=1, max_size=5)


@given(CUSTOMERS, st.sampled_from(["GBP", "JPY", "SEK"]))
def test_each_of_many_reads_as_one_alone(customers, currency):
    rows = [dict(zip(KINDS, customer, strict=True)) for customer in customers]
    columns = {name: np.array(values) for name, values in zip(KINDS, zip(*customers, strict=True), strict=True)}
    fillings = [Filling(template, currency) for template in TEMPLATES]

    for filling in fillings:
        assert filling.fill(columns) == [filling.fill_one(row) for row in rows]


def test_minus_zero_reads_as_zero_whichever_came_first():
    """They are the same to a cache."""
    for name in FEATURE_NAMES[2:]:
        filling = Filling(f"{{{name}}}", "GBP")

        assert filling.fill_one({name: -0.0}) == filling.fill_one({name: 0.0})
        assert filling.fill_one({name: -0.0}).startswith("0 ")


def test_minus_zero_money_reads_as_zero():
    filling = Filling("{total_spend}", "GBP")

    assert filling.fill_one({"total_spend": -0.0}) == "£0.00"
    assert filling.fill({"total_spend": np.array([-0.0, 0.0])}) == ["£0.00", "£0.00"]
