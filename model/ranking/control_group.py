"""What a control group can show: the statistical power of the campaign's experiment, from the forecasts alone."""

import math
from collections.abc import Callable
from statistics import NormalDist

import numpy as np
from pydantic import Field

from model.arrays import BoolArray, FloatArray
from model.documents import Described
from model.estimators.intervals import COVERAGE, SpendIfPurchase

SIGNIFICANCE, POWER = 0.05, 0.80
# An effect of this part of the average spend is the largest that one may hope for.
TELLING_SHARE = 0.5
# Customers above this part of the expected total would decide a comparison alone, and cost too much to hold out.
LARGE_SHARE = 0.02
STANDARD_ERRORS = NormalDist().inv_cdf(1 - SIGNIFICANCE / 2) + NormalDist().inv_cdf(POWER)
# Where a model has no intervals: the spread of an exponential distribution.
UNKNOWN_SPREAD = 2.0


class ControlGroup(Described, frozen=True):
    """What comparing the customers held out with those contacted can show.

    Large customers, who are never held out, are in neither side of the comparison.
    """

    customers: int = Field(description="Held out (count).", examples=[24])
    average_spend: float = Field(description="Expected of each customer compared (currency).", examples=[82.4])
    smallest_effect: float | None = Field(
        description="The smallest effect per customer that this size reveals with 80 % power at 5 % (currency); null "
        "where nobody is held out or contacted.",
        examples=[61.3],
    )
    is_telling: bool = Field(description="Whether that is at most half of the average.", examples=[False])
    customers_needed: int | None = Field(examples=[64])
    """To hold out, to reveal half of the average (count)."""
    told: str = Field(
        description="The same in a sentence.",
        examples=[
            "This control group tells nothing: it takes customers who are held out and others who are contacted."
        ],
    )


def control_group(
    spend: FloatArray,
    probability: FloatArray,
    if_purchase: SpendIfPurchase[FloatArray] | None,
    is_held_out: BoolArray,
    money: Callable[[float], str],
) -> ControlGroup:
    """The power of a comparison of two means (two-sided, 5 %) among those contacted and held out.

    ``spend``, ``probability`` and ``if_purchase``, of shape (n_customers,), are the forecasts of both sides together,
    ``is_held_out`` tells who of them is held out, ``money`` how an amount reads.

    References
    ----------
    Variances are those of a mixture: no purchase, or one that is worth the forecast's mean and spreads as its interval
    says. The effect is (z_0.975 + z_0.80) sd sqrt(1/n + 1/m), as in Cohen (1988), Statistical Power Analysis, ch. 2.
    """
    held_out, contacted = int(is_held_out.sum()), int((~is_held_out).sum())
    average = float(spend.mean()) if len(spend) else 0.0
    effect, is_telling, needed = None, False, None
    told = "This control group tells nothing: it takes customers who are held out and others who are contacted."
    if held_out and contacted and average > 0:
        deviation = math.sqrt(max(_mean_square(spend, probability, if_purchase) - average**2, 0.0))
        effect = STANDARD_ERRORS * deviation * math.sqrt(1 / held_out + 1 / contacted)
        is_telling = effect <= TELLING_SHARE * average
        # 1/n + 1/m must be this small, at the most
        least = (TELLING_SHARE * average / max(STANDARD_ERRORS * deviation, 1e-12)) ** 2
        needed, is_in_reach = _needed(held_out + contacted, least)
        told = (
            f"{held_out:,} held out reveal an effect of {money(effect)} or more per customer (80 % power at 5 %); "
            f"{money(average)} is expected of each on average."
        )
        if not is_telling:
            wanted = f"{needed:,} held out" if is_in_reach else f"{needed:,} held out and as many contacted"
            told = f"This control group will hardly tell anything: {told} To reveal half of that takes {wanted}."
    return ControlGroup(
        customers=held_out,
        average_spend=round(average, 2),
        smallest_effect=None if effect is None else round(effect, 2),
        is_telling=is_telling,
        customers_needed=needed,
        told=told,
    )


def _mean_square(spend: FloatArray, probability: FloatArray, if_purchase: SpendIfPurchase[FloatArray] | None) -> float:
    """The mean of squared spends: probability times squared mean if buying times one plus its squared variation."""
    spread = np.full(len(spend), UNKNOWN_SPREAD)
    if if_purchase is not None:
        # a lognormal's: its interval spans so many standard deviations of the logarithm
        width = 2 * NormalDist().inv_cdf(0.5 + COVERAGE / 2)
        low = np.maximum(if_purchase.low, 0.01)
        spread = np.exp((np.log(np.maximum(if_purchase.high, low) / low) / width) ** 2)
    squares = np.divide(spend**2, probability, out=np.zeros(len(spend)), where=probability > 0)
    return float((squares * spread).mean())


def _needed(customers: int, least: float) -> tuple[int, bool]:
    """How many of so many to hold out for 1/n + 1/m of at most ``least``, or how many in all, on each side, if more."""
    room = customers**2 - 4 * customers / least
    if room < 0:
        return math.ceil(2 / least), False
    return max(1, math.ceil((customers - math.sqrt(room)) / 2)), True
