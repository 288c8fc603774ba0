"""The history model: spend, probability and intervals of a customer from the whole purchase history."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from model.buy_till_you_die import BTYD_FEATURES, BuyTillYouDie
from model.features import HISTORY_FEATURE_NAMES
from model.hurdle import Hurdle
from model.spend_distribution import SpendDistribution

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]

HURDLE_FEATURES = (*HISTORY_FEATURE_NAMES, *BTYD_FEATURES)
# No forecast is certain, and logarithms must stay finite.
LEAST_PROBABILITY, LEAST_SPEND = 1e-4, 1e-6


@dataclass(frozen=True)
class RawForecast:
    """Forecasts before level and tail; arrays of shape (n_customers,)."""

    log_odds: FloatArray
    log_spend: FloatArray

    def mixed(self, other: "RawForecast", share: float) -> "RawForecast":
        """A share of ``other`` on the log scales: the geometric mean of spends and of odds."""
        return RawForecast(
            (1 - share) * self.log_odds + share * other.log_odds, (1 - share) * self.log_spend + share * other.log_spend
        )


@dataclass(frozen=True)
class Level:
    """How far the whole shop is above its pooled past in the coming horizon, by season and by trend."""

    log_spend: float = 0.0
    log_odds: float = 0.0


@dataclass(frozen=True)
class Tail:
    """Expected spend beyond a threshold, stretched: the few largest customers outgrow a log-scale forecast."""

    threshold: float = np.inf
    slope: float = 0.0

    def stretch(self, spend: FloatArray) -> FloatArray:
        """Expected spends (n_customers,), unchanged up to the threshold."""
        return spend + self.slope * np.maximum(spend - self.threshold, 0.0)


@dataclass(frozen=True)
class HistoryForecast:
    """What is expected of each customer in the horizon; arrays of shape (n_customers,)."""

    spend: FloatArray
    probability: FloatArray

    @classmethod
    def of(cls, raw: RawForecast, level: Level, tail: Tail) -> "HistoryForecast":
        """Bring raw forecasts to the level of the horizon."""
        probability = np.clip(expit(raw.log_odds + level.log_odds), LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
        return cls(spend=tail.stretch(np.exp(raw.log_spend + level.log_spend)), probability=probability)

    @property
    def spend_if_buying(self) -> FloatArray:
        """Expected spend given a purchase."""
        return self.spend / self.probability


@dataclass(frozen=True)
class HistoryModel:
    """A hurdle on history features, mixed with BG/NBD and Gamma-Gamma, at the level of the horizon.

    ``bgnbd_share`` of the mix is BG/NBD's: nothing where the hurdle has proved itself on
    past windows, everything where the history is too short to train one (``hurdle`` is
    then None).
    """

    horizon_days: int
    btyd: BuyTillYouDie
    hurdle: Hurdle | None
    bgnbd_share: float
    level: Level = field(default_factory=Level)
    tail: Tail = field(default_factory=Tail)
    distribution: SpendDistribution | None = None

    def predict(self, snapshots: "pd.DataFrame") -> HistoryForecast:
        """Forecast customers from their snapshots, see ``build_snapshots``."""
        return HistoryForecast.of(self.raw(snapshots), self.level, self.tail)

    def predict_interval(self, snapshots: "pd.DataFrame", *, coverage: float) -> tuple[FloatArray, FloatArray]:
        """Lowest and highest spend, with the prediction between them, that hold with ``coverage`` (0.8 or 0.9)."""
        if self.distribution is None:
            raise ValueError("this model was fitted without past windows to measure its errors on")
        forecast = self.predict(snapshots)
        return self.distribution.interval(forecast.spend, forecast.probability, coverage=coverage)

    def raw(self, snapshots: "pd.DataFrame") -> RawForecast:
        """The mix before level and tail."""
        btyd_forecast = self.btyd.forecast(snapshots, horizon_days=self.horizon_days)
        bgnbd = raw_bgnbd(btyd_forecast)
        if self.hurdle is None:
            return bgnbd
        return raw_hurdle(self.hurdle, snapshots.assign(**btyd_forecast)).mixed(bgnbd, self.bgnbd_share)


def raw_hurdle(hurdle: Hurdle, snapshots: "pd.DataFrame") -> RawForecast:
    """The hurdle's forecast for snapshots with the columns ``HURDLE_FEATURES``."""
    features = snapshots[list(HURDLE_FEATURES)].to_numpy(dtype=np.float64)
    log_odds = hurdle.log_odds(features)
    return RawForecast(log_odds, np.log(expit(log_odds)) + hurdle.log_spend_if_buying(features))


def raw_bgnbd(btyd_forecast: "pd.DataFrame") -> RawForecast:
    """BG/NBD's forecast from columns ``BTYD_FEATURES``."""
    probability = np.clip(btyd_forecast["bgnbd_probability"].to_numpy(), LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
    return RawForecast(logit(probability), np.log(np.maximum(btyd_forecast["bgnbd_spend"].to_numpy(), LEAST_SPEND)))
