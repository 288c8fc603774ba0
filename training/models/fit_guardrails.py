"""What the card takes from the training windows beside the regression and probability: guardrails."""

import pandas as pd

from model.estimators.guardrails import Guardrails
from model.features.definitions import FEATURE_NAMES

SMALLEST = 0.01  # of any currency: a threshold must be positive


def guardrails(windows: pd.DataFrame) -> Guardrails:
    """Bounds that nearly every customer of the labelled windows kept.

    The spend of a buyer, in units of the own average order, lies between the 1 % and the
    99.5 % quantile of what buyers did. Without a buyer the bounds are the wide ones of a pipeline without a card.
    """
    buyers = windows[windows["future_spend"] > 0]
    if buyers.empty:
        return Guardrails()
    orders_worth = buyers["future_spend"] / buyers["avg_spend"]
    return Guardrails(
        feature_limits={name: round(float(windows[name].max()), 2) for name in FEATURE_NAMES},
        max_spend=max(SMALLEST, round(float(windows["future_spend"].max()), 2)),
        least_orders=round(max(float(orders_worth.quantile(0.01)), 0.001), 4),
        most_orders=round(float(orders_worth.quantile(0.995)), 2),
    )
