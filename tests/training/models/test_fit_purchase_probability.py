import numpy as np
import pandas as pd
import pytest

from model.estimators.purchase_probability import PurchaseProbability
from training.models.fit_purchase_probability import fit_probability

TRUE = PurchaseProbability(base_odds=0.3, recency_decay=1.5, recency_scale_days=60, frequency_boost=0.8, prior_orders=1)


def customers(bought_by, *, count: int = 20_000, windows: int = 4) -> pd.DataFrame:
    random = np.random.default_rng(0)
    recency, orders = random.integers(0, 90, count), random.geometric(0.2, count)
    as_of = pd.to_datetime("2024-01-01") + pd.to_timedelta(30 * (np.arange(count) % windows), unit="D")
    index = pd.MultiIndex.from_arrays([as_of, np.arange(count).astype(str)], names=["as_of", "customer_id"])
    spend = np.where(bought_by(random, recency, orders), 10.0, 0.0)
    return pd.DataFrame(
        {"recency_days": recency, "num_transactions": orders, "is_active": True, "future_spend": spend}, index=index
    )


def test_the_fit_finds_the_probability_that_made_the_data():
    fitted = fit_probability(customers(lambda random, r, f: random.random(len(r)) < TRUE(r, f)))

    recency, orders = np.meshgrid([0, 10, 30, 60, 89], [1, 2, 5, 10])
    assert fitted(recency, orders) == pytest.approx(TRUE(recency, orders), abs=0.03)


@pytest.mark.parametrize("everybody", [True, False])
def test_the_fit_is_finite_where_everybody_or_nobody_bought(everybody: bool):
    fitted = fit_probability(customers(lambda _, r, __: np.full(len(r), everybody), count=400))

    assert float(fitted(10, 3)) == pytest.approx(float(everybody), abs=0.05)


def test_recency_and_frequency_keep_their_direction_where_the_data_say_the_opposite():
    fitted = fit_probability(customers(lambda _, r, f: (r > 45) & (f < 3)))

    assert fitted(10, 3) > fitted(80, 3)
    assert fitted(10, 4) > fitted(10, 3)


def test_the_level_is_that_of_the_newest_windows():
    """A shop that wakes up: nobody bought in the first two windows, half in the last two."""
    labelled = customers(lambda random, r, _: random.random(len(r)) < 0.5)
    early = labelled.index.get_level_values("as_of") < pd.Timestamp("2024-02-15")
    labelled.loc[early, "future_spend"] = 0.0

    fitted = fit_probability(labelled)

    assert fitted(labelled["recency_days"], labelled["num_transactions"]).mean() == pytest.approx(0.5, abs=0.02)
