"""Reasons still add up when they are shown in cents."""

import pytest

from model.estimators.attributions import Reason, Reasons


def test_in_cents_the_amounts_still_sum_to_the_forecast():
    """Each of these alone would round down, and a cent of every second one would be lost."""
    reasons = Reasons(10.004, tuple(Reason(str(number), 0.004) for number in range(20)))

    base, amounts = reasons.in_cents()

    assert base == 10.0
    assert base + sum(amounts) == pytest.approx(10.08)
    assert all(amount == round(amount, 2) for amount in amounts)
    assert all(abs(amount - 0.004) < 0.01 for amount in amounts)


def test_the_largest_reasons_and_the_rest_have_the_same_sum():
    reasons = Reasons(5.0, tuple(Reason(str(number), (-1.0) ** number * number) for number in range(12)))

    largest = reasons.largest(8)

    assert len(largest.reasons) == 9
    assert sum(reason.amount for reason in largest.reasons) == sum(reason.amount for reason in reasons.reasons)
