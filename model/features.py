"""The six features of the public API, and how order lines become them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Feature:
    """One number that a forecast is made from."""

    name: str
    unit: str
    meaning: str


FEATURES = (
    Feature("total_spend", "currency", "spend before as_of"),
    Feature("avg_spend", "currency", "average order value: total_spend / num_transactions"),
    Feature("num_transactions", "count", "distinct invoices before as_of"),
    Feature("total_units", "count", "sum of quantity before as_of"),
    Feature("unique_products", "count", "distinct products bought before as_of"),
    Feature("recency_days", "days", "whole days from the last purchase to as_of"),
)
FEATURE_NAMES = tuple(feature.name for feature in FEATURES)
