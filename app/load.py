"""How much is under way, and whether one more request may join it."""

from app.errors import Overloaded
from app.settings import Settings

# Asked every few seconds by machines, of interest to nobody, and never turned away.
QUIET_ROUTES = frozenset({"/health", "/ready", "/metrics"})
# Those that have a bound of their own.
BATCHES, ORDERS, RANKINGS = "/predict_customer_values", "/predict_from_orders", "/rank_customers"


class Load:
    """Counts requests from their first byte to the last of their answer; has bounds and no queue."""

    def __init__(self, settings: Settings) -> None:
        everything = _Bound(settings.max_concurrent_requests)
        self._usual = Place(everything)
        self._places = {
            **dict.fromkeys(QUIET_ROUTES, Place()),
            BATCHES: Place(everything, _Bound(settings.max_concurrent_batches)),
            ORDERS: Place(everything, _Bound(settings.max_concurrent_orders)),
            RANKINGS: Place(everything, _Bound(settings.max_concurrent_rankings)),
        }

    def one_more(self, path: str) -> "Place":
        """Lets a request in until the block ends; entering it raises Overloaded where it would be one too many."""
        return self._places.get(path, self._usual)


class _Bound:
    """How many may be under way, and how many are."""

    def __init__(self, most: int) -> None:
        self.most, self.under_way = most, 0


class Place:
    """Where requests of one kind are counted; may be entered many times at once."""

    def __init__(self, *bounds: _Bound) -> None:
        self._bounds = bounds

    def __enter__(self) -> None:
        for bound in self._bounds:
            if bound.under_way >= bound.most:
                raise Overloaded
        for bound in self._bounds:
            bound.under_way += 1

    def __exit__(self, *_: object) -> None:
        for bound in self._bounds:
            bound.under_way -= 1
