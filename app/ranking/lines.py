"""The JSON body of ``POST /rank_customers``: the order lines of a whole shop."""

from typing import Annotated, Any

import numpy as np
import pandas as pd
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from app.body import parse_json
from app.errors import ContractBroken
from app.order_lines import OrderLineBody
from app.schemas import CustomerId
from app.violations import Violation, violations_of


class ShopLineBody(OrderLineBody):
    """One product of one order of one customer, as it stands in an export; returns may come too."""

    customer_id: CustomerId = Field(
        description="Your id of the customer, up to 128 characters; never stored or sent on.", examples=["13085"]
    )


def _not_empty(lines: object) -> object:
    if isinstance(lines, list) and not lines:
        raise ValueError("at least one order line is needed")
    return lines


class ShopRequest(BaseModel):
    """The order lines of a whole shop."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    order_lines: Annotated[list[ShopLineBody], BeforeValidator(_not_empty)] = Field(
        min_length=1, description="All that was bought, of all customers, in any order; equal lines count once."
    )


def read_shop(body: bytes) -> pd.DataFrame:
    """The order lines in a body, with our column names; optional columns only where some line has them.

    Raises
    ------
    UnreadableBody, ContractBroken
        If the body is no JSON, or breaks the contract; names the first broken rules.
    """
    if not body:
        raise ContractBroken([Violation.missing(("body",))])
    try:
        lines = ShopRequest.model_validate(parse_json(body)).order_lines
    except ValidationError as error:
        raise ContractBroken(violations_of(error.errors(include_url=False), within=("body",))) from None
    columns: dict[str, Any] = {  # Any: texts, numbers and moments
        "customer_id": pd.array([line.customer_id for line in lines], dtype="string"),
        "quantity": np.array([line.quantity for line in lines], dtype=np.float64),
        "unit_price": pd.array([line.price() for line in lines], dtype="Float64"),
        "ordered_at": np.array([line.ordered_at for line in lines], dtype="datetime64[us]"),
    }
    optional = {"invoice": [line.invoice for line in lines], "product": [line.product for line in lines]}
    columns |= {
        name: pd.array(values, dtype="string")
        for name, values in optional.items()
        if any(value is not None for value in values)
    }
    return pd.DataFrame(columns)
