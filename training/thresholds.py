"""What the card takes from the training windows beside the regression and probability: segments, guardrails."""

import pandas as pd

from model.features import FEATURE_NAMES
from model.guardrails import Guardrails
from model.segments import SegmentThresholds

SMALLEST = 0.01  # of any currency: a threshold must be positive


def segment_thresholds(windows: pd.DataFrame) -> SegmentThresholds:
    """Quantiles of the active customers in labelled windows; features only, the labels play no part."""
    returning = windows[windows["num_transactions"] > 1]
    base = returning if len(returning) else windows
    return SegmentThresholds(
        lapsed_after_days=max(1.0, float(windows["recency_days"].quantile(0.7).round())),
        worth_winning_back=_money(float(base["total_spend"].quantile(0.5))),
        high_value_spend=_money(float(base["total_spend"].quantile(0.8))),
        habitual_orders=max(2, int(base["num_transactions"].quantile(0.4))),
    )


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
        max_spend=_money(float(windows["future_spend"].max())),
        least_orders=round(max(float(orders_worth.quantile(0.01)), 0.001), 4),
        most_orders=round(float(orders_worth.quantile(0.995)), 2),
    )


def _money(value: float) -> float:
    return max(SMALLEST, round(value, 2))
