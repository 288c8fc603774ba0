"""The leaderboard of a backtest: every measure by group of customers, and which differences are more than luck."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from pydantic import Field
from tqdm import tqdm

from model.arrays import BoolArray, FloatArray, IntArray
from model.documents import Document
from training.evaluation.metrics import auc, buyers_covered, gini, order_of, probability_metrics, spend_metrics

Metrics = dict[str, float | None]
ByModel = dict[str, Metrics]
Differences = dict[str, tuple[float, float] | None]

REPLICATES = 300
# Measures whose difference to the baseline gets a bootstrap interval; a larger gini and auc is better.
COMPARED = ("rmse_w99", "mae", "gini", "auc", "log_loss", "abs_bias_pct")
LARGER_IS_BETTER = frozenset({"gini", "auc"})

ALL_KNOWN, ACTIVE = "all_known", "active"
# Who bought in the days before a cutoff that make one active; the others by how long they have been quiet.
GROUPS: dict[str, Callable[[pd.DataFrame], BoolArray]] = {
    ALL_KNOWN: lambda rows: np.ones(len(rows), dtype=bool),
    ACTIVE: lambda rows: rows["is_active"].to_numpy(dtype=bool),
    "quiet_under_180_days": lambda rows: _quiet(rows, 0, 180),
    "quiet_180_to_365_days": lambda rows: _quiet(rows, 180, 365),
    "quiet_over_365_days": lambda rows: _quiet(rows, 365, np.inf),
}


class Leaderboard(Document):
    """``leaderboard.json``: measures by group and model, by window, and intervals of differences to the baseline.

    ``windows`` and ``differences`` are of all known and of the active customers. ``learned_from`` has the champion's
    measures on the same windows when it learned from the newest so many windows alone; ``value_frequency_correlation``
    is the rank correlation of average order value and number of orders at each cutoff, which Gamma-Gamma takes for
    nothing.
    """

    champion: str
    champion_reason: str
    baseline: str
    w99_cap: float
    groups: dict[str, ByModel]
    windows: dict[str, dict[str, ByModel]]
    differences: dict[str, dict[str, Differences]]
    learned_from: dict[int, Metrics] = Field({})
    value_frequency_correlation: dict[str, float] = Field({})
    notes: tuple[str, ...] = ()

    @property
    def models(self) -> ByModel:
        """Measures by model over all known customers of all windows."""
        return self.groups[ALL_KNOWN]


def measure(rows: pd.DataFrame, *, w99_cap: float) -> Metrics:
    """Every measure of one model on some rows of a backtest; those of probability and interval where it has them."""
    actual, predicted = rows["actual_spend"].to_numpy(), rows["predicted_spend"].to_numpy()
    metrics = spend_metrics(actual, predicted, w99_cap=w99_cap)
    if rows["purchase_probability"].notna().all():
        metrics |= probability_metrics(rows["actual_purchase"].to_numpy(), rows["purchase_probability"].to_numpy())
    low, high = rows["spend_if_purchase_low"], rows["spend_if_purchase_high"]
    if low.notna().all():
        metrics["buyers_covered"] = buyers_covered(actual, low.to_numpy(), high.to_numpy())
    # A forest adds up its trees in any order, and the last digits wander.
    return {name: None if value is None else round(value, 6) for name, value in metrics.items()}


def measure_groups(rows: pd.DataFrame, *, w99_cap: float, groups: Sequence[str] = tuple(GROUPS)) -> dict[str, ByModel]:
    """Measures by group and model, in the order of the rows; a group that is empty is left out."""
    parts = {group: rows[GROUPS[group](rows)] for group in groups}
    return {
        group: {str(name): measure(of_model, w99_cap=w99_cap) for name, of_model in part.groupby("model", sort=False)}
        for group, part in parts.items()
        if len(part)
    }


def measure_windows(rows: pd.DataFrame, *, w99_cap: float) -> dict[str, dict[str, ByModel]]:
    """Measures by window, group (all known, active) and model."""
    return {
        f"{cutoff:%Y-%m-%d}": measure_groups(window, w99_cap=w99_cap, groups=(ALL_KNOWN, ACTIVE))
        for cutoff, window in rows.groupby("cutoff")
    }


def bootstrap_differences(rows: pd.DataFrame, baseline: str, *, w99_cap: float, seed: int) -> dict[str, Differences]:
    """95 % intervals of each other model's measures minus the baseline's, by model and measure.

    Whole customers and whole windows are drawn, both with replacement: neither the windows of one customer nor the
    customers of one window are independent evidence (Owen 2007, "The pigeonhole bootstrap").
    """
    ordered = rows.sort_values(["cutoff", "customer_id"], kind="stable")
    of_models = {str(name): part for name, part in ordered.groupby("model", sort=False)}
    measured = [_measured_by_weight(part, w99_cap) for part in of_models.values()]
    customers, windows = (pd.factorize(of_models[baseline][column])[0] for column in ("customer_id", "cutoff"))
    random = np.random.default_rng(seed)
    drawn = np.empty((REPLICATES, len(of_models), len(COMPARED)))
    for replicate in tqdm(range(REPLICATES), desc="bootstrap", delay=2, disable=None, leave=False):
        weights = _drawn(random, customers) * _drawn(random, windows)
        drawn[replicate] = [measures(weights) for measures in measured]
    draws = dict(zip(of_models, drawn.swapaxes(0, 1), strict=True))
    of_baseline = draws.pop(baseline)
    return {name: _intervals(of_model - of_baseline) for name, of_model in draws.items()}


def _measured_by_weight(rows: pd.DataFrame, w99_cap: float) -> Callable[[FloatArray], list[float]]:
    """``COMPARED`` of one model on rows that count so many times, NaN where not defined; orders are found once."""
    actual, predicted = rows["actual_spend"].to_numpy(), rows["predicted_spend"].to_numpy()
    bought, order, perfect = actual > 0, order_of(predicted), order_of(actual)
    squared = (np.minimum(actual, w99_cap) - np.minimum(predicted, w99_cap)) ** 2
    probability = rows["purchase_probability"].to_numpy()
    has_probability, order_of_probability = not np.isnan(probability).any(), order_of(probability)
    log_loss = -np.log(np.maximum(np.where(bought, probability, 1 - probability), 1e-15))

    def measures(weights: FloatArray) -> list[float]:
        total, spent = weights.sum(), actual @ weights
        return [
            np.sqrt(squared @ weights / total),
            np.abs(actual - predicted) @ weights / total,
            gini(actual, order, perfect, weights),
            auc(order_of_probability, bought, weights) if has_probability else np.nan,
            log_loss @ weights / total if has_probability else np.nan,
            100 * abs(predicted @ weights / spent - 1) if spent > 0 else np.nan,
        ]

    return measures


def _quiet(rows: pd.DataFrame, at_least: float, below: float) -> BoolArray:
    days = rows["recency_days"].to_numpy()
    return np.asarray(~rows["is_active"].to_numpy(dtype=bool) & (days >= at_least) & (days < below))


def _drawn(random: np.random.Generator, members: IntArray) -> FloatArray:
    """How often each row is drawn when its group is drawn with replacement among all groups."""
    groups = int(members.max()) + 1
    counts = np.bincount(random.integers(0, groups, groups), minlength=groups)
    return counts[members].astype(np.float64)


def _intervals(differences: FloatArray) -> Differences:
    low, high = np.percentile(differences, [2.5, 97.5], axis=0)
    return {
        metric: None if np.isnan(low[i]) else (round(float(low[i]), 6), round(float(high[i]), 6))
        for i, metric in enumerate(COMPARED)
    }


def surely_better(metric: str, interval: tuple[float, float] | None) -> bool:
    """Whether the 95 % interval of a difference lies on the better side of nothing."""
    if interval is None:
        return False
    low, high = interval
    return low > 0 if metric in LARGER_IS_BETTER else high < 0
