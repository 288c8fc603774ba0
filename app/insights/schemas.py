"""What this package speaks of: an insight, how it is asked for, the template behind it, and why there is none."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NamedTuple

from model.segments import Segment, SegmentThresholds

# "llm" is the model of an OpenAI-compatible server, where LLM_BASE_URL names one.
InsightSource = Literal["groq", "llm", "cache", "rules"]


class InsightMode(StrEnum):
    """How much a caller wants from the language model."""

    AUTO = "auto"
    RULES = "rules"
    GROQ = "groq"
    NONE = "none"


class Insight(NamedTuple):
    """What a marketer reads about one customer; every number in it is one of this customer's."""

    segment: Segment
    insight: str
    recommended_action: str
    action_id: str
    source: InsightSource
    prompt_version: str | None


@dataclass(frozen=True)
class Template:
    """Segment, action and texts before the customer's numbers are filled in: ``{total_spend}`` stands for them."""

    segment: Segment
    action_id: str
    insight: str
    recommended_action: str


@dataclass(frozen=True)
class Situation:
    """One customer as the language model sees it."""

    numbers: Mapping[str, float]
    currency: str
    permitted: frozenset[Segment]
    thresholds: SegmentThresholds


class Fallback(StrEnum):
    """Why rules wrote an insight though the language model was wanted, when no call was made or none waited for."""

    NO_KEY = "no_key"
    MINUTE_QUOTA = "minute_budget"
    DAY_QUOTA = "day_budget"
    BUSY = "busy"
    COOLING_DOWN = "breaker_open"
    STILL_WRITING = "still_writing"
    DEADLINE = "deadline"
    PATTERN_RESTS = "pattern_rests"
    CLOSING = "closing"
    INTERNAL = "internal"


# How a call ended; counted under this name.
Outcome = StrEnum(
    "Outcome",
    "ANSWERED TIMEOUT CONNECTION UNAUTHORIZED MODEL_UNKNOWN RATE_LIMITED NO_CAPACITY SERVER_ERROR BAD_REQUEST "
    "TOO_LARGE UNUSABLE ABANDONED",
)
# Why a text may not be served; counted under this name.
Rejection = StrEnum(
    "Rejection",
    "SEGMENT_NOT_PERMITTED ACTION_UNKNOWN ACTION_UNSUITABLE LENGTH CHARACTERS LINK CODE PROMPT_ECHO SOLICITATION "
    "HARMFUL SEGMENT_MISNAMED NUMBER_VAGUE TIME_CLAIM NUMBER CURRENCY NUMBER_MISATTRIBUTED OFFER FORBIDDEN_WORD "
    "LANGUAGE",
)
Reason = Fallback | Outcome | Rejection
