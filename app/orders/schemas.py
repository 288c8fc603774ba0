"""Requests and responses of ``POST /predict_from_orders``: order lines, and what a whole history tells."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from app.predictions.schemas import LONGEST_ID, PRINTABLE, CustomerId, CustomerResponse
from model.documents import Described
from model.orders.cleaning import LocalTime

MOST_LINES = 10_000
LARGEST_NUMBER = 1e12  # beyond what any order line holds, and far below what sums could not hold
FIRST_YEAR, LAST_YEAR = 1900, 2199
EXAMPLE_MOMENT = "2011-11-21T09:30:00"


def moment(value: object) -> datetime:
    """An ISO 8601 text of a local date and time."""
    if not isinstance(value, str):
        raise ValueError(f"an ISO 8601 text is needed, such as {EXAMPLE_MOMENT}")
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(f"an ISO 8601 date and time is needed, such as {EXAMPLE_MOMENT}") from None
    if read.tzinfo is not None:
        raise ValueError(f"a time needs to be the shop's local time, without offset or Z, such as {EXAMPLE_MOMENT}")
    if not FIRST_YEAR <= read.year <= LAST_YEAR:
        raise ValueError(f"a year from {FIRST_YEAR} to {LAST_YEAR} is needed")
    return read


def _few_enough(lines: object) -> object:
    if isinstance(lines, list) and not 1 <= len(lines) <= MOST_LINES:
        raise ValueError(f"1 to {MOST_LINES:,} order lines are needed")
    return lines


Moment = Annotated[
    datetime, BeforeValidator(moment), WithJsonSchema({"type": "string", "description": "ISO 8601, no offset."})
]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-LARGEST_NUMBER, le=LARGEST_NUMBER)]
Code = Annotated[str, Field(strict=True, min_length=1, max_length=LONGEST_ID, pattern=rf"^{PRINTABLE}$")]


class OrderLineBody(Described, extra="forbid"):
    """One product of one order, as it stands in an export; returns may come too."""

    ordered_at: Moment = Field(examples=[EXAMPLE_MOMENT])
    """When it was ordered: ISO 8601, the shop's local time, no offset."""
    invoice: Code | None = Field(None, examples=["576394"])
    """Number of the order; in every line or in none. Without, a day is one order."""
    product: Code | None = Field(None, description="Code of the product.", examples=["22423"])
    quantity: Number = Field(1.0, description="Units (count); negative for a return, which is left out.", examples=[2])
    unit_price: Number | None = Field(None, description="Price of one unit (currency).", examples=[12.75])
    line_total: Number | None = Field(None, examples=[25.5])
    """Price of all units (currency), in place of unit_price; beside it, it counts where quantity is left out."""

    @model_validator(mode="after")
    def _has_price(self) -> Self:
        if self.unit_price is None and self.line_total is None:
            raise ValueError("unit_price or line_total is needed")
        return self

    def price(self) -> float | None:
        """Price of one unit; of price and total the price counts where a quantity is given too, as in training."""
        if self.line_total is None or (self.unit_price is not None and "quantity" in self.model_fields_set):
            return self.unit_price
        return None if self.quantity == 0 else self.line_total / self.quantity


class OrdersRequest(Described, extra="forbid"):
    """One customer's order lines."""

    customer_id: CustomerId = Field(examples=["13085"])
    """Your id of the customer, up to 128 characters; sent back unchanged, never stored or sent on."""
    order_lines: Annotated[
        list[OrderLineBody],
        BeforeValidator(_few_enough),
        Field(json_schema_extra={"minItems": 1, "maxItems": MOST_LINES}),
    ]
    """All that the customer bought, up to 10,000 lines in any order; equal lines count once."""
    as_of: Moment | None = Field(
        None,
        description="The first moment of the horizon; later lines are ignored. The midnight after the last line "
        "where left out; today's midnight is the better choice for a customer who has been quiet since.",
        examples=["2011-12-10T00:00:00"],
    )

    @model_validator(mode="after")
    def _invoices_in_all_or_none(self) -> Self:
        without, count = sum(line.invoice is None for line in self.order_lines), len(self.order_lines)
        if 0 < without < count:
            raise ValueError(f"an invoice is needed in every order line or in none, and {without} of {count} lack it")
        return self


class OrdersResponse(CustomerResponse):
    """What the whole history of a customer tells about the time ahead."""

    evidence: Literal["one_order", "some", "rich"] = Field(examples=["rich"])
    """How much there is to judge by: one order, 2 to 4, or 5 and more."""
    history_model: str = Field(examples=["history_model"])
    """The model that won the backtest; see GET /model."""
    as_of: LocalTime = Field(examples=["2011-12-10T00:00:00"])
    """The first moment of the horizon; nothing from here on was used."""
