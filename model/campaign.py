"""Who of a ranked list is contacted: walked down from the top while the budget lasts, with a hold-out beside it."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from model.segments import Segment

FloatArray = npt.NDArray[np.float64]
CodeArray = npt.NDArray[np.int8]

# A draw has six decimals, so that whoever reads it in a file can repeat the decision.
DRAWS = 10**6


class Decision(StrEnum):
    """What a campaign does with one customer."""

    TREAT = "treat"
    CONTROL = "control"
    BELOW_BUDGET = "below_budget"


DECISIONS = tuple(Decision)
TREAT, CONTROL, BELOW_BUDGET = range(3)


class CampaignError(ValueError):
    """An option of a campaign breaks a rule."""

    def __init__(self, option: str, value: object, rule: str) -> None:
        self.option, self.value, self.rule = option, value, rule
        shown = ", ".join(value) if isinstance(value, tuple) else value
        super().__init__(f"{option} is {'not given' if value is None else shown}, but {rule}")


@dataclass(frozen=True)
class Campaign:
    """How many customers can be contacted, how many are held out, and of which segments.

    Parameters
    ----------
    budget, contact_cost : Decimal, optional
        Money to spend, and what one contact costs; both or neither.
    limit : int, optional
        Most customers to contact, in place of a budget.
    control_share : float
        Share of customers held out, in [0, 1).
    segments : tuple of Segment, optional
        Only these; all where left out.

    Raises
    ------
    CampaignError
        If an option breaks its rule; names the option, its value and the rule.
    """

    budget: Decimal | None = None
    contact_cost: Decimal | None = None
    limit: int | None = None
    control_share: float = 0.0
    segments: tuple[Segment, ...] | None = None

    def __post_init__(self) -> None:
        if self.budget is not None and not (self.budget.is_finite() and self.budget >= 0):
            raise CampaignError("budget", str(self.budget), "money to spend cannot be negative")
        if self.contact_cost is not None and not (self.contact_cost.is_finite() and self.contact_cost > 0):
            raise CampaignError("contact_cost", str(self.contact_cost), "a contact must cost more than 0")
        if self.limit is not None and self.limit < 0:
            raise CampaignError("limit", self.limit, "a number of customers cannot be negative")
        if not 0 <= self.control_share < 1:
            raise CampaignError("control_share", self.control_share, "a share is at least 0 and less than 1")
        if self.budget is not None and self.contact_cost is None:
            raise CampaignError("contact_cost", None, "a budget needs the cost of one contact")
        if self.budget is not None and self.limit is not None:
            raise CampaignError("limit", self.limit, "a campaign has a budget or a limit, not both")
        if self.segments is not None and not self.segments:
            raise CampaignError("segments", (), "at least one segment is needed, or leave it out for all")

    @property
    def most_contacts(self) -> int | None:
        """How many customers can be contacted; None for all."""
        if self.budget is not None and self.contact_cost is not None:
            return int(self.budget // self.contact_cost)
        return self.limit

    def cost(self, contacts: int) -> float | None:
        """What so many contacts cost; None where nobody said what one costs."""
        return None if self.contact_cost is None else round(float(self.contact_cost * contacts), 2)

    def decide(self, draws: FloatArray) -> CodeArray:
        """The decision on each customer of a ranked list, as positions in ``DECISIONS``.

        Walking down the list, a customer with a draw below ``control_share`` is held out and costs nothing, any
        other is contacted. From the first one on that the budget has nothing left for, nobody is.

        Parameters
        ----------
        draws : array of shape (n_customers,)
            See ``control_draws``; in the order of the list.
        """
        is_control = draws < self.control_share
        decisions = np.where(is_control, CONTROL, TREAT).astype(np.int8)
        if self.most_contacts is not None:
            is_beyond = np.cumsum(~is_control) > self.most_contacts
            decisions[is_beyond] = BELOW_BUDGET
        return decisions


def control_draws(customer_ids: Iterable[str]) -> FloatArray:
    """A number in [0, 1) for each customer, that depends on the id alone: the same in any list, file and run.

    The first eight bytes of the SHA-256 of the id in UTF-8, over 2**64, cut to six decimals.
    """
    hashes = (int.from_bytes(hashlib.sha256(customer_id.encode()).digest()[:8]) for customer_id in customer_ids)
    return np.fromiter((first_bytes * DRAWS >> 64 for first_bytes in hashes), dtype=np.float64) / DRAWS
