"""What the page is made from: card, artifact, leaderboard, and the forecasts of the backtest beside what happened."""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from model.card import ModelCard
from model.history_artifact import BGNBD, HistoryArtifact
from training.leaderboard import Leaderboard
from training.page.words import A_MILLION, NARROW, model_label, money, short_money

FloatArray = npt.NDArray[np.float64]

TENTHS = 10
Z_95 = 1.96


@dataclass(frozen=True)
class Evidence:
    """Everything that the figures are drawn from; ``currency`` stands before every amount of money."""

    card: ModelCard
    leaderboard: Leaderboard
    backtest: pd.DataFrame
    totals: pd.DataFrame
    artifact: HistoryArtifact | None = None
    currency: str = ""

    @property
    def champion_name(self) -> str:
        """Whose forecasts are shown; where customers are ranked alone, it is BG/NBD that puts them in order."""
        name = self.leaderboard.champion
        return name if name in self.leaderboard.models else BGNBD

    @cached_property
    def champion(self) -> pd.DataFrame:
        """The champion's forecasts, one row per cutoff and customer."""
        return self.of_model(self.champion_name)

    @cached_property
    def rival_name(self) -> str | None:
        """Whom the champion is shown against: BG/NBD, or else the baseline."""
        present = set(self.backtest["model"].unique()) - {self.champion_name}
        return next((name for name in (BGNBD, self.leaderboard.baseline) if name in present), None)

    @cached_property
    def rival(self) -> pd.DataFrame | None:
        """The rival's forecasts."""
        return None if self.rival_name is None else self.of_model(self.rival_name)

    @property
    def champion_label(self) -> str:
        """The champion in words."""
        return model_label(self.champion_name)

    @property
    def rival_label(self) -> str:
        """The rival in words."""
        return "" if self.rival_name is None else model_label(self.rival_name)

    @cached_property
    def cutoffs(self) -> list[pd.Timestamp]:
        """The windows, oldest first."""
        return [at for at, _ in by_window(self.backtest)]

    def of_model(self, name: str) -> pd.DataFrame:
        """One model's forecasts."""
        return self.backtest[self.backtest["model"] == name].reset_index(drop=True)

    def money(self, amount: float) -> str:
        """An amount with its currency."""
        return money(amount, self.currency)

    def short_money(self, amount: float) -> str:
        """An amount for an axis."""
        return short_money(amount, self.currency)

    def drawn_money(self, amount: float) -> str:
        """An amount in a drawing, where millions have no room."""
        return self.money(amount) if abs(amount) < A_MILLION else self.short_money(amount)


def by_window(rows: pd.DataFrame) -> list[tuple[pd.Timestamp, pd.DataFrame]]:
    """The rows of each window, oldest first."""
    return [(pd.Timestamp(at), rows[rows["cutoff"] == at]) for at in sorted(rows["cutoff"].unique())]


def tenths(predicted: FloatArray) -> list[npt.NDArray[np.intp]]:
    """Positions of customers in ten groups of equal count, the highest forecasts first; fewer with few customers."""
    order = np.argsort(-predicted, kind="stable")
    return [group for group in np.array_split(order, TENTHS) if len(group)]


def tenth_labels(groups: int) -> list[str]:
    """``Top 10 %``, ``10–20 %`` and so on, for groups of equal count."""
    edges = [round(100 * group / groups) for group in range(groups + 1)]
    rest = [f"{low}–{high}{NARROW}%" for low, high in pairwise(edges[1:])]
    return [f"Top {edges[1]}{NARROW}%", *rest]


def share_interval(hits: float, count: int) -> tuple[float, float]:
    """The 95 % interval of a share by Wilson (1927), which stays in [0, 1]."""
    share, z2 = hits / count, Z_95**2
    centre = (share + z2 / (2 * count)) / (1 + z2 / count)
    half = Z_95 * np.sqrt(share * (1 - share) / count + z2 / (4 * count**2)) / (1 + z2 / count)
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))


def with_interval(rows: pd.DataFrame) -> pd.DataFrame:
    """The buyers among rows that tell what a purchase would come to."""
    return rows[rows["actual_purchase"].astype(bool) & rows["spend_if_purchase_low"].notna()]


def covered(buyers: pd.DataFrame) -> "pd.Series[bool]":
    """Whether the spend of buyers lay inside their interval."""
    return buyers["actual_spend"].between(buyers["spend_if_purchase_low"], buyers["spend_if_purchase_high"])
