"""The JSON body of ``POST /rank_customers``: the order lines of a whole shop."""

from typing import Any

import numpy as np
import pandas as pd

from app.bodies import parse_body
from app.rankings.schemas import SHOP


def read_lines(body: bytes) -> pd.DataFrame:
    """The order lines in a body, with our column names; optional columns only where some line has them.

    Raises
    ------
    ContractBroken
        If the body is no JSON, or breaks the contract; names the first broken rules.
    """
    lines = parse_body(SHOP, body).order_lines
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
