"""Fitting the recency/frequency purchase probability on windows whose labels are complete."""

from datetime import datetime
from functools import lru_cache

import numpy as np
import pandas as pd
from scipy.optimize import brentq, minimize

from model.arrays import FloatArray
from model.estimators.purchase_probability import PurchaseProbability, log_odds_against
from training.windows.panel import Panel

# Probability must fall with recency and rise with frequency even where the data are mute.
LEAST_EXPONENT = 0.01
# The level of odds moves with the season; the newest windows know it best. Two windows had the lowest log loss
# on the windows of Online Retail II before 2011-06-13 (one, two, three and six were compared).
LEVEL_WINDOWS = 2


def fit_probability(labelled: pd.DataFrame) -> PurchaseProbability:
    """Maximum-likelihood parameters, with the level of the newest windows.

    The shape is fitted on all known customers of all labelled windows, so that it holds for the long inactive too; the
    level on the active customers of the newest windows.
    """
    shape = _fit_shape(_cells(labelled))
    cutoffs = labelled.index.get_level_values("as_of")
    newest = sorted(cutoffs.unique())[-LEVEL_WINDOWS:]
    cells = _cells(labelled[cutoffs.isin(newest) & labelled["is_active"]])
    return shape.model_copy(update={"base_odds": shape.base_odds * _level(shape, cells)})


@lru_cache(maxsize=64)
def probability_at(panel: Panel, as_of: datetime) -> PurchaseProbability:
    """The probability fitted on all windows complete at ``as_of``; kept, for several candidates ask for it."""
    return fit_probability(panel.known_by(as_of))


def _cells(labelled: pd.DataFrame) -> FloatArray:
    """Recency, orders, customers and buyers of those who share the first two, a tenth of the rows; (4, n_cells).

    Two invented average customers, one of them a buyer, keep fits finite where all or none bought.
    """
    by = [labelled["recency_days"], labelled["num_transactions"]]
    counted = (labelled["future_spend"] > 0).groupby(by).agg(["size", "sum"]).reset_index().to_numpy(dtype=np.float64)
    average = [*(each.mean() for each in by), 2.0, 1.0]
    return np.ascontiguousarray(np.vstack([counted, average]).T)


def _fit_shape(cells: FloatArray) -> PurchaseProbability:
    recency, orders, customers, buyers = cells

    def log_odds(parameters: FloatArray) -> FloatArray:
        base, decay, log_scale, boost, log_prior = parameters
        scale, prior = np.exp(log_scale), np.exp(log_prior)
        return -log_odds_against(recency, orders, base, decay, scale, boost, prior)

    def negative_log_likelihood(parameters: FloatArray) -> float:
        z = log_odds(parameters)
        return float((customers * np.logaddexp(0.0, z) - buyers * z).sum() / customers.sum())

    start = np.array([np.log(buyers.sum() / customers.sum()), 0.5, np.log(30.0), 0.9, 0.0])
    # Scale and prior only bend the curves; their bounds keep them where days and orders are counted.
    bounds = [(None, None), (LEAST_EXPONENT, 20.0), (0.0, 8.0), (LEAST_EXPONENT, 5.0), (-2.0, 3.0)]
    base, decay, log_scale, boost, log_prior = minimize(
        negative_log_likelihood, start, method="L-BFGS-B", bounds=bounds
    ).x
    return PurchaseProbability(
        base_odds=float(np.exp(base)),
        recency_decay=float(decay),
        recency_scale_days=float(np.exp(log_scale)),
        frequency_boost=float(boost),
        prior_orders=float(np.exp(log_prior)),
    )


def _level(shape: PurchaseProbability, cells: FloatArray) -> float:
    """The factor on the odds that makes the expected number of buyers the actual one."""
    recency, orders, customers, buyers = cells
    probability = shape(recency, orders)
    odds = probability / (1 - probability)

    def surplus(log_factor: float) -> float:
        scaled = odds * np.exp(log_factor)
        return float((customers * scaled / (1 + scaled)).sum() - buyers.sum())

    return float(np.exp(brentq(surplus, -20.0, 20.0)))
