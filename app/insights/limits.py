"""What a server's headers say about how long to leave it alone."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# Whatever a header says, a model is asked again after a day.
LONGEST_PAUSE_SECONDS = 86_400.0
# A call needs about this many tokens; with fewer left in the minute the next one would be refused.
TOKENS_OF_A_CALL = 1_200
UNIT_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}
DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|[smhd]))+")
DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhd])")


def pause_seconds(headers: Mapping[str, str], now: datetime, *, was_limited: bool) -> float | None:
    """How long the server wants to be left alone; None if it does not say.

    Parameters
    ----------
    headers : Mapping of str to str
        Of any answer of Groq; names in lower case or a case-insensitive mapping.
    now : datetime
        With time zone; dates in ``retry-after`` are seen from here.
    was_limited : bool
        Whether the answer was 429: then the later of the two windows counts even with something left in it.
    """
    asked = _retry_after_seconds(headers.get("retry-after", ""), now)
    if asked is not None:
        return asked
    waits = [
        reset
        for name, needed in (("requests", 1), ("tokens", TOKENS_OF_A_CALL))
        if (reset := _duration_seconds(headers.get(f"x-ratelimit-reset-{name}", ""))) is not None
        and _remaining(headers.get(f"x-ratelimit-remaining-{name}", "")) < needed
    ]
    if waits:
        return max(waits)
    return None if not was_limited else _shortest_reset(headers)


def _shortest_reset(headers: Mapping[str, str]) -> float | None:
    resets = (_duration_seconds(headers.get(f"x-ratelimit-reset-{name}", "")) for name in ("requests", "tokens"))
    return min((reset for reset in resets if reset is not None), default=None)


def _retry_after_seconds(value: str, now: datetime) -> float | None:
    """``retry-after`` as seconds or as an HTTP date."""
    value = value.strip()
    if re.fullmatch(r"\d+(?:\.\d+)?", value, re.ASCII):
        return _bounded(float(value))
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return _bounded((moment - now).total_seconds())


def _duration_seconds(value: str) -> float | None:
    """``2m59.56s``, ``7.66s``, ``120ms`` in seconds; a bare number is seconds."""
    value = value.strip()
    if re.fullmatch(r"\d+(?:\.\d+)?", value, re.ASCII):
        return _bounded(float(value))
    if DURATION.fullmatch(value) is None:
        return None
    return _bounded(sum(float(number) * UNIT_SECONDS[unit] for number, unit in DURATION_PART.findall(value)))


def _remaining(value: str) -> float:
    """What is left of a limit; a header that is missing or odd limits nothing."""
    return float(value) if re.fullmatch(r"\d{1,12}", value.strip(), re.ASCII) else math.inf


def _bounded(seconds: float) -> float:
    return min(max(seconds, 0.0), LONGEST_PAUSE_SECONDS)
