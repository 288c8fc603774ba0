"""What the customers of a ranked list come to together: by decision, and by segment."""

from pydantic import Field

from model.artifact.card import HORIZON_DAYS
from model.documents import Described
from model.features.definitions import ACTIVE_DAYS
from model.segments import Segment

REVENUE = (
    f"Expected revenue of the next {HORIZON_DAYS} days (currency), from customers known at as_of; new ones come on "
    "top; null without a track record."
)


class Interval(Described, frozen=True):
    """Lowest and highest sum, with the expected one between them."""

    low: float = Field(ge=0, description="Lowest sum (currency).", examples=[19400.0])
    high: float = Field(ge=0, description="Highest sum (currency).", examples=[36500.0])


class Share(Described, frozen=True):
    """What one decision comes to."""

    customers: int = Field(description="Customers with this decision (count).", examples=[200])
    expected_buyers_30d: float = Field(examples=[46.069])
    """How many of them will buy: the sum of their probabilities (count)."""
    expected_revenue_30d: float | None = Field(description=REVENUE, examples=[19148.9])
    cost: float | None = Field(examples=[100.0])
    """What contacts and actions cost together (currency); null where contact_cost is not given."""


class Totals(Described, frozen=True):
    """The list, summed up."""

    total_factor: float = Field(
        description="Every sum of money carries it, and no customer does: what past windows came to over what their "
        "forecasts added up to (ratio).",
        examples=[1.12],
    )
    customers: int = Field(description="Customers in the list (count).", examples=[500])
    active_customers: int = Field(
        description=f"Those who bought in the {ACTIVE_DAYS} days before as_of (count).", examples=[276]
    )
    expected_buyers_30d: float = Field(examples=[70.3166])
    """How many will buy: the sum of the probabilities (count)."""
    expected_revenue_30d: float | None = Field(description=REVENUE, examples=[28780.93])
    expected_revenue_30d_interval_80: Interval | None = Field(
        description="Holds the realised sum of a whole base in four months of five, and less often that of a list "
        "filtered to segments with many inactive customers; null where too few past months tell."
    )
    treat: Share = Field(description="Those to contact.")
    control: Share = Field(description="Those held out at random, to measure the campaign by.")
    below_budget: Share = Field(description="Those that the budget or limit does not reach.")
    left_alone: Share = Field(description="Those whose action says to spend nothing: never contacted or held out.")


class SegmentTotals(Described, frozen=True):
    """One segment, summed up."""

    customer_segment: Segment = Field(description="Which one; all five, always in this order.", examples=["High Value"])
    customers: int = Field(description="Its customers (count).", examples=[44])
    expected_buyers_30d: float = Field(description="How many of them will buy (count).", examples=[22.1897])
    expected_revenue_30d: float | None = Field(description=REVENUE, examples=[14134.38])
    treat: int = Field(description="How many to contact (count).", examples=[37])
    control: int = Field(description="How many are held out (count).", examples=[7])
    below_budget: int = Field(description="How many the budget or limit does not reach (count).", examples=[0])
    left_alone: int = Field(description="How many have an action that says to spend nothing (count).", examples=[0])
