import numpy as np
import pytest

from model.estimators.hurdle import TwoPartForecast
from model.estimators.recalibration import Level


def test_a_level_shifts_odds_and_spend_of_everybody():
    """Worked by hand: odds of 1 become odds of 3, a spend of 50 becomes 75."""
    level = Level(log_odds=np.log(3), log_spend=np.log(1.5))

    forecast = TwoPartForecast.of(*level.of(np.array([0.0]), np.log(np.array([50.0]))))

    assert forecast.probability == pytest.approx([0.75])
    assert forecast.spend_if_buying == pytest.approx([75.0])
    assert forecast.spend == pytest.approx([56.25])


def test_a_level_moves_nobody_past_another():
    random = np.random.default_rng(0)
    log_odds, log_spend = random.normal(size=(2, 50))

    before = TwoPartForecast.of(*Level().of(log_odds, log_spend))
    after = TwoPartForecast.of(*Level(log_odds=-1.0, log_spend=0.5).of(log_odds, log_spend))

    assert (np.argsort(before.probability) == np.argsort(after.probability)).all()
