"""What the card takes from the training windows beside the regression: segments, guardrails, probability."""

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from model.features import FEATURE_NAMES
from model.guardrails import Guardrails
from model.probability import PurchaseProbability
from model.segments import SegmentThresholds

# The least exponent: probability must fall with recency and rise with frequency even where the data are mute.
LEAST_EXPONENT = 0.01
SMALLEST = 0.01  # of any currency: a threshold must be positive


def segment_thresholds(windows: pd.DataFrame) -> SegmentThresholds:
    """Quantiles of the active customers in labelled windows; features only, the labels play no part."""
    returning = windows[windows["num_transactions"] > 1]
    base = returning if len(returning) else windows
    return SegmentThresholds(
        lapsed_after_days=max(1.0, float(windows["recency_days"].quantile(0.7).round())),
        worth_winning_back=_money(base["total_spend"].quantile(0.5)),
        high_value_spend=_money(base["total_spend"].quantile(0.8)),
        habitual_orders=max(2, int(base["num_transactions"].quantile(0.4))),
    )


def guardrails(windows: pd.DataFrame) -> Guardrails:
    """Bounds that nearly every customer of the labelled windows kept.

    The spend of a buyer, in units of the own average order, lies between the 1 % and the
    99.5 % quantile of what buyers did.
    """
    buyers = windows[windows["future_spend"] > 0]
    orders_worth = buyers["future_spend"] / buyers["avg_spend"]
    return Guardrails(
        feature_limits={name: float(windows[name].max()) for name in FEATURE_NAMES},
        max_spend=_money(windows["future_spend"].max()),
        least_orders=round(max(float(orders_worth.quantile(0.01)), 0.001), 4),
        most_orders=round(float(orders_worth.quantile(0.995)), 2),
    )


def fit_probability(windows: pd.DataFrame) -> PurchaseProbability:
    """Maximum-likelihood parameters of the purchase probability on labelled windows.

    Two invented customers with average numbers, one who bought and one who did not, keep
    the fit finite where everybody or nobody bought.
    """
    signals = np.column_stack([np.log1p(windows["recency_days"]), np.log1p(windows["num_transactions"])])
    signals = np.vstack([signals, signals.mean(axis=0), signals.mean(axis=0)])
    bought = np.append(windows["future_spend"].to_numpy() > 0, [True, False])

    def negative_log_likelihood(parameters: np.ndarray) -> float:  # type: ignore[type-arg] # scipy's own callback form
        log_odds = parameters[0] + signals @ (parameters[1:] * np.array([-1.0, 1.0]))
        return float(np.mean(np.logaddexp(0.0, log_odds) - bought * log_odds))

    start = np.array([float(np.log(bought.mean() / (1 - bought.mean()))), 0.1, 0.1])
    bounds = [(None, None), (LEAST_EXPONENT, None), (LEAST_EXPONENT, None)]
    best = minimize(negative_log_likelihood, start, method="L-BFGS-B", bounds=bounds).x
    return PurchaseProbability(
        base_odds=float(np.exp(best[0])), recency_decay=float(best[1]), frequency_boost=float(best[2])
    )


def _money(value: float) -> float:
    return max(SMALLEST, round(float(value), 2))
