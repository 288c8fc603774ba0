"""The laws of an interval around a sum, and its promise: four windows of five where its assumptions hold."""

import math

import numpy as np
import pytest

from model.estimators.total_interval import TotalErrors

ERRORS = TotalErrors(shop_spread=0.2, buyer_variance=1.0, windows=20)
Z = 1.2815515655446004  # the 90 % quantile of the normal distribution


def customers(count: int, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Expected spends and purchase probabilities, as unequal as those of a real base."""
    random = np.random.default_rng(seed)
    return random.lognormal(4, 1, count), random.uniform(0.05, 0.9, count)


def relative_width(interval: tuple[float, float], spend: np.ndarray) -> float:
    return (interval[1] - interval[0]) / float(spend.sum())


def test_a_crowd_of_certain_buyers_is_as_unsure_as_the_shop():
    """Worked by hand: 5,000 customers of 10 each, exp(-0.2 * 1.2816) = 0.774 and exp(0.2 * 1.2816) = 1.292."""
    errors = TotalErrors(shop_spread=0.2, buyer_variance=0.0, windows=20)

    low, high = errors.interval_80(np.full(5000, 10.0), np.full(5000, 0.9999))

    assert low == pytest.approx(50_000 * 0.774, rel=0.001)
    assert high == pytest.approx(50_000 * 1.292, rel=0.001)


def test_one_customer_alone_is_a_lognormal_buyer_or_nothing():
    """Worked by hand: bought with 95 %, so 80 % lies between the quantiles (0.1 - 0.05) / 0.95 and 0.85 / 0.95 of a
    lognormal with mean 100 / 0.95 and variance ln 2, whose logarithm the shop adds 0.2 ** 2 to."""
    low, high = ERRORS.interval_80(np.array([100.0]), np.array([0.95]))

    middle, spread = 100 / 0.95 / math.sqrt(2), math.sqrt(math.log(2) + 0.04)
    assert low == pytest.approx(middle * math.exp(-1.61986 * spread), rel=1e-4)
    assert high == pytest.approx(middle * math.exp(1.25212 * spread), rel=1e-4)


@pytest.mark.parametrize("count", [1, 2, 10, 500])
@pytest.mark.parametrize("seed", range(5))
def test_the_sum_lies_within_and_nothing_is_negative(count, seed):
    spend, probability = customers(count, seed=seed)

    low, high = ERRORS.interval_80(spend, probability)

    assert 0 <= low <= spend.sum() <= high


@pytest.mark.parametrize("factor", [0.01, 3, 1e6])
def test_another_currency_scales_the_interval(factor):
    spend, probability = customers(50)

    scaled = ERRORS.interval_80(spend * factor, probability)

    assert scaled == pytest.approx([bound * factor for bound in ERRORS.interval_80(spend, probability)])


def test_the_order_of_customers_changes_nothing():
    spend, probability = customers(300)
    shuffled = np.random.default_rng(1).permutation(300)

    reordered = ERRORS.interval_80(spend[shuffled], probability[shuffled])

    assert reordered == pytest.approx(ERRORS.interval_80(spend, probability))


def test_a_small_part_is_relatively_less_sure_than_the_whole():
    spend, probability = customers(4000)
    widths = [
        relative_width(ERRORS.interval_80(spend[:count], probability[:count]), spend[:count])
        for count in (20, 100, 500, 4000)
    ]

    assert widths == sorted(widths, reverse=True)
    assert widths[0] > 1.5 * widths[-1]


def test_no_crowd_is_surer_than_the_shop():
    """What all customers share does not average out."""
    spend, probability = customers(200_000)

    width = relative_width(ERRORS.interval_80(spend, probability), spend)

    assert width == pytest.approx(2 * math.sinh(0.2 * Z), rel=0.01)


@pytest.mark.parametrize("seed", range(5))
def test_one_more_customer_makes_it_wider_in_money(seed):
    spend, probability = customers(300, seed=seed)

    widths, highs = [], []
    for count in range(5, 301, 5):
        low, high = ERRORS.interval_80(spend[:count], probability[:count])
        widths.append(high - low)
        highs.append(high)

    assert widths == sorted(widths)
    assert highs == sorted(highs)


def test_nobody_spends_nothing():
    nobody = np.array([])

    assert ERRORS.interval_80(nobody, nobody) == (0.0, 0.0)
    assert ERRORS.interval_80(np.zeros(3), np.full(3, 0.5)) == (0.0, 0.0)


def test_where_nobody_may_buy_it_starts_at_zero():
    """Two of three customers at 10 % mean that nobody buys in 73 windows of 100."""
    low, high = ERRORS.interval_80(np.full(3, 20.0), np.full(3, 0.1))

    assert low == 0
    assert high > 60


@pytest.mark.parametrize("probability", [0.0, 1.0])
def test_certainty_is_taken_for_nearly_certain(probability):
    low, high = ERRORS.interval_80(np.array([10.0, 20.0]), np.full(2, probability))

    assert 0 <= low <= 30 <= high < math.inf


def test_an_expected_total_and_its_interval_carry_the_factor():
    spend, probability = customers(500)
    doubled = ERRORS.model_copy(update={"total_factor": 2.0})

    assert doubled.total(spend) == pytest.approx(2 * spend.sum())
    assert doubled.interval_80(spend, probability) == pytest.approx(
        tuple(2 * bound for bound in ERRORS.interval_80(spend, probability))
    )
