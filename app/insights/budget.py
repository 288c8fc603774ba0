"""How many calls may still be made: in any sixty seconds, and on this day."""

import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, date, datetime

from app.insights.base import Fallback

WINDOW_SECONDS = 60.0


class CallBudget:
    """Counts calls; says no rather than wait.

    The minute is any sixty seconds, so no two neighbouring minutes can hold twice
    the limit. The day is the UTC date.
    """

    def __init__(
        self,
        *,
        calls_per_minute: int,
        calls_per_day: int,
        clock: Callable[[], float] = time.monotonic,
        today: Callable[[], date] = lambda: datetime.now(UTC).date(),
    ) -> None:
        self.calls_per_minute, self.calls_per_day = calls_per_minute, calls_per_day
        self._clock, self._today = clock, today
        self._day = today()
        self._calls_today = 0
        self._last_calls: deque[float] = deque()

    @property
    def refusal(self) -> Fallback | None:
        """Why no call may be made now, if none may."""
        self._forget_the_past()
        if self._calls_today >= self.calls_per_day:
            return Fallback.DAY_BUDGET
        if len(self._last_calls) >= self.calls_per_minute:
            return Fallback.MINUTE_BUDGET
        return None

    @property
    def calls_left_today(self) -> int:
        """What remains of the day's budget."""
        self._forget_the_past()
        return max(self.calls_per_day - self._calls_today, 0)

    def take(self) -> Fallback | None:
        """Take one call from the budget, or say why not."""
        refusal = self.refusal
        if refusal is None:
            self._calls_today += 1
            self._last_calls.append(self._clock())
        return refusal

    def _forget_the_past(self) -> None:
        if (today := self._today()) != self._day:
            self._day, self._calls_today = today, 0
        horizon = self._clock() - WINDOW_SECONDS
        while self._last_calls and self._last_calls[0] <= horizon:
            self._last_calls.popleft()
