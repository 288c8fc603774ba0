"""The history model: who buys and how much if so, from the whole purchase history of a customer, for everybody."""

from typing import TypeVar

import numpy as np
from pydantic import Field

from model.arrays import FloatArray
from model.documents import Document
from model.estimators.attributions import Reasons, from_log_terms, two_part_reasons
from model.estimators.buy_till_you_die import BuyTillYouDie
from model.estimators.history_inputs import INPUTS, LEAST_MONEY, NEEDS, ORDER_VALUE, RHYTHM, Known, history_inputs
from model.estimators.hurdle import Hurdle, TwoPartForecast
from model.estimators.special_functions import LEAST_PROBABILITY

T = TypeVar("T", float, FloatArray)


class Level(Document):
    """A shift of the odds to buy and a shift of buyers' log spend; for one shop and one window."""

    log_odds: float = Field(0.0, description="Added to everybody's log odds of a purchase.", examples=[-0.28])
    log_spend: float = Field(0.0, description="Added to everybody's log spend if buying.", examples=[0.06])
    persistence: float = Field(0.0, examples=[0.7])
    """Share of the newest window's own shift that is expected to last (ratio)."""
    with_season: bool = Field(False, description="Whether the shift of a year ago is expected again.")

    def of(self, log_odds: T, log_spend: T) -> tuple[T, T]:
        """Both at this level: numbers of one customer, or arrays of many."""
        return log_odds + self.log_odds, log_spend + self.log_spend


class HistoryModel(Document):
    """BG/NBD and Gamma-Gamma, and a hurdle on what they and the newest months say, at the level of the horizon.

    Without a hurdle, where a history is too short to learn one, BG/NBD and Gamma-Gamma answer alone.
    """

    horizon_days: int = Field(description="How far forecasts look (days).", examples=[30])
    bgnbd_gamma_gamma: dict[str, float] = Field(
        description="r, alpha, a, b of BG/NBD and p, q, v of Gamma-Gamma, in days and currency.",
        examples=[{"r": 0.66, "alpha": 65.4, "a": 0.13, "b": 2.78, "p": 2.43, "q": 3.45, "v": 401.6}],
    )
    typical: tuple[float, float] = Field(examples=[[-1.9, 5.6]])
    """Mean log of the purchases and of the order value that these two expect of a customer."""
    hurdle: Hurdle | None = Field(None, description="Null where BG/NBD and Gamma-Gamma answer alone.")
    level: Level = Field(default_factory=Level, description="Of the one window that begins where learning ended.")

    @property
    def btyd(self) -> BuyTillYouDie:
        """BG/NBD and Gamma-Gamma."""
        return BuyTillYouDie.of(self.bgnbd_gamma_gamma, horizon_days=self.horizon_days)

    def predict(self, known: Known) -> TwoPartForecast:
        """Forecast customers from the columns ``NEEDS`` of ``model.features``, each of shape (n_customers,)."""
        btyd = self.btyd
        if self.hurdle is None:
            probability = btyd.purchases.probability_of_purchase(known)
            probability = np.clip(probability, LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
            spend = np.maximum(btyd.purchases.predict(known) * btyd.value.predict(known), LEAST_MONEY)
            return TwoPartForecast(probability=probability, spend_if_buying=spend / probability)
        return TwoPartForecast.of(*self.level.of(*self.hurdle.predict(history_inputs(known, btyd))))

    def explain(self, known: Known) -> Reasons:
        """What moved the forecast of the first customer from a typical one's; adds up exactly."""
        first = {name: np.asarray(known[name], dtype=np.float64)[:1] for name in NEEDS}
        if self.hurdle is None:
            spend, value = float(self.predict(first).spend[0]), float(self.btyd.value.predict(first)[0])
            terms = np.array([np.log(spend / value) - self.typical[0], np.log(value) - self.typical[1]])
            return from_log_terms(
                float(np.exp(sum(self.typical))), spend, (RHYTHM, ORDER_VALUE), terms, np.full(2, np.nan)
            )
        odds, spends = self.hurdle.parts(history_inputs(first, self.btyd))
        odds_base, spend_base = self.level.of(*self.hurdle.typical)
        return two_part_reasons(
            [each.name for each in INPUTS],
            np.array([first[each.name][0] if each.name in first else np.nan for each in INPUTS]),
            odds=(odds_base, odds[0]),
            spend=(spend_base, spends[0]),
        )
