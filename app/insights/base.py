"""The words of this package: what an insight is, how it is asked for, and why rules had to write it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NamedTuple

from model.segments import Segment

InsightSource = Literal["groq", "cache", "rules"]


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
class Draft:
    """Segment, action and texts before the customer's numbers are filled in: ``{total_spend}`` stands for them."""

    segment: Segment
    action_id: str
    insight: str
    recommended_action: str


class Fallback(StrEnum):
    """Why rules wrote an insight though Groq was wanted, when no call was made or none was waited for.

    A call that failed has its ``Outcome`` as the reason, a text that was refused its ``Rejection``.
    """

    NO_KEY = "no_key"
    MINUTE_BUDGET = "minute_budget"
    DAY_BUDGET = "day_budget"
    BUSY = "busy"
    BREAKER_OPEN = "breaker_open"
    STILL_WRITING = "still_writing"
    DEADLINE = "deadline"
    PATTERN_RESTS = "pattern_rests"
    TEMPLATE_UNFIT = "template_unfit"
    CLOSING = "closing"
    INTERNAL = "internal"


class Rejection(StrEnum):
    """Why a text may not be served; counted under this name."""

    SEGMENT_NOT_PERMITTED = "segment_not_permitted"
    SEGMENT_MISNAMED = "segment_misnamed"
    ACTION_UNKNOWN = "action_unknown"
    ACTION_UNSUITABLE = "action_unsuitable"
    LENGTH = "length"
    CHARACTERS = "characters"
    MARKUP = "markup"
    LINK = "link"
    EMAIL = "email"
    CODE = "code"
    PROMPT_ECHO = "prompt_echo"
    SOLICITATION = "solicitation"
    OFFER = "offer"
    NUMBER_MALFORMED = "number_malformed"
    NUMBER_UNKNOWN = "number_unknown"
    NUMBER_MISATTRIBUTED = "number_misattributed"
    NUMBER_VAGUE = "number_vague"
    TIME_CLAIM = "time_claim"
    CURRENCY = "currency"
    LANGUAGE = "language"
