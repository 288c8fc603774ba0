"""Whether every number that a text states, exactly or vaguely, is one of the customer's own."""

import re
from collections.abc import Sequence

from app.insights.attribution import is_said_of_another
from app.insights.base import Rejection
from app.insights.characters import SIGN_CHARACTERS
from app.insights.facts import Facts
from app.insights.numbers import MalformedNumber, StatedNumber, stated_numbers
from app.insights.offers import is_price_of_offer
from model.figures import Kind

VAGUE_NUMBER = re.compile(
    r"\b(?:hundreds|thousands|millions|billions|dozens?|scores\s+of|thrice|double[ds]?|doubling|triple[ds]?|tripling"
    r"|(?<!bought )(?<!ordered )(?<!purchased )twice|quadrupl\w+|half|halves|halved|\w+fold|(?:a|the|last)\s+couple"
    r"|(?:a|one|two)\s+(?:third|quarter|fifth|tenth)s?\s+of|pair\s+of|three\s+quarters|six[\s-]figures?)\b",
    re.IGNORECASE,
)
TIME_CLAIM = re.compile(
    r"\b(?:(?:a|an|one|last|past|previous|per|every|each)\s+(?:few\s+|couple\s+of\s+)?"
    r"(?:hours?|weeks?|fortnights?|months?|quarters?|years?)|decades?|centur(?:y|ies))\b",
    re.IGNORECASE,
)
YESTERDAY = re.compile(r"\b(?:yesterday|a\s+day\s+ago)\b", re.IGNORECASE)
TODAY = re.compile(r"\b(?:bought|ordered|purchased|order(?:\s+was)?|purchase(?:\s+was)?|came)\s+today\b", re.IGNORECASE)
# A sign of money or percent that stands with no digits: "£lOO", "some %".
STRAY_SIGN = re.compile(rf"(?<![0-9])(?<![0-9]\s)%|[{SIGN_CHARACTERS}](?!\s?[0-9])(?<![0-9].)(?<![0-9]\s.)")


def rejection_of_claims(text: str, facts: Facts, promised: Sequence[StatedNumber]) -> Rejection | None:
    """What is untrue or unprovable about the numbers of a text; ``promised`` are those of the action itself."""
    recency_days = facts.numbers["recency_days"]
    if VAGUE_NUMBER.search(text):
        return Rejection.NUMBER_VAGUE
    if (
        TIME_CLAIM.search(text)
        or (YESTERDAY.search(text) and recency_days != 1)
        or (TODAY.search(text) and recency_days != 0)
    ):
        return Rejection.TIME_CLAIM
    if STRAY_SIGN.search(text):
        return Rejection.NUMBER_MALFORMED
    try:
        rejections = (_rejection_of_number(number, text, facts, promised) for number in stated_numbers(text))
        return next((rejection for rejection in rejections if rejection is not None), None)
    except MalformedNumber:
        return Rejection.NUMBER_MALFORMED


def _rejection_of_number(
    number: StatedNumber, text: str, facts: Facts, promised: Sequence[StatedNumber]
) -> Rejection | None:
    if number.currencies and facts.currency not in number.currencies:
        return Rejection.CURRENCY
    if any(number.value == other.value and number.kinds == other.kinds for other in promised):
        return None
    # A true number is untrue as a price: an 83% chance makes no "83% off".
    if is_price_of_offer(text, number.start, number.end) or not number.is_true_of(facts):
        return Rejection.NUMBER_UNKNOWN
    is_money = number.kinds == {Kind.MONEY}
    return Rejection.NUMBER_MISATTRIBUTED if is_money and is_said_of_another(number, text, facts) else None
