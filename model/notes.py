"""The warnings of an answer: what was odd about the numbers, and what was done about it."""

from model.features import FEATURE_NAMES


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
