"""The warnings of an answer: what was odd about the numbers, and what was done about it."""

from collections.abc import Iterator
from datetime import date, datetime

from model.artifact.history_artifact import HistoryArtifact
from model.features.definitions import FEATURE_NAMES
from model.orders.cleaning import CleaningReport

# What the training's lines had, and these have not.
ABSENT_COLUMNS = {
    "invoice": "no line has an invoice; all that was bought on one day counts as one order",
    "product": "no line has a product; features of products are 0",
}


def disagreeing_average(given: float, expected: float) -> str:
    """``avg_spend`` is not ``total_spend / num_transactions``."""
    return f"avg_spend {given:.2f} does not agree with total_spend / num_transactions; {expected:.2f} was used"


def fraction(position: int, value: float) -> str:
    """A count or a number of days has decimals."""
    return f"{FEATURE_NAMES[position]} {value:g} is not a whole number"


def beyond_training(position: int, value: float, limit: float) -> str:
    """A feature is larger than any that training saw."""
    name = FEATURE_NAMES[position]
    if name == "recency_days":
        return (
            f"recency_days {value:g} is beyond the {limit:g} days of training; "
            "the forecast falls with the purchase probability"
        )
    return f"{name} {value:g} is beyond anything seen in training; the forecast uses {limit:g}"


def raised(floor: float) -> str:
    """The forecast was below what the probability allows."""
    return f"the forecast was raised to {floor:.2f}, the least that probability and average order allow"


def lowered(ceiling: float) -> str:
    """The forecast was beyond what the probability allows."""
    return f"the forecast was lowered to {ceiling:.2f}, the most that probability and own history allow"


def later_lines(count: int, as_of: datetime) -> str:
    """Order lines that nobody could know yet."""
    return f"{_lines(count)} at or after as_of {as_of.isoformat()} {'was' if count == 1 else 'were'} ignored"


def dropped_lines(count: int, reason: str) -> str:
    """Order lines that cleaning left out."""
    return f"{_lines(count)} left out: {reason}"


def ignored_column(role: str) -> str:
    """What these lines have, and the training's had not."""
    return f"{role} was ignored; the model was trained without"


def untrained_column(role: str) -> str:
    """What the training's lines had not, whether these have it or not."""
    return f"the model was trained without {role}, so {role} is not looked at"


def not_active_of_many(quiet: int, customers: int, active_days: int) -> str:
    """Customers of a kind that training never saw."""
    return (
        f"{quiet:,} of {customers:,} customers have not bought for {active_days} days; the model was trained on "
        "customers who had, so take their forecasts as rough ones"
    )


def trained_long_before(known_until: date, as_of: datetime) -> str:
    """The shop's level was set for another month."""
    return (
        f"the model was trained on orders before {known_until.isoformat()} and forecasts at the level of the month "
        f"after; at {as_of.date().isoformat()} amounts and totals may be off as a whole, the order of the list much "
        "less: train on newer orders"
    )


def trained_later(known_until: date, as_of: datetime) -> str:
    """A forecast of days that the training has seen."""
    return (
        f"the model was trained on orders before {known_until.isoformat()} and so has seen what came after "
        f"{as_of.date().isoformat()}; take this as a rehearsal, not as a measure of its accuracy"
    )


def of_shop(artifact: HistoryArtifact, as_of: datetime, orders: CleaningReport | None = None) -> Iterator[str]:
    """What to know of answers for ``as_of``, of the shop with these orders."""
    if not artifact.is_shop_of(orders):
        yield (
            "the model was trained on orders of another shop, or on others of this one, so amounts and totals may be "
            "far off: train on these orders"
        )
    elif as_of.date() < artifact.known_until:
        yield trained_later(artifact.known_until, as_of)
    elif as_of != artifact.as_of:
        yield (
            f"the model was trained on orders before {artifact.known_until.isoformat()} and knows the level of the "
            f"month after; at {as_of.date().isoformat()} it answers without one, so amounts and totals may be off as a "
            "whole, the order of customers much less: train on the newest orders"
        )


def _lines(count: int) -> str:
    return f"{count:,} order line{'' if count == 1 else 's'}"
