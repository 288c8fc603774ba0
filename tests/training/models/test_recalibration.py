"""The level of the next window by hand, and who decides how much of the newest one lasts."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from model.estimators.hyperparameters import DEFAULTS
from training.models.recalibration import (
    PastRaw,
    choose_setting,
    expected_shift,
    learn_level,
    shrunk_shift,
)

START = datetime(2023, 1, 1)


def windows(*shifts: float) -> dict[datetime, np.ndarray]:
    """One shift per window of 30 days, the same of odds and spend."""
    return {START + timedelta(days=30 * place): np.array([shift, shift]) for place, shift in enumerate(shifts)}


def after(shifts: dict[datetime, np.ndarray]) -> datetime:
    return START + timedelta(days=30 * len(shifts))


def test_what_the_newest_window_was_above_the_rest_lasts_by_the_persistence():
    shifts = windows(0.1, 0.2, 0.4)

    assert expected_shift(after(shifts), shifts, 0.7, with_season=False) == pytest.approx([0.28, 0.28])


def test_the_same_days_of_last_year_come_back_and_the_newest_window_is_compared_with_its_own():
    """Thirteen windows: a year before the next lies the second (0.5), a year before the newest the first (0.1)."""
    shifts = windows(0.1, 0.5, *[0.0] * 10, 0.3)

    assert expected_shift(after(shifts), shifts, 0.7, with_season=True) == pytest.approx([0.64, 0.64])


def test_without_a_year_of_history_there_is_no_season():
    shifts = windows(0.1, 0.4)

    with_season = expected_shift(after(shifts), shifts, 0.7, with_season=True)

    assert with_season == pytest.approx(expected_shift(after(shifts), shifts, 0.7, with_season=False))


def test_the_first_window_expects_nothing():
    assert expected_shift(START, {}, 0.7, with_season=True) == pytest.approx([0.0, 0.0])


def test_few_windows_leave_the_prior():
    assert choose_setting(windows(0.5, -0.5)) == (DEFAULTS.persistence, DEFAULTS.with_season)


def test_a_shop_whose_windows_jump_to_and_fro_expects_nothing_to_last():
    shifts = windows(*[0.5, -0.5] * 5)

    assert choose_setting(shifts)[0] == 0.0


def test_a_shop_that_drifts_keeps_all_of_the_newest_window():
    shifts = windows(*np.linspace(0.5, 1.5, 11).tolist())

    assert choose_setting(shifts)[0] == 1.0


def test_a_last_year_that_does_not_come_back_is_forgotten():
    first_year = np.random.default_rng(0).normal(0, 1, 12)

    assert choose_setting(windows(*first_year, *[0.0] * 10))[1] is False


def test_shifts_of_many_customers_are_found_in_both_parts():
    """5,000 customers, forecast at even odds and 20; three quarters buy, for 30: odds times 3, spend times 1.5."""
    actual = np.where(np.arange(5000) % 4 < 3, 30.0, 0.0)

    shift = shrunk_shift(PastRaw(np.zeros(5000), np.full(5000, np.log(20.0)), actual), cap=np.inf)

    assert shift == pytest.approx([np.log(3), np.log(1.5)], rel=0.02)


def test_the_luck_of_few_customers_is_hardly_believed():
    """Four customers, of whom three bought: their odds vary by 1 / (4 * 0.1875), 15 times a typical shift squared."""
    actual = np.array([30.0, 30.0, 30.0, 0.0])

    shift = shrunk_shift(PastRaw(np.zeros(4), np.full(4, np.log(20.0)), actual), cap=np.inf)

    assert shift[0] == pytest.approx(np.log(3) * 0.09 / (0.09 + 1 / 0.75), rel=0.01)


def test_a_wholesalers_order_is_no_level():
    actual = np.where(np.arange(1000) % 2 == 0, 20.0, 0.0)
    raw = PastRaw(np.zeros(1000), np.full(1000, np.log(20.0)), actual)
    giant = PastRaw(raw.log_odds, raw.log_spend, np.where(np.arange(1000) == 0, 1e6, actual))

    assert shrunk_shift(giant, cap=40.0)[1] == pytest.approx(shrunk_shift(raw, cap=40.0)[1], abs=0.01)


def test_a_window_without_a_buyer_says_that_odds_are_low_and_nothing_of_spend():
    shift = shrunk_shift(PastRaw(np.zeros(100), np.full(100, 3.0), np.zeros(100)), cap=np.inf)

    assert shift[0] < 0
    assert shift[1] == 0
    assert np.isfinite(shift).all()


def test_a_level_says_how_it_was_learned():
    actual = np.where(np.arange(400) % 2 == 0, 20.0, 0.0)
    past = {at: PastRaw(np.zeros(400), np.full(400, np.log(20.0)), actual) for at in windows(0.0, 0.0, 0.0)}

    level = learn_level(START + timedelta(days=90), past, cap=np.inf)

    assert (level.persistence, level.with_season) == (DEFAULTS.persistence, DEFAULTS.with_season)
    assert (level.log_odds, level.log_spend) == pytest.approx((0.0, 0.0), abs=1e-6)
