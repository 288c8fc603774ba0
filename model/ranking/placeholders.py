"""The numbers of one customer: what each of them counts, and how it reads in a sentence."""

import re
from collections.abc import Mapping
from enum import StrEnum

from model.currency import SIGNS, format_amount


class Kind(StrEnum):
    """What a number counts. A number may be true as one kind and a lie as another: 7 orders are not 7 %."""

    MONEY = "money"
    SHARE = "share"
    ORDERS = "orders"
    UNITS = "units"
    PRODUCTS = "products"
    DAYS = "days"


# Words that say what a number counts, singular first. The first pair is the one that we write ourselves.
NOUNS: Mapping[Kind, tuple[tuple[str, str], ...]] = {
    Kind.ORDERS: (
        ("order", "orders"),
        ("purchase", "purchases"),
        ("transaction", "transactions"),
        ("invoice", "invoices"),
        ("time", "times"),
    ),
    Kind.UNITS: (("unit", "units"), ("item", "items"), ("piece", "pieces")),
    Kind.PRODUCTS: (("product", "products"), ("article", "articles"), ("item", "items")),
    Kind.DAYS: (("day", "days"),),
}
KINDS = {
    "total_spend": Kind.MONEY,
    "avg_spend": Kind.MONEY,
    "num_transactions": Kind.ORDERS,
    "total_units": Kind.UNITS,
    "unique_products": Kind.PRODUCTS,
    "recency_days": Kind.DAYS,
    "predicted_future_spend_30d": Kind.MONEY,
    "purchase_probability_30d": Kind.SHARE,
}
# Words that end the search for the noun of a number: "49.30 per order" counts no orders.
LINKS = "a|across|an|and|at|by|each|for|from|in|is|of|on|or|over|per|since|than|the|to|with"
GAP = rf"(?:(?!(?:{LINKS})\b)[A-Za-z][a-z-]*\s){{0,2}}?"
SIGN_CHARACTERS = re.escape("".join(SIGNS.values()))
NOUN_WORDS = "|".join(sorted({noun for pairs in NOUNS.values() for pair in pairs for noun in pair}))
PLACEHOLDER = re.compile(
    rf"(?P<sign>[{SIGN_CHARACTERS}]\s?)?\{{(?P<name>[a-z_0-9]+)\}}"
    rf"(?:(?P<percent>\s?%|\s?percent\b|\s?per cent\b)|(?P<gap>-|\s{GAP})(?P<noun>{NOUN_WORDS})\b)?"
)


def count(value: float, singular: str, plural: str) -> str:
    """``0 orders``, ``1 order``, ``1,200 orders``."""
    return f"{format_count(value)} {singular if value == 1 else plural}"


def format_count(value: float) -> str:
    """A count without needless decimals."""
    if value == round(value):
        return format_amount(value, decimals=0)
    return format_amount(value, decimals=2).rstrip("0").rstrip(".")


def format_share(share: float) -> str:
    """A probability in percent; never rounded to certainty."""
    percent = share * 100
    digits = f"{percent:.0f}"
    if digits not in ("0", "100"):
        return f"{digits}%"
    return f"{percent:.2f}".rstrip("0").rstrip(".") + "%"
