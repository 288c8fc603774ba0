"""Time that stands still until a test moves it."""

from datetime import date


class Clock:
    """A clock in seconds and a day in UTC."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.day = date(2026, 11, 22)

    def __call__(self) -> float:
        return self.seconds

    def today(self) -> date:
        """The day that a test has set."""
        return self.day

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.seconds += seconds
