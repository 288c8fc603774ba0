import math

import numpy as np
import pytest

from training.models.fit_total_interval import PastWindow, learn_total_errors, total_factor

Z = 1.2815515655446004  # the 90 % quantile of the normal distribution


def window(ratio: float, *, count: int = 2000) -> PastWindow:
    """Customers who are nearly sure to buy and all spend the same multiple of 10."""
    return PastWindow(np.full(count, 10.0), np.full(count, 0.9999), np.full(count, 10.0 * ratio))


def simulated_window(random: np.random.Generator, shop_factor: float, *, count: int = 400) -> PastWindow:
    """Most buy nothing; a buyer spends a lognormal multiple (variance 1) of what is expected, times the factor."""
    spend, probability = random.lognormal(4, 1, count), random.uniform(0.05, 0.9, count)
    sigma = math.sqrt(math.log(2))
    ratio = random.lognormal(-(sigma**2) / 2, sigma, count)
    buys = random.uniform(size=count) < probability
    return PastWindow(spend, probability, buys * spend / probability * ratio * shop_factor)


def customers(count: int, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Expected spends and purchase probabilities, as unequal as those of a real base."""
    random = np.random.default_rng(seed)
    return random.lognormal(4, 1, count), random.uniform(0.05, 0.9, count)


def test_the_shops_spread_is_that_of_the_window_which_covers_four_of_five():
    """Nine windows: 0.8 * (9 + 1) = 8, so the interval reaches the second largest error, 40 %."""
    ratios = [1.0, 1.0, 1.0, 1.0, 1.0, 0.9, 1.1, 1.4, 3.0]

    errors = learn_total_errors([window(ratio) for ratio in ratios])

    assert errors.windows == 9
    assert errors.shop_spread == pytest.approx(math.log(1.4) / Z, rel=0.01)
    low, high = errors.interval_80(window(1).spend, window(1).probability)
    assert high == pytest.approx(20_000 * 1.4, rel=0.01)
    assert low == pytest.approx(20_000 / 1.4, rel=0.01)


def test_one_collapse_is_one_window_missed_however_deep():
    usual = [1.01, 0.98, 1.05, 0.9, 1.1, 0.99, 1.2, 1.15]

    a_bad_month, a_closed_shop = (
        learn_total_errors([window(ratio) for ratio in [*usual, worst]]) for worst in (0.5, 0.0)
    )

    assert a_closed_shop.shop_spread == a_bad_month.shop_spread
    assert math.isfinite(a_closed_shop.buyer_variance)


@pytest.mark.parametrize("count", range(4))
def test_fewer_than_four_windows_say_nothing_about_one_in_five(count):
    assert learn_total_errors([window(1.1)] * count) is None


def test_four_windows_reach_as_far_as_the_worst_of_them():
    errors = learn_total_errors([window(ratio) for ratio in (1.0, 1.1, 1.0, 0.5)])

    assert errors.shop_spread == pytest.approx(math.log(2) / Z, rel=0.01)


def test_a_window_without_a_forecast_is_no_evidence():
    nothing = PastWindow(np.zeros(2), np.full(2, 0.5), np.array([5.0, 0.0]))

    assert learn_total_errors([nothing, *[window(1.1)] * 3]) is None
    assert learn_total_errors([nothing, *[window(1.1)] * 4]).windows == 4


def test_what_customers_do_on_their_own_is_no_error_of_the_shop():
    """Small shops without a common error miss their totals by luck alone, and are not taken for shaky ones."""
    wider = []
    for seed in range(8):
        random = np.random.default_rng(seed)
        errors = learn_total_errors([simulated_window(random, 1.0, count=2000) for _ in range(40)])
        luck = errors.model_copy(update={"shop_spread": 0.0})
        spend, probability, _ = simulated_window(random, 1.0, count=2000)
        assert errors.buyer_variance == pytest.approx(1.0, rel=0.5)
        widths = [high - low for low, high in (each.interval_80(spend, probability) for each in (errors, luck))]
        wider.append(widths[0] / widths[1])

    assert np.mean(wider) < 1.25


def test_the_factor_is_the_median_of_what_months_realised_over_their_forecasts():
    """Twelve months at 1.2 but for one December at a third, after others that were over long ago."""
    past = [window(ratio, count=10) for ratio in [5.0] * 3 + [1.2] * 6 + [0.33] + [1.2] * 5]

    assert total_factor(past) == pytest.approx(1.2)


def test_fewer_than_four_months_make_no_factor():
    assert total_factor([window(1.5, count=10)] * 3) == 1
    assert total_factor([window(1.5, count=10)] * 4) == pytest.approx(1.5)


def test_a_shop_that_always_comes_in_a_fifth_higher_is_as_sure_as_one_that_comes_in_as_told():
    """Once four windows are over the factor knows; those four were a fifth off, fewer than one in five of 24."""
    errors = learn_total_errors([window(1.2)] * 24)

    assert errors.total_factor == pytest.approx(1.2)
    assert errors.shop_spread == pytest.approx(0.0, abs=1e-3)


@pytest.mark.parametrize(
    ("windows", "normal_errors"), [(20, True), (20, False), (5, True)], ids=["usual", "heavy tails", "five windows"]
)
@pytest.mark.parametrize("part", [400, 40])
def test_four_windows_of_five_are_covered_where_the_assumptions_hold(windows, normal_errors, part):
    """Whole shops and tenths of them; where the shop's factor has heavy tails (Student's t with 2 degrees) too."""
    random = np.random.default_rng(5)
    covered = []
    for _ in range(400):
        draws = random.normal(size=windows + 1) if normal_errors else random.standard_t(2, size=windows + 1)
        *past, future = [simulated_window(random, factor) for factor in np.exp(0.2 * draws)]
        spend, probability, actual = (column[:part] for column in future)
        low, high = learn_total_errors(past).interval_80(spend, probability)
        covered.append(low <= actual.sum() <= high)

    assert 0.75 <= np.mean(covered) <= 0.88
