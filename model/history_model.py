"""The history model: spend, probability, intervals and reasons from the whole purchase history of a customer."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from model.buy_till_you_die import BTYD_FEATURES, BuyTillYouDie
from model.features import FEATURE_NAMES, HISTORY_FEATURE_NAMES
from model.hurdle import Hurdle
from model.probability import PurchaseProbability
from model.reasons import Reason, Reasons, from_log_terms
from model.special_functions import expit, logit
from model.spend_distribution import SpendDistribution

if TYPE_CHECKING:
    import pandas as pd
    from sklearn.pipeline import Pipeline

FloatArray = NDArray[np.float64]

HURDLE_FEATURES = (*HISTORY_FEATURE_NAMES, *BTYD_FEATURES)
# Reasons that are no single feature.
RHYTHM, ORDER_VALUE = "rhythm of purchases (BG/NBD)", "order value (Gamma-Gamma)"
LARGEST, NOT_BELOW_ZERO = "largest customers", "not below zero"
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
class Mixture:
    """How raw forecasts of hurdle and BG/NBD become one, and the errors that were made so."""

    bgnbd_share: float = 1.0
    level: Level = field(default_factory=Level)
    tail: Tail = field(default_factory=Tail)
    distribution: SpendDistribution | None = None

    def forecast(self, hurdle: RawForecast | None, bgnbd: RawForecast) -> "HistoryForecast":
        """Mix raw forecasts and bring them to the level of the horizon."""
        raw = bgnbd if hurdle is None else hurdle.mixed(bgnbd, self.bgnbd_share)
        return HistoryForecast.of(raw, self.level, self.tail)


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


class WithIntervals:
    """What every model of whole histories offers beside its forecast."""

    @property
    def distribution(self) -> SpendDistribution | None:
        """The errors of past windows; None without any."""
        raise NotImplementedError

    def predict(self, snapshots: "pd.DataFrame") -> HistoryForecast:
        """Forecast customers from their snapshots, see ``build_snapshots``."""
        raise NotImplementedError

    def predict_interval(self, snapshots: "pd.DataFrame", *, coverage: float) -> tuple[FloatArray, FloatArray] | None:
        """Lowest and highest spend, with the forecast between them, that hold with ``coverage`` (0.8 or 0.9).

        None where no past window was there to measure errors on.
        """
        if self.distribution is None:
            return None
        forecast = self.predict(snapshots)
        return self.distribution.interval(forecast.spend, forecast.probability, coverage=coverage)

    def explain(self, snapshots: "pd.DataFrame") -> Reasons:
        """What moved the forecast of the first customer from a typical one's."""
        raise NotImplementedError


@dataclass(frozen=True)
class HistoryModel(WithIntervals):
    """A hurdle on history features, mixed with BG/NBD and Gamma-Gamma, at the level of the horizon.

    BG/NBD's share of the mix is nothing where the hurdle has proved itself on past
    windows, and everything where the history is too short to train one (``hurdle`` is then
    None). ``typical`` are the mean logarithms of BG/NBD's expected purchases and order
    value, which reasons are counted from.
    """

    horizon_days: int
    btyd: BuyTillYouDie
    typical: tuple[float, float]
    hurdle: Hurdle | None = None
    mixture: Mixture = field(default_factory=Mixture)

    @property
    def distribution(self) -> SpendDistribution | None:
        """The errors of past windows; None without any."""
        return self.mixture.distribution

    def predict(self, snapshots: "pd.DataFrame") -> HistoryForecast:
        """Forecast customers from their snapshots, see ``build_snapshots``."""
        btyd_forecast = self.btyd.forecast(snapshots, horizon_days=self.horizon_days)
        hurdle = None if self.hurdle is None else raw_hurdle(self.hurdle, snapshots.assign(**btyd_forecast))
        return self.mixture.forecast(hurdle, raw_bgnbd(btyd_forecast))

    def explain(self, snapshots: "pd.DataFrame") -> Reasons:
        """Shapley values of trees and linear terms on the logarithm, turned into money without a rest."""
        customer = snapshots.iloc[[0]]
        btyd_forecast = self.btyd.forecast(customer, horizon_days=self.horizon_days)
        row = customer.assign(**btyd_forecast)[list(HURDLE_FEATURES)].to_numpy(dtype=np.float64)[0]
        terms = dict.fromkeys((*HURDLE_FEATURES, RHYTHM, ORDER_VALUE, LARGEST), 0.0)
        log_base, share = self.mixture.level.log_spend, self.mixture.bgnbd_share
        if self.hurdle is not None:
            base, parts = _explain_hurdle(self.hurdle, row)
            log_base += (1 - share) * base
            terms |= dict(zip(HURDLE_FEATURES, (1 - share) * parts, strict=True))
        log_purchases, log_value = _btyd_logs(btyd_forecast)
        log_base += share * sum(self.typical)
        terms[RHYTHM] = share * float(log_purchases[0] - self.typical[0])
        terms[ORDER_VALUE] = share * float(log_value[0] - self.typical[1])
        unstretched = np.exp(log_base + sum(terms.values()))
        forecast = float(self.mixture.tail.stretch(np.array([unstretched]))[0])
        terms[LARGEST] = float(np.log(forecast / unstretched))
        values = np.array([*row, np.nan, np.nan, np.nan])
        return from_log_terms(float(np.exp(log_base)), forecast, list(terms), np.array(list(terms.values())), values)


