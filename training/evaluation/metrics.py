"""Measures of a forecast against what happened. Plain RMSE is decided by a handful of wholesalers here."""

import numpy as np
from scipy.stats import spearmanr
from sklearn.metrics import brier_score_loss, log_loss, mean_absolute_error, r2_score, root_mean_squared_error

from model.arrays import BoolArray, FloatArray, IntArray

SPEND_METRICS = ("rmse", "rmse_w99", "mae", "r2", "spearman", "gini", "top_decile_revenue", "bias_pct")


def spend_metrics(actual: FloatArray, predicted: FloatArray, *, w99_cap: float) -> dict[str, float | None]:
    """``SPEND_METRICS`` of a forecast by name; None where one is undefined, as R2 and bias without any spend.

    ``actual`` and ``predicted`` are currency in the horizon, of shape (n_customers,). Both are capped at ``w99_cap``,
    learned from windows before the test, for ``rmse_w99``.
    """
    return {
        "rmse": float(root_mean_squared_error(actual, predicted)),
        "rmse_w99": float(root_mean_squared_error(np.minimum(actual, w99_cap), np.minimum(predicted, w99_cap))),
        "mae": float(mean_absolute_error(actual, predicted)),
        "r2": float(r2_score(actual, predicted)) if np.ptp(actual) > 0 else None,
        "spearman": float(spearmanr(actual, predicted).statistic) if np.ptp(actual) and np.ptp(predicted) else None,
        "gini": normalised_gini(actual, predicted),
        "top_decile_revenue": top_decile_revenue(actual, predicted),
        "bias_pct": float(100 * (predicted.sum() / actual.sum() - 1)) if actual.sum() > 0 else None,
    }


def probability_metrics(bought: BoolArray, probability: FloatArray) -> dict[str, float | None]:
    """Measures of purchase probabilities (n_customers,), and the shares of buyers that were told and that came."""
    return {
        "auc": _defined(auc(order_of(probability), bought, np.ones(len(bought)))),
        "log_loss": float(log_loss(bought, probability, labels=[False, True])),
        "brier": float(brier_score_loss(bought, probability, labels=[False, True])),
        "ece": calibration_error(bought, probability),
        "buyers_forecast": float(probability.mean()),
        "buyers_actual": float(bought.mean()),
    }


def buyers_covered(actual: FloatArray, low: FloatArray, high: FloatArray) -> float | None:
    """Share of buyers whose spend lies in their 80 % interval; arrays of shape (n_customers,), None without a buyer."""
    bought = actual > 0
    return float(((low <= actual) & (actual <= high))[bought].mean()) if bought.any() else None


def order_of(values: FloatArray) -> IntArray:
    """The places of values in ascending order, equal ones alike; found once, ranks among any drawn rows are sums."""
    return np.unique(values, return_inverse=True)[1]


def centred_ranks(order: IntArray, weights: FloatArray) -> FloatArray:
    """Average rank of each row less the mean rank, among rows that count ``weights`` times."""
    counts = np.bincount(order, weights)
    ranks: FloatArray = np.cumsum(counts) - (counts - 1) / 2 - (weights.sum() + 1) / 2
    return ranks[order]


def gini(actual: FloatArray, order: IntArray, perfect: IntArray, weights: FloatArray) -> float:
    """Gini of spend ordered by forecast, over that of the perfect order: 1 is perfect, 0 is chance; NaN without spend.

    By the covariance with average ranks, so that customers with equal forecasts share their place: a constant
    forecast has 0. Rows count ``weights`` times.
    """
    best = float((weights * actual) @ centred_ranks(perfect, weights))
    return float((weights * actual) @ centred_ranks(order, weights)) / best if best > 0 else float("nan")


def normalised_gini(actual: FloatArray, predicted: FloatArray) -> float | None:
    """``gini`` of customers who count alike; None without spend."""
    return _defined(gini(actual, order_of(predicted), order_of(actual), np.ones(len(actual))))


def auc(order: IntArray, bought: BoolArray, weights: FloatArray) -> float:
    """ROC AUC, far faster than by the curve: the Gini of purchases runs from -1 to 1; NaN where all or none bought."""
    purchases = bought.astype(np.float64)
    return (1 + gini(purchases, order, order_of(purchases), weights)) / 2


def captured(actual: FloatArray, predicted: FloatArray, at: FloatArray) -> FloatArray:
    """Share of the revenue that the customers with the highest forecasts brought; there must be some.

    ``actual`` and ``predicted``, by which customers are put in order, have the shape (n_customers,); those with equal
    forecasts count in proportion. ``at`` are shares of customers, 0 to 1.
    """
    places = order_of(-predicted)
    customers = np.concatenate([[0.0], np.cumsum(np.bincount(places)) / len(actual)])
    revenue = np.concatenate([[0.0], np.cumsum(np.bincount(places, weights=actual)) / actual.sum()])
    return np.asarray(np.interp(at, customers, revenue), dtype=np.float64)


def top_decile_revenue(actual: FloatArray, predicted: FloatArray) -> float | None:
    """Share of the revenue that came from the tenth of customers with the highest forecasts; None without revenue."""
    return captured(actual, predicted, np.array([0.1])).item() if actual.sum() > 0 else None


def calibration_error(bought: BoolArray, probability: FloatArray, *, bins: int = 10) -> float:
    """Expected calibration error over bins of equal count."""
    order = np.argsort(probability, kind="stable")
    gaps = [
        len(part) * abs(bought[part].mean() - probability[part].mean())
        for part in np.array_split(order, bins)
        if len(part)
    ]
    return float(sum(gaps) / len(order))


def _defined(value: float) -> float | None:
    return None if np.isnan(value) else value
