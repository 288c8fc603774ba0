"""The service: a list of contents. Nothing is read before the server starts."""

from app import batch, customers, orders, pulse, ranking
from app.front import Front
from app.settings import Settings

# What shops and hosts ask all day; ``app.framework`` has the rest, and the document of all.
ENDPOINTS = {
    ("POST", "/predict_customer_value"): customers.predict,
    ("POST", "/predict_customer_values"): batch.predict,
    ("POST", "/predict_from_orders"): orders.predict,
    ("POST", "/rank_customers"): ranking.rank,
    ("GET", "/health"): pulse.health,
    ("HEAD", "/health"): pulse.health,
    ("GET", "/ready"): pulse.ready,
}


def create_app(settings: Settings | None = None) -> Front:
    """Assemble the service; ``settings`` come from the environment, at the start, where left out."""
    return Front(ENDPOINTS, settings)
