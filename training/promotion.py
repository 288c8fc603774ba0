"""Which model answers for whole histories: one rule for every shop, stated before anybody saw its figures."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from model.history_artifact import BGNBD, HISTORY_MODEL, RANKS, RECORD_WINDOWS
from model.total_spend import total_factor
from training.history import LEAST_BUYERS, LEAST_WINDOWS, PastForecast, can_learn_hurdle
from training.panel import Panel

FloatArray = npt.NDArray[np.float64]

HISTORY_MODELS = (HISTORY_MODEL, BGNBD)
LEAST_BUYERS_OF_AMOUNTS = 40
REPLICATES, SEED = 200, 42
# Smaller is better for each, once Gini has changed its sign.
DECISIVE = ("rmse_w99", "gini", "log_loss", "total bias")
LOST_AT = 2
RULE = (
    f"history_model answers from {LEAST_BUYERS} past buyers over {LEAST_WINDOWS} windows on, unless bgnbd_gamma_gamma "
    f"is surely better (95 % intervals over customers and windows) on two of {', '.join(DECISIVE)}"
)


def promote(panel: Panel, past: Mapping[str, Sequence[PastForecast]]) -> tuple[str, str]:
    """The name of the model that answers for the window after those of the panel, and why.

    Parameters
    ----------
    panel : Panel
        Complete windows.
    past : mapping of model to forecasts
        See ``forecast_past``.
    """
    buyers, windows = int((panel.known["future_spend"] > 0).sum()), len(panel.windows)
    found = f"{buyers:,} past buyers over {windows} windows"
    if buyers < LEAST_BUYERS_OF_AMOUNTS:
        return RANKS, f"{found}: below {LEAST_BUYERS_OF_AMOUNTS}, customers are ranked and no amount is believed"
    if not windows or not can_learn_hurdle(panel, panel.windows[-1].ends_at):
        return BGNBD, f"{RULE}; {found}"
    lost = surely_better(past[BGNBD], past[HISTORY_MODEL], cap=panel.w99_cap(panel.windows[-1].ends_at))
    if len(lost) >= LOST_AT:
        return BGNBD, f"{RULE}; {found}, and it is better on {', '.join(lost)}"
    return HISTORY_MODEL, f"{RULE}; {found}, and it is better on {' and '.join(lost) or 'none'}"


def surely_better(one: Sequence[PastForecast], other: Sequence[PastForecast], *, cap: float) -> list[str]:
    """The measures of ``DECISIVE`` on which the first beats the second on the newest windows, luck excluded."""
    measured = [_Drawn(forecasts, cap) for forecasts in (one, other)]
    rows, random = measured[0], np.random.default_rng(SEED)
    differences = np.empty((REPLICATES, len(DECISIVE)))
    for replicate in range(REPLICATES):
        weights = rows.draw(random)
        first, second = (each.measure(weights) for each in measured)
        differences[replicate] = first - second
    is_surely_smaller = np.nanpercentile(differences, 97.5, axis=0) < 0
    return [name for name, is_better in zip(DECISIVE, is_surely_smaller, strict=True) if is_better]


class _Drawn:
    """The newest past forecasts of one model, measured under weights of rows: how often each was drawn."""

    def __init__(self, forecasts: Sequence[PastForecast], cap: float) -> None:
        newest = forecasts[-RECORD_WINDOWS:]
        factors = [
            total_factor([past.total for past in forecasts[: len(forecasts) - len(newest) + place]])
            for place in range(len(newest))
        ]
        ids = np.concatenate([past.customers.index.get_level_values("customer_id") for past in newest])
        self.windows = np.repeat(np.arange(len(newest)), [len(past.actual) for past in newest])
        self.customers = pd.factorize(ids)[0]
        self.actual = np.concatenate([past.actual for past in newest])
        spend = np.concatenate([past.spend for past in newest])
        probability = np.concatenate([past.probability for past in newest])
        self.square = (np.minimum(self.actual, cap) - np.minimum(spend, cap)) ** 2
        self.log_loss = -np.log(np.where(self.actual > 0, probability, 1 - probability))
        self.told = spend * np.asarray(factors)[self.windows]
        self.order, self.perfect = np.argsort(spend, kind="stable"), np.argsort(self.actual, kind="stable")

    def draw(self, random: np.random.Generator) -> FloatArray:
        """Weights of rows: windows are drawn with replacement, and customers with all their windows."""
        customers, windows = (
            np.bincount(random.integers(0, count, count), minlength=count)
            for count in (int(self.customers.max()) + 1, int(self.windows.max()) + 1)
        )
        return np.asarray(customers[self.customers] * windows[self.windows], dtype=np.float64)

    def measure(self, weights: FloatArray) -> FloatArray:
        """``DECISIVE``, smaller being better."""
        total, realised = weights.sum(), float(weights @ self.actual)
        with np.errstate(invalid="ignore", divide="ignore"):  # a draw without a buyer says nothing
            gini = self._concentration(weights, self.order) / self._concentration(weights, self.perfect)
            bias = abs(np.log((weights @ self.told) / realised))
        return np.array([np.sqrt(weights @ self.square / total), -gini, weights @ self.log_loss / total, bias])

    def _concentration(self, weights: FloatArray, order: npt.NDArray[np.intp]) -> float:
        """Covariance of spend with the place in an order, up to a factor that two orders share."""
        ordered, actual = weights[order], self.actual[order]
        places = np.cumsum(ordered) - ordered / 2
        return float(ordered @ (actual * (places - ordered.sum() / 2)))
