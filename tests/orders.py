"""Small shops for tests, written so that a test shows its data."""

import numpy as np
import pandas as pd

from model.orders.orders import Transactions, read_orders

COLUMNS = ["Invoice", "StockCode", "Quantity", "InvoiceDate", "Price", "Customer ID"]


def lines(customer: str, *purchases: str) -> pd.DataFrame:
    """Order lines of one customer from texts such as ``"2011-06-10 20.00"``: one order of one product each.

    A third word names the product, a fourth the invoice:  ``"2011-06-10T09:30 20.00 MUG 536365"``.
    """
    rows = []
    for number, purchase in enumerate(purchases):
        moment, amount, product, invoice = [*purchase.split(), None, None][:4]
        rows.append(
            [
                invoice or f"{customer}-{number}",
                product or "MUG",
                1,
                pd.Timestamp(str(moment)),
                float(str(amount)),
                customer,
            ]
        )
    return pd.DataFrame(rows, columns=COLUMNS)


def transactions(*parts: pd.DataFrame) -> Transactions:
    """Clean the order lines of several customers together."""
    return read_orders(pd.concat(parts, ignore_index=True))


def shop(*, customers: int = 120, days: int = 400, seed: int = 0) -> pd.DataFrame:
    """A shop of regulars and occasional buyers: each buys at a rate of its own, baskets of 1 to 4 products."""
    random = np.random.default_rng(seed)
    rows = []
    for customer in range(customers):
        daily_rate = random.gamma(0.9, 0.05)
        basket_value = random.lognormal(3.5, 0.6)
        for order in range(random.poisson(daily_rate * days) + 1):
            moment = pd.Timestamp("2024-01-01") + pd.Timedelta(minutes=int(random.uniform(0, days * 1440)))
            for product in range(random.integers(1, 5)):
                price = round(float(basket_value * random.lognormal(0, 0.3)), 2)
                rows.append(
                    [
                        f"{customer:04}-{order}",
                        f"P{product}",
                        int(random.integers(1, 4)),
                        moment,
                        price,
                        f"C{customer:04}",
                    ]
                )
    return pd.DataFrame(rows, columns=COLUMNS)
