import math

import numpy as np
import pytest

from model.estimators.attributions import Reason, Reasons, two_part_reasons
from model.estimators.special_functions import expit


def test_in_cents_the_amounts_still_sum_to_the_forecast():
    """Each of these alone would round down, and a cent of every second one would be lost."""
    reasons = Reasons(10.004, tuple(Reason(str(number), 0.004) for number in range(20)))

    base, amounts = reasons.in_cents()

    assert base == 10.0
    assert base + sum(amounts) == pytest.approx(10.08)
    assert all(amount == round(amount, 2) for amount in amounts)
    assert all(abs(amount - 0.004) < 0.01 for amount in amounts)


def explained(odds_parts: list[float], spend_parts: list[float]):
    return two_part_reasons(
        ["a", "b"],
        np.array([1.0, np.nan]),
        odds=(-1.0, np.array(odds_parts)),
        spend=(4.0, np.array(spend_parts)),
    )


def test_base_and_amounts_add_up_to_the_forecast():
    reasons = explained([0.7, -0.2], [0.3, 0.1])

    assert reasons.base == pytest.approx(float(expit(-1.0)) * math.exp(4.0))
    forecast = float(expit(-0.5)) * math.exp(4.4)
    assert reasons.base + sum(each.amount for each in reasons.reasons) == pytest.approx(forecast, rel=1e-12)


def test_the_stated_rule_by_hand():
    """ln p moves by 0.339; of that a has 0.7 / 0.5 and b -0.2 / 0.5; money is the logarithmic mean times the term."""
    reasons = explained([0.7, -0.2], [0.3, 0.1])

    way = math.log(float(expit(-0.5)) / float(expit(-1.0)))
    terms = [way * 0.7 / 0.5 + 0.3, way * -0.2 / 0.5 + 0.1]
    scale = reasons.base * (math.exp(sum(terms)) - 1) / sum(terms)
    assert [each.amount for each in reasons.reasons] == pytest.approx([scale * term for term in terms])
    assert [each.value for each in reasons.reasons] == [1.0, None]


@pytest.mark.parametrize("tiny", [0.0, 1e-12, -1e-12])
def test_parts_that_cancel_each_other_stay_finite_and_keep_their_signs(tiny: float):
    up, down = explained([2.0, -2.0 + tiny], [0.0, 0.0]).reasons

    assert up.amount > 0 > down.amount
    assert up.amount == pytest.approx(-down.amount, rel=1e-6)
