"""The last look at a text that a language model wrote: words and placeholders pass, numbers and promises do not.

What cannot be shown to be harmless is refused, and nothing is repaired.
"""

import math
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from app.insights.catalogue import FOREIGN_CHARACTER
from app.insights.placeholders import KINDS
from app.insights.prompts import INSTRUCTIONS
from app.insights.schemas import Rejection, Situation, Template
from model.ranking.actions import Catalogue
from model.ranking.placeholders import LINKS, NOUN_WORDS, NOUNS, SIGN_CHARACTERS, Kind
from model.segments import Segment

TABLE_OF_WORDS = Path(__file__).parent / "words.toml"
INSIGHT_CHARACTERS = range(20, 421)
ACTION_CHARACTERS = range(10, 281)
LEAST_SHARE_OF_ENGLISH = 0.1
ECHO_WORDS = 6
# A word further away says nothing of the total; the other numbers need a word of their own anywhere in the clause.
REACH_CHARACTERS = 24
# Variants that careful typists and language models use for what a keyboard has.
TYPOGRAPHY = str.maketrans(
    dict.fromkeys("\u00a0\u2002\u2003\u2007\u2009\u202f", " ") | dict.fromkeys("\u2010\u2011", "-")
)
# Stands for a placeholder while words are looked for.
BLANK = "\0"
PLACEHOLDER = re.compile(
    rf"(?:[{SIGN_CHARACTERS}]\s?)?\{{(?P<name>{'|'.join(KINDS)})\}}(?:\s?%|\s?percent\b|\s?per cent\b)?"
)
CLAUSE_END = re.compile(r"[.;:!?](?:\s|$)|,\s(?=(?:and|but|while|with|so|which|though|although|yet)\b)")
CUSTOMERS = "[ -](?:customers?|buyers?|shoppers?|clients?|segment|tier|group|class)"
STUTTER = re.compile(r"\b([a-z]+)\s+\1\b", re.IGNORECASE)
NO_ADJECTIVE = rf"(?:{LINKS}|without|after|before|ago|between|despite|worth|total\w*)\b"
NOUN_AFTER = re.compile(rf"(?:-|\s(?:(?!{NO_ADJECTIVE})[a-z-]+\s)?)({NOUN_WORDS})\b")
# A number begins and ends where prose lets one: "-{total_spend}" and "{total_spend}k" are other numbers.
TOUCHED_BEFORE = re.compile(r"[^\s(\"'“‘—]$")
TOUCHED_AFTER = re.compile(r"(?!-[A-Za-z])[^\s.,;:!?)\"'’”—–…]")


class Validator:
    """Judges templates by one catalogue of actions and one table of words."""

    def __init__(self, catalogue: Catalogue, forbidden_words: Iterable[str] = ()) -> None:
        table: dict[str, Any] = tomllib.loads(TABLE_OF_WORDS.read_text("utf-8"))
        self._catalogue = catalogue
        self._refused = {Rejection(reason): _pattern(**entry) for reason, entry in table["refused"].items()}
        self._offers = {kind: _pattern(**entry) for kind, entry in table["offers"].items()}
        self._no_offer = _pattern(**table["no_offer"])
        self._forbidden = _pattern(words=[*map(re.escape, forbidden_words)] or [r"(?!)"])
        self._meaning = {name: _pattern(words=words) for name, words in table["meaning"].items()}
        self._mistaken = {name: _pattern(words=words) for name, words in table["mistaken"].items()}
        before, after = table["never"]["before"], table["never"]["after"]
        self._never_before = {kind: _pattern(anywhere=_beside(before, kind, r"\b{}\s+$")) for kind in Kind}
        self._never_after = {kind: _pattern(anywhere=_beside(after, kind, r"[\s-]+{}\b")) for kind in Kind}
        self._english = frozenset(table["language"]["english"].split())
        self._other = frozenset(table["language"]["other"].split()) - self._english

    def review(self, template: Template, situation: Situation) -> Template | Rejection:
        """The template in plain typography, or why it may not be served."""
        if template.segment not in situation.permitted:
            return Rejection.SEGMENT_NOT_PERMITTED
        action = self._catalogue.get(template.action_id)
        if action is None:
            return Rejection.ACTION_UNKNOWN
        if not action.suits(template.segment, situation.numbers["purchase_probability_30d"]):
            return Rejection.ACTION_UNSUITABLE
        if not (_fits(template.insight, INSIGHT_CHARACTERS) and _fits(template.recommended_action, ACTION_CHARACTERS)):
            return Rejection.LENGTH
        both = (template.insight, template.recommended_action)
        texts = [unicodedata.normalize("NFC", text).translate(TYPOGRAPHY).strip() for text in both]
        rejections = chain.from_iterable(self._rejections(text, template.segment, action.title) for text in texts)
        return next(rejections, Template(template.segment, action.id, *texts))

    def _rejections(self, text: str, segment: Segment, action_title: str) -> Iterator[Rejection]:
        prose = PLACEHOLDER.sub(BLANK, text)
        if BLANK in text or re.search(FOREIGN_CHARACTER, prose.replace(BLANK, "")):
            yield Rejection.CHARACTERS
        if not INSTRUCTION_SHINGLES.isdisjoint(_shingles(prose)):
            yield Rejection.PROMPT_ECHO
        yield from (reason for reason, pattern in self._refused.items() if pattern.search(prose))
        without_own_name = SEGMENT_NAMES[segment].sub("", prose)
        if any(name.search(without_own_name) for other, name in SEGMENT_NAMES.items() if other is not segment):
            yield Rejection.SEGMENT_MISNAMED
        if any(self._is_misattributed(*context) for context in _contexts(text)):
            yield Rejection.NUMBER_MISATTRIBUTED
        if self._offers_in(prose) - self._offers_in(action_title):
            yield Rejection.OFFER
        if self._forbidden.search(prose):
            yield Rejection.FORBIDDEN_WORD
        if not self._is_english(prose):
            yield Rejection.LANGUAGE

    def _offers_in(self, text: str) -> frozenset[str]:
        """What a text promises to give away: a discount, something free, a gift, money back."""
        claims = self._no_offer.sub("", text)
        return frozenset(kind for kind, pattern in self._offers.items() if pattern.search(claims))

    def _is_english(self, prose: str) -> bool:
        """Whether English function words are common and outnumber those of others; no word may follow itself."""
        words = re.findall(r"[a-zà-öø-ÿ]+", prose.lower())
        english, other = (sum(word in known for word in words) for known in (self._english, self._other))
        return english >= LEAST_SHARE_OF_ENGLISH * len(words) and english > 2 * other and not STUTTER.search(prose)

    def _is_misattributed(self, name: str, before: str, after: str) -> bool:
        """Whether a number is said to be what it is not: an average no total, a forecast no past, a chance no price."""
        kind = KINDS[name]
        noun = NOUN_AFTER.match(after) if kind in NOUNS else None
        if (
            TOUCHED_BEFORE.search(before)
            or TOUCHED_AFTER.match(after)
            or self._never_before[kind].search(before)
            or self._never_after[kind].match(after)
            or (noun is not None and not any(noun[1] in pair for pair in NOUNS[kind]))
        ):
            return True
        if name not in self._meaning:
            return False
        before, after = CLAUSE_END.split(before)[-1], CLAUSE_END.split(after)[0]
        own, mistaken = (_distance(words[name], before, after) for words in (self._meaning, self._mistaken))
        if name == "total_spend":
            return mistaken < min(own, REACH_CHARACTERS)
        return own == math.inf or mistaken < own


