"""A cool-down for each model (a circuit breaker), and how long Retry-After and the rate limits of a server ask for."""

import math
import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

FAILURES_TO_REST = 3
REST_SECONDS = 30.0
LONGEST_REST_SECONDS = 600.0
# Whatever a header says, a model is asked again after a day.
LONGEST_PAUSE_SECONDS = 86_400.0
# A call needs about this many tokens; with fewer left in the minute the next one would be refused.
TOKENS_OF_A_CALL = 1_200
UNIT_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}
DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhd])", re.ASCII)


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


def pause_seconds(headers: Mapping[str, str], *, was_limited: bool) -> float | None:
    """How long the server wants to be left alone; None if it does not say.

    Parameters
    ----------
    headers : Mapping of str to str
        Of any answer; names in lower case or a case-insensitive mapping.
    was_limited : bool
        Whether the answer was 429: then the next window to open counts even with something left in both.
    """
    asked = _retry_after_seconds(headers.get("retry-after", ""))
    if asked is not None:
        return asked
    windows = {
        name: seconds
        for name in ("requests", "tokens")
        if (seconds := _duration_seconds(headers.get(f"x-ratelimit-reset-{name}", ""))) is not None
    }
    needed = {"requests": 1, "tokens": TOKENS_OF_A_CALL}
    waits = [
        seconds
        for name, seconds in windows.items()
        if _remaining(headers.get(f"x-ratelimit-remaining-{name}", "")) < needed[name]
    ]
    return max(waits) if waits else min(windows.values(), default=None) if was_limited else None


def _retry_after_seconds(value: str) -> float | None:
    """``retry-after`` as seconds or as an HTTP date."""
    value = value.strip()
    if re.fullmatch(r"\d+(?:\.\d+)?", value, re.ASCII):
        return _bounded(float(value))
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return _bounded(((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - datetime.now(UTC)).total_seconds())


def _duration_seconds(value: str) -> float | None:
    """``2m59.56s``, ``7.66s``, ``120ms`` in seconds; a bare number is seconds."""
    value = value.strip()
    if re.fullmatch(r"\d+(?:\.\d+)?", value, re.ASCII):
        return _bounded(float(value))
    if not value or DURATION_PART.sub("", value):
        return None
    return _bounded(sum(float(number) * UNIT_SECONDS[unit] for number, unit in DURATION_PART.findall(value)))


def _remaining(value: str) -> float:
    """What is left of a limit; a header that is missing or odd limits nothing."""
    return float(value) if re.fullmatch(r"\d{1,12}", value.strip(), re.ASCII) else math.inf


def _bounded(seconds: float) -> float:
    return min(max(seconds, 0.0), LONGEST_PAUSE_SECONDS)
