"""The leaderboard of a backtest: every measure pooled and per window, and which differences are more than luck."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import BaseModel, ConfigDict
from scipy.stats import rankdata
from tqdm import tqdm

from training.evaluate import interval_metrics, probability_metrics, spend_metrics
from training.totals import Totals

FloatArray = npt.NDArray[np.float64]
Metrics = dict[str, float | None]
Differences = dict[str, tuple[float, float] | None]

REPLICATES = 300
# Measures whose difference to the baseline gets a bootstrap interval; a larger gini and auc is better.
COMPARED = ("rmse_w99", "mae", "gini", "auc")
LARGER_IS_BETTER = frozenset({"gini", "auc"})


class Leaderboard(BaseModel):
    """``leaderboard.json``: measures by model, by window and model, and intervals of differences to the baseline.

    ``totals`` are of all known customers and of parts of them, by model that is served.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    champion: str
    champion_reason: str
    baseline: str
    w99_cap: float
    models: dict[str, Metrics]
    windows: dict[str, dict[str, Metrics]]
    differences: dict[str, Differences]
    window_differences: dict[str, dict[str, Differences]] = {}
    totals: dict[str, Totals] = {}
    notes: tuple[str, ...] = ()


def measure(rows: pd.DataFrame, *, w99_cap: float) -> Metrics:
    """Every measure of one model on some rows of a backtest; those of probability and interval where it has them."""
    actual, predicted = rows["actual_spend"].to_numpy(), rows["predicted_spend"].to_numpy()
    metrics = spend_metrics(actual, predicted, w99_cap=w99_cap)
    if rows["purchase_probability"].notna().all():
        metrics |= probability_metrics(rows["actual_purchase"].to_numpy(), rows["purchase_probability"].to_numpy())
    if rows["interval_low"].notna().all():
        metrics |= interval_metrics(actual, rows["interval_low"].to_numpy(), rows["interval_high"].to_numpy())
    # Rounded, because a forest adds up its trees in any order and the last digits wander.
    return {name: None if value is None else round(value, 6) for name, value in metrics.items()}


def measure_all(rows: pd.DataFrame, *, w99_cap: float) -> tuple[dict[str, Metrics], dict[str, dict[str, Metrics]]]:
    """Measures by model over all windows, and by window and model; in the order of the rows."""
    pooled = {str(name): measure(part, w99_cap=w99_cap) for name, part in rows.groupby("model", sort=False)}
    windows = {
        f"{cutoff:%Y-%m-%d}": {
            str(name): measure(part, w99_cap=w99_cap) for name, part in window.groupby("model", sort=False)
        }
        for cutoff, window in rows.groupby("cutoff")
    }
    return pooled, windows


def bootstrap_differences(
    rows: pd.DataFrame, baselines: Sequence[str], *, w99_cap: float, seed: int
) -> dict[str, dict[str, Differences]]:
    """95 % intervals of each model's measures minus a baseline's, by baseline, model and measure.

    Whole customers are drawn with replacement, with all their windows, because the windows
    of one customer are no independent evidence.
    """
    models = [_Forecasts.of(str(name), part) for name, part in rows.groupby("model", sort=False)]
    members = _rows_of_customers(models[0].customers)
    random = np.random.default_rng(seed)
    drawn = np.empty((REPLICATES, len(models), len(COMPARED)))
    for replicate in tqdm(range(REPLICATES), desc="bootstrap", delay=2, disable=None, leave=False):
        chosen = np.concatenate([members[i] for i in random.integers(0, len(members), len(members))])
        drawn[replicate] = _measure_draw(models, chosen, w99_cap)
    positions = {model.name: position for position, model in enumerate(models)}
    return {
        baseline: {
            name: _intervals(drawn[:, position] - drawn[:, positions[baseline]])
            for name, position in positions.items()
            if name != baseline
        }
        for baseline in baselines
        if baseline in positions
    }


@dataclass(frozen=True)
class _Forecasts:
    """One model's rows as arrays, in the order of cutoff and customer that all models share."""

    name: str
    customers: npt.NDArray[np.object_]
    actual: FloatArray
    predicted: FloatArray
    probability: FloatArray | None

    @classmethod
    def of(cls, name: str, rows: pd.DataFrame) -> "_Forecasts":
        ordered = rows.sort_values(["cutoff", "customer_id"])
        probability = ordered["purchase_probability"].to_numpy()
        return cls(
            name=name,
            customers=ordered["customer_id"].to_numpy(dtype=object),
            actual=ordered["actual_spend"].to_numpy(),
            predicted=ordered["predicted_spend"].to_numpy(),
            probability=None if np.isnan(probability).any() else probability,
        )


def _rows_of_customers(customers: npt.NDArray[np.object_]) -> list[npt.NDArray[np.int64]]:
    return [np.asarray(members) for members in pd.Series(customers).groupby(customers).indices.values()]


def _measure_draw(models: Sequence[_Forecasts], chosen: npt.NDArray[np.int64], w99_cap: float) -> FloatArray:
    """``COMPARED`` for every model on one draw of rows; NaN where a measure is not defined."""
    actual = models[0].actual[chosen]
    capped, bought = np.minimum(actual, w99_cap), actual > 0
    perfect = np.cov(actual, rankdata(actual))[0, 1]
    measured = []
    for model in models:
        predicted = model.predicted[chosen]
        measured.append(
            (
                np.sqrt(np.mean((capped - np.minimum(predicted, w99_cap)) ** 2)),
                np.mean(np.abs(actual - predicted)),
                np.cov(actual, rankdata(predicted))[0, 1] / perfect if perfect > 0 else np.nan,
                np.nan if model.probability is None else _auc(bought, model.probability[chosen]),
            )
        )
    return np.array(measured)


def _auc(bought: npt.NDArray[np.bool_], probability: FloatArray) -> float:
    """ROC AUC by the sum of ranks (Mann-Whitney), an order of magnitude faster than by the curve."""
    buyers = int(bought.sum())
    others = len(bought) - buyers
    if buyers == 0 or others == 0:
        return float("nan")
    return float((rankdata(probability)[bought].sum() - buyers * (buyers + 1) / 2) / (buyers * others))


def _intervals(differences: FloatArray) -> Differences:
    low, high = np.percentile(differences, [2.5, 97.5], axis=0)
    return {
        metric: None if np.isnan(low[i]) else (round(float(low[i]), 6), round(float(high[i]), 6))
        for i, metric in enumerate(COMPARED)
    }