@dataclass(frozen=True)
class SixNumberModel(WithIntervals):
    """The six-number regression for callers who bring orders: where nothing better has proved itself."""

    pipeline: "Pipeline"
    probability: PurchaseProbability
    errors: SpendDistribution | None = None

    @property
    def distribution(self) -> SpendDistribution | None:
        """The errors of past windows; None without any."""
        return self.errors

    def predict(self, snapshots: "pd.DataFrame") -> HistoryForecast:
        """Forecast customers from their snapshots, see ``build_snapshots``."""
        spend = np.asarray(self.pipeline.predict(snapshots[list(FEATURE_NAMES)]), dtype=np.float64)
        probability = self.probability(snapshots["recency_days"], snapshots["num_transactions"])
        return HistoryForecast(spend=np.maximum(spend, LEAST_SPEND), probability=probability)

    def explain(self, snapshots: "pd.DataFrame") -> Reasons:
        """Coefficient times distance from the mean, exactly; a forecast raised to zero says so."""
        scaler, regression = self.pipeline[0], self.pipeline[-1]
        row = snapshots[list(FEATURE_NAMES)].to_numpy(dtype=np.float64)[0]
        amounts = regression.coef_ * (row - scaler.mean_) / scaler.scale_
        base = float(regression.intercept_)
        forecast = float(self.predict(snapshots.iloc[[0]]).spend[0])
        reasons = [Reason(*each) for each in zip(FEATURE_NAMES, amounts.tolist(), row.tolist(), strict=True)]
        return Reasons(base, (*reasons, Reason(NOT_BELOW_ZERO, forecast - base - float(amounts.sum()))))


def raw_hurdle(hurdle: Hurdle, snapshots: "pd.DataFrame") -> RawForecast:
    """The hurdle's forecast for snapshots with the columns ``HURDLE_FEATURES``."""
    features = snapshots[list(HURDLE_FEATURES)].to_numpy(dtype=np.float64)
    log_odds = np.clip(hurdle.log_odds(features), logit(LEAST_PROBABILITY), -logit(LEAST_PROBABILITY))
    return RawForecast(log_odds, np.log(expit(log_odds)) + hurdle.log_spend_if_buying(features))


def typical_btyd(btyd_forecast: "pd.DataFrame") -> tuple[float, float]:
    """Mean logarithms of expected purchases and of order value: BG/NBD's typical customer."""
    log_purchases, log_value = _btyd_logs(btyd_forecast)
    return float(log_purchases.mean()), float(log_value.mean())


def raw_bgnbd(btyd_forecast: "pd.DataFrame") -> RawForecast:
    """BG/NBD's forecast from columns ``BTYD_FEATURES``."""
    probability = np.clip(btyd_forecast["bgnbd_probability"].to_numpy(), LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
    return RawForecast(logit(probability), np.log(np.maximum(btyd_forecast["bgnbd_spend"].to_numpy(), LEAST_SPEND)))


def _btyd_logs(btyd_forecast: "pd.DataFrame") -> tuple[FloatArray, FloatArray]:
    """Logarithms of expected purchases and order value, adding up to that of the forecast spend."""
    log_spend = np.log(np.maximum(btyd_forecast["bgnbd_spend"].to_numpy(), LEAST_SPEND))
    log_value = np.log(np.maximum(btyd_forecast["gg_order_value"].to_numpy(), LEAST_SPEND))
    return log_spend - log_value, log_value


def _explain_hurdle(hurdle: Hurdle, row: FloatArray) -> tuple[float, FloatArray]:
    """Base and parts of log(probability) + log(spend if buying).

    A probability is no sum, its log odds are: their parts share out the change of its
    logarithm in proportion.
    """
    odds_base, odds_parts = hurdle.explain_log_odds(row)
    spend_base, spend_parts = hurdle.explain_log_spend(row)
    log_base = float(np.log(expit(odds_base)))
    moved = float(odds_parts.sum())
    change = float(np.log(expit(odds_base + moved))) - log_base
    factor = change / moved if abs(moved) > 1e-9 else float(1 - expit(odds_base))
    return log_base + spend_base, odds_parts * factor + spend_parts
