"""Customers to try the insights on: archetypes, odd counts, and numbers at the edge of every threshold."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle

from model.segments import SegmentThresholds

CURRENCIES = ("GBP", "EUR", "USD", "JPY", "SEK")
NEAR = (0.95, 1.0, 1.05)


@dataclass(frozen=True)
class TrialCustomer:
    """Six features in the order of ``FEATURES``, and the currency of the money among them."""

    name: str
    features: tuple[float, ...]
    currency: str


def trial_customers(thresholds: SegmentThresholds) -> list[TrialCustomer]:
    """Every archetype in every currency, and every borderline in one of them."""
    currencies = cycle(CURRENCIES)
    everywhere = [
        TrialCustomer(f"{name}, {currency}", features, currency)
        for name, features in _archetypes(thresholds)
        for currency in CURRENCIES
    ]
    at_the_edge = [TrialCustomer(name, features, next(currencies)) for name, features in _borderlines(thresholds)]
    return everywhere + at_the_edge


def customer(*, spend: float, orders: int, days: float, units: int = 24, products: int = 8) -> tuple[float, ...]:
    """Six features that agree with each other."""
    return (round(spend, 2), round(spend / max(orders, 1), 2), float(orders), float(units), float(products), days)


def _archetypes(thresholds: SegmentThresholds) -> Iterator[tuple[str, tuple[float, ...]]]:
    much, some, late = thresholds.high_value_spend, thresholds.worth_winning_back, thresholds.lapsed_after_days
    yield "high value", customer(spend=much * 2, orders=20, days=6, units=2_400, products=110)
    yield "wholesaler", customer(spend=much * 40, orders=150, days=2, units=60_000, products=900)
    yield "habitual buyer", customer(spend=much / 3, orders=thresholds.habitual_orders + 4, days=9)
    yield "new customer", customer(spend=some / 6, orders=1, days=3)
    yield "bought today", customer(spend=some / 9, orders=1, days=0, units=1, products=1)
    yield "no order yet", customer(spend=0, orders=0, days=0, units=0, products=0)
    yield "at risk", customer(spend=some * 2, orders=11, days=late * 1.4 // 1)
    yield "one large order, long ago", customer(spend=some * 3, orders=1, days=late * 1.6 // 1, units=400, products=1)
    yield "low value", customer(spend=some / 12, orders=2, days=late * 1.5 // 1, units=3, products=2)
    yield "few orders, lately", customer(spend=some / 2, orders=2, days=12)


def _borderlines(thresholds: SegmentThresholds) -> Iterator[tuple[str, tuple[float, ...]]]:
    much, some, late = thresholds.high_value_spend, thresholds.worth_winning_back, thresholds.lapsed_after_days
    many = thresholds.habitual_orders
    for share in NEAR:
        yield f"{share:.0%} of high spend", customer(spend=much * share, orders=9, days=10)
        yield f"{share:.0%} of what is worth winning back", customer(spend=some * share, orders=5, days=late * 1.3 // 1)
        yield f"{share:.0%} of the days of a lapse", customer(spend=some * 2, orders=6, days=late * share // 1)
        yield f"{share:.0%} of both spend and days", customer(spend=some * share, orders=3, days=late * share // 1)
    for orders in (many - 1, many):
        yield f"{orders} orders", customer(spend=some / 2, orders=max(orders, 2), days=20)
