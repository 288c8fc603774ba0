"""A circuit breaker: leaves a model alone that fails, or that asked for it."""

import time
from collections.abc import Callable
from enum import StrEnum

FAILURES_TO_OPEN = 3
OPEN_SECONDS = 30.0
LONGEST_OPEN_SECONDS = 600.0


class Admission(StrEnum):
    """Whether a call may be made now."""

    YES = "yes"
    AS_PROBE = "as_probe"
    NO = "no"


class CircuitBreaker:
    """Opens after a few failures in a row; then one call at a time probes whether the model is back.

    Every admitted call must end in ``succeeded``, ``failed``, ``pause`` or ``abandoned``.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._open_until = 0.0
        self._is_probing = False

    @property
    def admission(self) -> Admission:
        """What a call asked for now would be told."""
        if self._clock() < self._open_until or self._is_probing:
            return Admission.NO
        return Admission.AS_PROBE if self._failures >= FAILURES_TO_OPEN else Admission.YES

    def admit(self) -> Admission:
        """Ask for a call; a probe shuts out all others until it has ended."""
        admission = self.admission
        self._is_probing = self._is_probing or admission is Admission.AS_PROBE
        return admission

    def succeeded(self) -> None:
        """Count an answer; all failures are forgotten."""
        self._failures, self._is_probing = 0, False

    def failed(self) -> None:
        """Count a failure; from the third in a row on the model rests, twice as long each time."""
        self._failures, self._is_probing = self._failures + 1, False
        if self._failures >= FAILURES_TO_OPEN:
            rest = OPEN_SECONDS * 2.0 ** min(self._failures - FAILURES_TO_OPEN, 10)
            self.pause(min(rest, LONGEST_OPEN_SECONDS))

    def pause(self, seconds: float) -> None:
        """Rest because the server said so."""
        self._is_probing = False
        self._open_until = max(self._open_until, self._clock() + seconds)

    def abandoned(self) -> None:
        """End a call that was cancelled and so says nothing about the model."""
        self._is_probing = False
