"""Calls under way: one for each pattern however many ask, a few in all, finished even if nobody waits."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from app.insights.base import Draft, Fallback, Rejection
from app.insights.chain import Reason

log = logging.getLogger(__name__)

# At temperature 0 a text that was refused would most likely be written again.
REST_SECONDS = 600.0
RESTING_PATTERNS_KEPT = 10_000


Call = Callable[[], Awaitable[Draft | Reason]]


@dataclass(frozen=True)
class Flight:
    """A call under way for one pattern."""

    task: asyncio.Task[Draft | Reason]
    is_worth_waiting_for: bool


class Flights:
    """Starts calls in the background and keeps them apart."""

    def __init__(self, *, max_concurrency: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._max_concurrency, self._clock = max_concurrency, clock
        self._under_way: dict[str, Flight] = {}
        self._resting_until: OrderedDict[str, float] = OrderedDict()
        self._is_closing = False

    def get(self, key: str) -> Flight | None:
        """The flight of a pattern, if one is under way."""
        return self._under_way.get(key)

    def refusal(self, key: str) -> Fallback | None:
        """Why no flight may start for this pattern now, if none may."""
        if self._is_closing:
            return Fallback.CLOSING
        if self._resting_until.get(key, 0.0) > self._clock():
            return Fallback.PATTERN_RESTS
        return Fallback.BUSY if len(self._under_way) >= self._max_concurrency else None

    def start(self, key: str, call: Call, *, is_worth_waiting_for: bool) -> Flight:
        """Start a call; its task never raises, except when it is cancelled."""
        flight = Flight(asyncio.create_task(self._fly(key, call)), is_worth_waiting_for)
        self._under_way[key] = flight
        return flight

    def rest(self, key: str) -> None:
        """Start no flight for this pattern for a while: the same text would come back."""
        self._resting_until[key] = self._clock() + REST_SECONDS
        while len(self._resting_until) > RESTING_PATTERNS_KEPT:
            self._resting_until.popitem(last=False)

    async def aclose(self) -> None:
        """Cancel what is under way and wait until it has ended."""
        self._is_closing = True
        tasks = [flight.task for flight in self._under_way.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _fly(self, key: str, call: Call) -> Draft | Reason:
        try:
            result = await call()
        except TimeoutError:
            return Fallback.DEADLINE
        except Exception as error:  # nobody may be waiting, and whoever waits has the rules' words in hand
            log.error("insight.flight_failed", extra={"error": type(error).__name__})
            return Fallback.INTERNAL
        finally:
            del self._under_way[key]
        if isinstance(result, Rejection):
            self.rest(key)
        return result
