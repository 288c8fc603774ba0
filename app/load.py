"""How much is under way, and whether one more request may join it."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.errors import Overloaded
from app.settings import Settings

# Asked every few seconds by machines, of interest to nobody, and never turned away.
QUIET_ROUTES = frozenset({"/health", "/ready", "/metrics"})
# Those that have a bound of their own.
BATCHES, ORDERS, RANKINGS = "/predict_customer_values", "/predict_from_orders", "/rank_customers"
EVERYTHING = "*"


class Load:
    """Counts requests from their first byte to the last of their answer; has bounds and no queue."""

    def __init__(self, settings: Settings) -> None:
        self._most = {
            EVERYTHING: settings.max_concurrent_requests,
            BATCHES: settings.max_concurrent_batches,
            ORDERS: settings.max_concurrent_orders,
            RANKINGS: settings.max_concurrent_rankings,
        }
        self._under_way = dict.fromkeys(self._most, 0)

    @contextmanager
    def one_more(self, path: str) -> Iterator[None]:
        """Let a request in until the block ends; raises Overloaded where it would be one too many."""
        own = (path,) if path in self._most else ()
        counted = () if path in QUIET_ROUTES else (EVERYTHING, *own)
        if any(self._under_way[kind] >= self._most[kind] for kind in counted):
            raise Overloaded
        for kind in counted:
            self._under_way[kind] += 1
        try:
            yield
        finally:
            for kind in counted:
                self._under_way[kind] -= 1
