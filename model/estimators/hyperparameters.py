"""The hyperparameters of the history model; chosen on the windows of Online Retail II before 2011-06-13."""

from pydantic import Field

from model.documents import Document


class Hyperparameters(Document):
    """Every number of the history model that no shop's data decides; part of ``history_model.json``."""

    clip_deviations: float = Field(4.0, description="Inputs reach so many standard deviations from their mean.")
    knot_quantiles: tuple[float, ...] = Field((0.05, 0.35, 0.65, 0.95), description="Where the lines of inputs break.")
    odds_inverse_penalty: float = Field(0.03, description="C of the logistic regression of buying.")
    spend_penalty: float = Field(300.0, description="alpha of the ridge regression of a buyer's log spend.")
    persistence: float = Field(0.7, description="Share of the newest window's shift that lasts.")
    with_season: bool = Field(True, description="Whether the shift of a year ago comes back.")
    persistences: tuple[float, ...] = Field((0.0, 0.35, 0.7, 1.0), description="What a shop's windows choose from.")
    standard_errors: float = 2.0
    """Another choice is believed where its errors are lower by more than so many standard errors."""
    typical_shift: float = 0.3
    """A window's shift (log scale) is believed by half when its sampling noise is as large."""
    least_windows: int = Field(4, description="Windows that the history model needs (count).")
    least_buyers: int = Field(500, description="Past buyers that the history model needs (count).")
    least_buyers_of_amounts: int = Field(40, description="Past buyers below which amounts are not believed (count).")
    newest_windows: int = Field(24, description="Windows that a fit in place learns from at most (count).")
    most_customer_windows: int = 50_000
    """Customer-windows that a fit in place learns from, by a draw of customers (count)."""


DEFAULTS = Hyperparameters()
