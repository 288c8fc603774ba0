"""What the history model looks at: a few columns of ``model.features``, and BG/NBD and Gamma-Gamma, on log scales."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from model.arrays import FloatArray
from model.estimators.bg_nbd import BetaGeoModel
from model.estimators.buy_till_you_die import BuyTillYouDie
from model.estimators.gamma_gamma import GammaGammaModel
from model.estimators.special_functions import LEAST_PROBABILITY, logit

# A DataFrame, or a mapping of names to columns of shape (n_customers,); they share no type.
Known = Any

LEAST_MONEY = 1e-6  # logarithms must stay finite
RHYTHM, ORDER_VALUE = "rhythm of purchases (BG/NBD)", "order value (Gamma-Gamma)"


class Input(NamedTuple):
    """One input: its name, which is that of the column it is made of, what it is, and how it is made."""

    name: str
    meaning: str
    of: Callable[[FloatArray], FloatArray] | None = None


INPUTS = (
    Input(RHYTHM, "BG/NBD's log odds of a purchase in the horizon"),
    Input(ORDER_VALUE, "log of Gamma-Gamma's expected order value"),
    Input("last_age_days", "ln(1 + days since the last purchase)", np.log1p),
    Input("orders_halflife_30d", "ln(1 + orders that fade by half in 30 days)", np.log1p),
    Input("spend_halflife_120d", "ln(1 + spend that fades by half in 120 days)", np.log1p),
    Input("mean_ln_order_spend_halflife_90d", "mean of ln(1 + order value), fading by half in 90 days", np.positive),
    Input("spend_horizon_last_year", "ln(1 + spend in the days of the horizon, last year)", np.log1p),
)
# The columns of ``model.features`` that inputs are made of.
NEEDS = tuple(
    dict.fromkeys((*BetaGeoModel.NEEDS, *GammaGammaModel.NEEDS, *(each.name for each in INPUTS if each.of is not None)))
)


def history_inputs(known: Known, btyd: BuyTillYouDie) -> FloatArray:
    """``INPUTS`` of customers from the columns ``NEEDS``; shape (n_customers, n_inputs), finite."""
    probability = btyd.purchases.probability_of_purchase(known)
    columns = [
        logit(np.clip(probability, LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)),
        np.log(np.maximum(btyd.value.predict(known), LEAST_MONEY)),
    ]
    columns += [each.of(np.asarray(known[each.name], dtype=np.float64)) for each in INPUTS if each.of is not None]
    return np.column_stack(columns)
