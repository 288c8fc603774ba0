from datetime import datetime, timedelta

import numpy as np
import pytest

from model.history_model import RawForecast
from training.level import PERSISTENCE, Surprise, forecast_level, surprise_of

AS_OF = datetime(2024, 7, 1)
MONTH = timedelta(days=30)


def certain(log_spend: float, log_odds: float = 0.0) -> Surprise:
    return Surprise(log_spend, log_odds, 0.0, 0.0)


def test_a_surprise_is_the_factor_that_would_have_made_the_window_right():
    """Everybody spent twice the forecast of 10, and half of them bought where a quarter was expected."""
    raw = RawForecast(np.full(400, np.log(1 / 3)), np.full(400, np.log(10.0)))
    actual = np.tile([40.0, 0.0], 200)

    surprise = surprise_of(raw, actual, cap=1000.0)

    assert surprise.log_spend == pytest.approx(np.log(2))
    assert surprise.log_odds == pytest.approx(np.log(3))


def test_a_wholesalers_order_is_no_level():
    raw = RawForecast(np.zeros(100), np.full(100, np.log(10.0)))
    actual = np.full(100, 10.0)
    with_giant = np.append(actual[:-1], 1_000_000.0)

    assert surprise_of(raw, with_giant, cap=20.0).log_spend == pytest.approx(np.log(1010 / 1000), abs=1e-6)


def test_few_buyers_are_believed_less():
    raw, actual = RawForecast(np.zeros(20), np.full(20, np.log(10.0))), np.tile([60.0, 0.0, 0.0, 0.0], 5)
    few = surprise_of(raw, actual, cap=1000.0)
    many = surprise_of(RawForecast(np.zeros(2000), np.full(2000, np.log(10.0))), np.tile(actual, 100), cap=1000.0)

    assert few.log_spend == pytest.approx(many.log_spend)
    assert abs(few.believed().log_spend) < abs(many.believed().log_spend)


def test_without_a_past_nothing_is_corrected():
    level = forecast_level(AS_OF, {}, {})

    assert (level.log_spend, level.log_odds) == (0.0, 0.0)


def test_without_a_year_of_history_most_of_the_newest_surprise_persists():
    level = forecast_level(AS_OF, {AS_OF - MONTH: certain(0.4)}, {AS_OF - MONTH: certain(0.1)})

    assert level.log_spend == pytest.approx(PERSISTENCE * 0.4)


def test_last_years_season_comes_back_and_only_the_rest_persists():
    """Last year 0.3 in this window and 0.1 in the one before; now 0.2 before: 0.3 + 0.7 * (0.2 - 0.1)."""
    seasonal = {AS_OF - timedelta(days=365): certain(0.3), AS_OF - MONTH - timedelta(days=365): certain(0.1)}

    level = forecast_level(AS_OF, {AS_OF - MONTH: certain(0.2)}, seasonal)

    assert level.log_spend == pytest.approx(0.3 + PERSISTENCE * 0.1)
