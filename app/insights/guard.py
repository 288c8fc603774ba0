"""The last look at a text that a language model wrote, before a client may read it.

The guard sees the text as the client would: filled with this customer's numbers. It
refuses what it cannot prove harmless, and never repairs a claim.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from app.insights import language, offers
from app.insights.actions import Action, Catalogue
from app.insights.base import Draft
from app.insights.characters import FOREIGN_CHARACTER, SIGN_CHARACTERS, plain_typography
from app.insights.facts import Facts
from app.insights.numbers import MalformedNumber, StatedNumber, stated_numbers
from app.insights.prompt import repeats_prompt
from model.segments import Segment

INSIGHT_CHARACTERS = range(20, 421)
ACTION_CHARACTERS = range(10, 281)
LONGEST_WORD = 28


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
    NUMBER_VAGUE = "number_vague"
    TIME_CLAIM = "time_claim"
    CURRENCY = "currency"
    LANGUAGE = "language"


MARKUP = re.compile(r"[<>{}\[\]`*_#|\\~^]|\n|\r|&#?\w+;|(?:^|\s)[•·]\s")
EMAIL = re.compile(r"@|\bat\b\s+\w+\s+\bdot\b", re.IGNORECASE)
LINK = re.compile(
    r"\b(?:https?|ftp|javascript|data|mailto|tel|file)\s?:|//|\bwww\b|\bdot\s+(?:com|net|org|io|co|uk)\b"
    r"|[A-Za-z]{2,}\.[A-Za-z]{2,}|\bQR\b|\blinks?\b",
    re.IGNORECASE,
)
CODE = re.compile(
    r"[A-Za-z]\(|\(\)|;\s*$|=|\b(?:SELECT\s.*\bFROM|DROP\s+TABLE|INSERT\s+INTO|UNION\s+ALL|function|eval|import\s+os"
    r"|rm\s+-|sudo|curl|wget|def\s+\w+|var\s+\w+|null|undefined|NaN|JSON|base64|script|iframe|localhost|etc/passwd)\b"
    r"|/\w+/|--\s*$",
    re.IGNORECASE,
)
SOLICITATION = re.compile(
    r"\b(?:click|tap)\s+(?:here|below|on)\b|\b(?:passwords?|passcodes?|log\s?in|sign\s?in|credentials?|bank\s+(?:account|details)"
    r"|credit\s+cards?|card\s+(?:number|details)|wire|crypto\w*|bitcoins?|whatsapp|telegram|verify\s+your|social\s+security"
    r"|IBAN|ransom|your\s+account\s+(?:has|is|will)|sell\s+(?:the|their)\s+data)\b",
    re.IGNORECASE,
)
VAGUE_NUMBER = re.compile(
    r"\b(?:hundreds|thousands|millions|billions|dozens?|scores\s+of|twice|thrice|double[ds]?|doubling|triple[ds]?|tripling"
    r"|quadrupl\w+|half|halves|halved|\w+fold|(?:a|the|last)\s+couple|(?:a|one|two)\s+(?:third|quarter|fifth|tenth)s?\s+of"
    r"|pair\s+of|three\s+quarters|six[\s-]figures?)\b",
    re.IGNORECASE,
)
TIME_CLAIM = re.compile(
    r"\b(?:(?:a|an|one|last|past|previous|per|every|each)\s+(?:few\s+|couple\s+of\s+)?"
    r"(?:hours?|weeks?|fortnights?|months?|quarters?|years?)|a\s+day\s+ago|decades?|centur(?:y|ies))\b",
    re.IGNORECASE,
)
YESTERDAY = re.compile(r"\byesterday\b", re.IGNORECASE)
# A sign of money or percent that stands with no digits: "£lOO", "some %".
STRAY_SIGN = re.compile(rf"(?<![0-9])(?<![0-9]\s)%|[{SIGN_CHARACTERS}](?!\s?[0-9])(?<![0-9].)(?<![0-9]\s.)")
CUSTOMER_NOUN = r"(?:customers?|buyers?|shoppers?|clients?|segment|tier|group|class)"
# Names of segments that other schemes use and ours does not.
FOREIGN_SEGMENTS = re.compile(
    rf"\b(?:Champions?|VIPs?|Whales?|Platinum|Diamond|Hibernating|Loyalists?|Big\s+Spenders?|(?:Gold|Silver|Bronze)\s+{CUSTOMER_NOUN})\b"
)
SEGMENT_NAMES = {
    segment: re.compile(
        rf"\b{name}\b|\b(?i:{name.replace(' ', '[ -]')})"
        + (r"\b" if name.endswith(("Buyer", "Customer")) else rf"[ -](?i:{CUSTOMER_NOUN})\b")
    )
    for segment, name in ((segment, segment.value) for segment in Segment)
}


@dataclass(frozen=True)
class Guard:
    """Judges drafts about one customer after another by the same catalogue."""

    catalogue: Catalogue

    def review(
        self, draft: Draft, facts: Facts, permitted: frozenset[Segment]
    ) -> tuple[Draft, None] | tuple[None, Rejection]:
        """The draft filled for this customer, or why it may not be served."""
        if draft.segment not in permitted:
            return None, Rejection.SEGMENT_NOT_PERMITTED
        action = self.catalogue.get(draft.action_id)
        if action is None:
            return None, Rejection.ACTION_UNKNOWN
        if not action.suits(draft.segment, facts.numbers["purchase_probability_30d"]):
            return None, Rejection.ACTION_UNSUITABLE
        filled = replace(
            draft,
            insight=facts.fill(plain_typography(draft.insight)),
            recommended_action=facts.fill(plain_typography(draft.recommended_action)),
        )
        rejection = _rejection_of_texts(filled, action, facts)
        return (filled, None) if rejection is None else (None, rejection)


def _rejection_of_texts(draft: Draft, action: Action, facts: Facts) -> Rejection | None:
    texts = (draft.insight, draft.recommended_action)
    if len(draft.insight) not in INSIGHT_CHARACTERS or len(draft.recommended_action) not in ACTION_CHARACTERS:
        return Rejection.LENGTH
    for text in texts:
        for form, is_found in FORM_CHECKS.items():
            if is_found(text):
                return form
    title = facts.fill(action.title)
    # The insight tells what is; only the action may repeat what the action gives.
    for text, promised in ((draft.insight, []), (draft.recommended_action, stated_numbers(title))):
        rejection = (
            _rejection_of_segment_names(text, draft.segment)
            or _rejection_of_numbers(text, facts, promised)
            or (Rejection.OFFER if offers.made_in(text) - offers.made_in(title) else None)
        )
        if rejection is not None:
            return rejection
    return None if language.is_english(" ".join(texts)) else Rejection.LANGUAGE


# In this order: the first that finds something names the reason.
FORM_CHECKS: dict[Rejection, Callable[[str], bool]] = {
    Rejection.MARKUP: lambda text: MARKUP.search(text) is not None,
    Rejection.EMAIL: lambda text: EMAIL.search(text) is not None,
    Rejection.CHARACTERS: lambda text: FOREIGN_CHARACTER.search(text) is not None,
    Rejection.LINK: lambda text: LINK.search(text) is not None,
    Rejection.CODE: lambda text: (
        CODE.search(text) is not None or any(len(word) > LONGEST_WORD for word in re.split(r"[\s–—-]", text))
    ),
    Rejection.PROMPT_ECHO: repeats_prompt,
    Rejection.SOLICITATION: lambda text: SOLICITATION.search(text) is not None,
}


def _rejection_of_segment_names(text: str, segment: Segment) -> Rejection | None:
    """A text may name no segment but the one that the answer gives."""
    without_own = SEGMENT_NAMES[segment].sub("", text)
    foreign = FOREIGN_SEGMENTS.search(text) is not None or any(
        SEGMENT_NAMES[other].search(without_own) for other in Segment if other is not segment
    )
    return Rejection.SEGMENT_MISNAMED if foreign else None


def _rejection_of_numbers(text: str, facts: Facts, promised: list[StatedNumber]) -> Rejection | None:
    """Every number must be one of this customer's, or one that the action names."""
    if VAGUE_NUMBER.search(text):
        return Rejection.NUMBER_VAGUE
    if TIME_CLAIM.search(text) or (YESTERDAY.search(text) and facts.numbers["recency_days"] != 1):
        return Rejection.TIME_CLAIM
    if STRAY_SIGN.search(text):
        return Rejection.NUMBER_MALFORMED
    try:
        rejections = (_rejection_of_number(number, text, facts, promised) for number in stated_numbers(text))
        return next((rejection for rejection in rejections if rejection is not None), None)
    except MalformedNumber:
        return Rejection.NUMBER_MALFORMED


def _rejection_of_number(
    number: StatedNumber, text: str, facts: Facts, promised: list[StatedNumber]
) -> Rejection | None:
    if number.currencies and facts.currency not in number.currencies:
        return Rejection.CURRENCY
    if any(number.value == other.value and number.kinds == other.kinds for other in promised):
        return None
    # A true number is untrue as a price: an 83% chance makes no "83% off".
    is_price = offers.is_price_of_offer(text, number.start, number.end)
    return Rejection.NUMBER_UNKNOWN if is_price or not number.is_true_of(facts) else None
