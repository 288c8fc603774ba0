"""Who of a ranked list is contacted: walked down from the top while the budget lasts, with a hold-out beside it.

Each action costs what the catalogue says, added to the cost of a contact; nobody is contacted for one that says to
spend nothing.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self

import numpy as np

from model.arrays import BoolArray, CodeArray, FloatArray, ObjectArray
from model.errors import ModelError
from model.segments import Segment

# A draw has six decimals, so that whoever reads it in a file can repeat the decision.
DRAWS = 10**6


class Decision(StrEnum):
    """What a campaign does with one customer."""

    TREAT = "treat"
    CONTROL = "control"
    BELOW_BUDGET = "below_budget"
    LEFT_ALONE = "left_alone"


DECISIONS = tuple(Decision)
TREAT, CONTROL, BELOW_BUDGET, LEFT_ALONE = range(4)


class CampaignError(ModelError):
    """An option of a campaign breaks a rule."""

    def __init__(self, option: str, value: str | None, rule: str) -> None:
        self.option, self.value, self.rule = option, value, rule
        super().__init__(f"{option} is {'missing' if value is None else repr(value)}, but {rule}")


@dataclass(frozen=True)
class Campaign:
    """How many customers can be contacted, how many are held out, and of which segments.

    Parameters
    ----------
    budget, contact_cost : Decimal, optional
        Money to spend, and what one contact costs; a budget needs both.
    limit : int, optional
        Most customers to contact, in place of a budget.
    control_share : float
        Share of customers held out, in [0, 1).
    segments : tuple of Segment, optional
        Only these; all where left out.
    """

    budget: Decimal | None = None
    contact_cost: Decimal | None = None
    limit: int | None = None
    control_share: float = 0.0
    segments: tuple[Segment, ...] | None = None

    @classmethod
    def of(cls, texts: Mapping[str, object]) -> Self:
        """The campaign that somebody has written down, by the names of the fields; those not given are left out.

        Numbers may stand as numbers: ``{"budget": 100, "contact_cost": 0.5}``.

        Raises
        ------
        CampaignError
            If an option breaks its rule; names option, value and rule.
        """
        if "budget" in texts and "contact_cost" not in texts:
            raise CampaignError("contact_cost", None, "a budget needs what one contact costs")
        if "budget" in texts and "limit" in texts:
            raise CampaignError("limit", str(texts["limit"]), "a campaign has a budget or a limit, not both")
        return cls(**{name: _read(name, str(text)) for name, text in texts.items()})

    def decide(self, draws: FloatArray, offers: "Offers") -> CodeArray:
        """The decision on each customer of a ranked list, (n_customers,), as positions in ``DECISIONS``.

        Walking down the list with its draws, see ``control_draws``, a customer whose action says to spend nothing is
        left alone; one with a draw below ``control_share`` is held out and costs nothing, unless too large to be; any
        other is contacted. From the first one on that the budget has not enough left for, nobody is.
        """
        is_control = ~offers.is_left_alone & ~offers.is_large & (draws < self.control_share)
        is_treated = ~offers.is_left_alone & ~is_control
        decisions = np.select([offers.is_left_alone, is_control], [LEFT_ALONE, CONTROL], TREAT).astype(np.int8)
        is_beyond = np.zeros(len(draws), dtype=np.bool_)
        if self.budget is not None and self.contact_cost is not None:
            is_beyond = np.cumsum(offers.costs(self.contact_cost) * is_treated.astype(object)) > self.budget
        elif self.limit is not None:
            is_beyond = np.cumsum(is_treated) > self.limit
        decisions[is_beyond.astype(np.bool_) & ~offers.is_left_alone] = BELOW_BUDGET
        return decisions


@dataclass(frozen=True)
class Offers:
    """What would be done for each customer of a ranked list; arrays of shape (n_customers,).

    ``action_cost`` holds exact amounts beyond the contact; ``is_left_alone`` tells whose action says to spend nothing,
    ``is_large`` who is too large a part of the expected total to be held out.
    """

    action_cost: ObjectArray
    is_left_alone: BoolArray
    is_large: BoolArray

    def costs(self, contact_cost: Decimal) -> ObjectArray:
        """What contacting each costs together with the action, exactly; nothing for who is left alone."""
        together = {cost: cost + contact_cost for cost in set(self.action_cost)}  # of few actions
        costs: ObjectArray = np.array([together[cost] for cost in self.action_cost], dtype=object)
        costs[self.is_left_alone] = Decimal(0)
        return costs


def _read(option: str, text: str) -> Any:  # Any: each option has a type of its own
    pattern, parse, rule = PARSERS[option]
    with suppress(ValueError):
        if re.fullmatch(pattern, text, re.ASCII | re.DOTALL):
            return parse(text)
    raise CampaignError(option, text, rule)


def _segments(text: str) -> tuple[Segment, ...]:
    return tuple(dict.fromkeys(Segment(name.strip()) for name in text.split(",")))


DECIMALS = r"(\.\d{1,6})?"
AMOUNT = r"\d{1,12}" + DECIMALS
# How an option is written, what it is read as, and the rule in words.
PARSERS: Mapping[str, tuple[str, Callable[[str], Any], str]] = {  # Any: see ``_read``
    "budget": (AMOUNT, Decimal, "it must be an amount of money, 0 or more, such as 500 or 499.50"),
    "contact_cost": (rf"(?=.*[1-9]){AMOUNT}", Decimal, "it must be an amount of money, more than 0, such as 0.5"),
    "limit": (r"\d{1,12}", int, "it must be a whole number of customers, 0 or more"),
    "control_share": (r"0{1,12}" + DECIMALS, float, "it must be a share, at least 0 and less than 1, such as 0.1"),
    "segments": (".*", _segments, f"it must name some of these, comma-separated: {', '.join(Segment)}"),
}
CAMPAIGN_OPTIONS = tuple(PARSERS)


def control_draws(customer_ids: Iterable[str]) -> FloatArray:
    """A number in [0, 1) for each customer, that depends on the id alone: the same in any list, file and run.

    The first eight bytes of the SHA-256 of the id in UTF-8, over 2**64, cut to six decimals.
    """
    hashes = (int.from_bytes(hashlib.sha256(customer_id.encode()).digest()[:8]) for customer_id in customer_ids)
    return np.fromiter((first_bytes * DRAWS >> 64 for first_bytes in hashes), dtype=np.float64) / DRAWS
