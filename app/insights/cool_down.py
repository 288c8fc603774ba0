"""A cool-down for each model (a circuit breaker), and how long the Retry-After of a server asks for."""

import re
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime

FAILURES_TO_REST = 3
REST_SECONDS = 30.0
LONGEST_REST_SECONDS = 600.0
# Whatever a header says, a model is asked again after a day.
LONGEST_PAUSE_SECONDS = 86_400.0


class CoolDown:
    """Leaves a model alone after three failures in a row, longer each time, or for as long as its server asks.

    A model that has failed is a suspect: one call at a time finds out whether it is back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._failures, self._rests_until, self._paused_until = clock, 0, 0.0, 0.0

    @property
    def is_over(self) -> bool:
        """Whether a call may be made now."""
        return self._clock() >= max(self._rests_until, self._paused_until)

    @property
    def is_suspect(self) -> bool:
        """Whether the next call only finds out if the model is back."""
        return self._failures >= FAILURES_TO_REST

    def begin(self) -> None:
        """Start a call; one to a suspect keeps all others away."""
        if self.is_suspect:
            rest_seconds = REST_SECONDS * 2.0 ** min(self._failures - FAILURES_TO_REST, 10)
            self._rests_until = self._clock() + min(rest_seconds, LONGEST_REST_SECONDS)

    def succeeded(self) -> None:
        """Count an answer; all failures are forgotten."""
        self._failures, self._rests_until = 0, 0.0

    def failed(self) -> None:
        """Count a failure."""
        self._failures += 1
        self.begin()

    def pause(self, seconds: float) -> None:
        """Rest because the server said so."""
        self._paused_until = max(self._paused_until, self._clock() + seconds)


def retry_after_seconds(header: str) -> float:
    """How long a server wants to be left alone, from its ``Retry-After`` in seconds or as a date; 0 if it is odd."""
    try:
        if re.fullmatch(r"\s*\d+(?:\.\d+)?\s*", header, re.ASCII):
            seconds = float(header)
        else:
            seconds = parsedate_to_datetime(header).timestamp() - time.time()
    except (ValueError, OverflowError):
        seconds = 0.0
    return min(max(seconds, 0.0), LONGEST_PAUSE_SECONDS)
