"""BG/NBD and Gamma-Gamma together, the standard of the field: how often a customer comes back, and for how much."""

from collections.abc import Mapping
from typing import NamedTuple, Self

from model.estimators.bg_nbd import BetaGeoModel
from model.estimators.estimator import Table
from model.estimators.gamma_gamma import GammaGammaModel


class BuyTillYouDie(NamedTuple):
    """Both, fitted on one customer base."""

    purchases: BetaGeoModel
    value: GammaGammaModel

    @classmethod
    def fit(cls, known: Table, *, horizon_days: int, start: "BuyTillYouDie | None" = None) -> Self:
        """Fit both on every known customer at one moment; what comes after it plays no part.

        ``known`` has the columns ``NEEDS`` of both, of shape (n_customers,). With ``start``, the fit of the moment
        before, there is one search from there, in place of three from afar.
        """
        purchases, value = (None, None) if start is None else start
        return cls(BetaGeoModel(horizon_days).fit(known, start=purchases), GammaGammaModel().fit(known, start=value))

    @property
    def parameters(self) -> dict[str, float]:
        """Of both, by their names in the literature."""
        return {name: float(getattr(model, f"{name}_")) for model in self for name in model.PARAMETERS}

    @classmethod
    def of(cls, parameters: Mapping[str, float], *, horizon_days: int) -> Self:
        """From ``parameters``."""
        both = cls(BetaGeoModel(horizon_days), GammaGammaModel())
        for model in both:
            for name in model.PARAMETERS:
                setattr(model, f"{name}_", parameters[name])
        return both