def _pattern(*, words: Iterable[str] = (), anywhere: Iterable[str] = ()) -> re.Pattern[str]:
    whole = [rf"(?<!\w)(?:{word})(?!\w)" for word in words]
    return re.compile("|".join([*anywhere, *whole]), re.IGNORECASE)


def _beside(words: dict[str, list[str]], kind: Kind, place: str) -> Iterator[str]:
    """Patterns of the words that stand for every number, and of those for this kind, at one place."""
    own = words.get(kind) or words["counts"]
    return (place.replace("{}", f"(?:{word})") for word in words["all"] + own)


def _fits(text: str, characters: range) -> bool:
    """Whether a text is long enough once it is filled, and short enough to be looked at closely."""
    return len(PLACEHOLDER.sub("12 orders", text[: 3 * characters.stop]).strip()) in characters


def _shingles(text: str) -> frozenset[tuple[str, ...]]:
    words = re.findall(r"[a-z]+", text.lower())
    return frozenset(zip(*(words[start:] for start in range(ECHO_WORDS)), strict=False))


INSTRUCTION_SHINGLES = _shingles(PLACEHOLDER.sub(BLANK, INSTRUCTIONS))


def _name_of(segment: Segment) -> re.Pattern[str]:
    """The name in capitals, or in any letters where a customer is called so: ``at risk of rain`` names nobody."""
    words, names_somebody = segment.replace(" ", "[ -]"), segment.endswith(("Buyer", "Customer"))
    return re.compile(rf"\b{segment}\b|\b(?i:{words if names_somebody else words + CUSTOMERS})\b")


SEGMENT_NAMES = {segment: _name_of(segment) for segment in Segment}


def _contexts(text: str) -> Iterator[tuple[str, str, str]]:
    """Each placeholder's name, and the prose before and after it up to the next number of its kind."""
    pieces = PLACEHOLDER.split(text)
    prose, names = pieces[::2], pieces[1::2]
    for place, name in enumerate(names):
        rivals = [other for other, rival in enumerate(names) if KINDS[rival] is KINDS[name] and other != place]
        first = max((other + 1 for other in rivals if other < place), default=0)
        last = min((other + 1 for other in rivals if other > place), default=len(prose))
        yield name, BLANK.join(prose[first : place + 1]), BLANK.join(prose[place + 1 : last])


def _distance(words: re.Pattern[str], before: str, after: str) -> float:
    """How many characters away the nearest of these words stands."""
    distances = [len(before) - match.end() for match in words.finditer(before)]
    return min([*distances, *(match.start() for match in words.finditer(after))], default=math.inf)
