"""Every number that a text states, in digits or in words, and what it counts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.insights.facts import Facts
from model.currency import CODES, WORDS
from model.figures import GAP, NOUNS, SIGN_CHARACTERS, Kind

# Amounts and percentages have two, probabilities four.
MOST_DECIMALS = 4

ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
SMALL = {word: value for value, word in enumerate(f"{ONES} eighteen nineteen".split())} | {
    word: 10 * value for value, word in enumerate(TENS.split(), start=2)
}
SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
ANY_NUMBER_WORD = "|".join((*SMALL, *SCALES))
ORDINAL_WORDS = "first second third fourth fifth sixth seventh eighth ninth tenth"
ORDINALS = {word: value for value, word in enumerate(ORDINAL_WORDS.split(), start=1)}

DIGITS = re.compile(r"[0-9][0-9.,]*")
GROUPED = re.compile(r"(?:[0-9]{1,3}(?:,[0-9]{2,3})*,[0-9]{3}|[0-9]+)(?:\.[0-9]+)?")
WORDED = re.compile(
    rf"\b(?:{ANY_NUMBER_WORD})(?:(?:-|\s+|\s+and\s+)(?:{ANY_NUMBER_WORD}))*\b",
    re.IGNORECASE,
)
ORDINAL_WORD = re.compile(rf"\b({'|'.join(ORDINALS)})\b", re.IGNORECASE)
SIGNED_BEFORE = re.compile(rf"(?:^|[\s({SIGN_CHARACTERS}])[-–+]\s?[{SIGN_CHARACTERS}]?$")
DASH_BEFORE = re.compile(r"\s[-–]\s$")
TIMES = {"once": 1.0, "single": 1.0, "twice": 2.0}
BUYING = r"(?:bought|ordered|purchased|shopped|only|just)"
TIMES_WORD = re.compile(
    rf"\b{BUYING}\s+(?P<times>once|twice)\b|\b(?P<sole>single)\s+(?:order|purchase)\b", re.IGNORECASE
)
NOUN_KINDS = {
    noun: frozenset(kind for kind, pairs in NOUNS.items() if any(noun in pair for pair in pairs))
    for noun in {noun for pairs in NOUNS.values() for pair in pairs for noun in pair}
}
CODE_BEFORE = re.compile(r"\b([A-Z]{3})\s?$")
SIGN_BEFORE = re.compile(rf"([{SIGN_CHARACTERS}])\s?$")
SIGN_AFTER = re.compile(rf"\s?([{SIGN_CHARACTERS}])")
CODE_AFTER = re.compile(r"\s([A-Z]{3})\b")
WORD_AFTER = re.compile(rf"\s({'|'.join(WORDS)})\b", re.IGNORECASE)
PERCENT_AFTER = re.compile(r"\s?%|[\s-]per\s?cent\b", re.IGNORECASE)
NOUN_AFTER = re.compile(rf"(?:-|\s{GAP})({'|'.join(NOUN_KINDS)})\b", re.IGNORECASE)
# Days ahead can only be those of the forecast; days behind only those since the last purchase.
FORWARD = re.compile(r"\b(?:next|coming|following|upcoming|within)\s+(?:the\s+)?(?:next\s+|coming\s+)?$", re.IGNORECASE)
HORIZON_AFTER = re.compile(
    r"-days?\s+(?:\w+\s)?(?:window|horizon|forecast|outlook|period|spend|purchase|probability|chance|likelihood|value)\b",
    re.IGNORECASE,
)
# A number with one of these beside it counts something that nobody told the writer.
TIME_UNITS = "seconds?|minutes?|hours?|weeks?|fortnights?|months?|quarters?|years?"
MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
OTHER_UNITS = (
    "people|customers?|buyers?|shoppers?|visits?|clicks?|stars?|points?|reviews?|friends?|stores?|shops?|e-?mails?"
    "|reminders?|messages?|steps?|returns?|refunds?|complaints?|calls?"
)
TIME_AFTER = re.compile(rf"[\s-](?:{TIME_UNITS})\b", re.IGNORECASE)
FOREIGN_AFTER = re.compile(rf"[\s-](?:{TIME_UNITS}|{OTHER_UNITS}|(?-i:{MONTHS}))\b", re.IGNORECASE)
MONTH_BEFORE = re.compile(rf"\b(?:{MONTHS})\s$")


@dataclass(frozen=True)
class StatedNumber:
    """One number in a text: its value, what it counts, and where it stands."""

    value: float
    decimals: int
    kinds: frozenset[Kind]
    currencies: frozenset[str]
    start: int
    end: int
    is_ordinal: bool = False
    speaks_of_horizon: bool = False

    def is_true_of(self, facts: Facts) -> bool:
        """Whether one of the customer's numbers of this kind reads so after rounding."""
        if self.speaks_of_horizon:
            return self.value == facts.horizon_days
        return any(True for _ in self.names(facts))

    def names(self, facts: Facts) -> Iterator[str]:
        """The facts that this number may stand for."""
        if self.currencies and facts.currency not in self.currencies:
            return
        for kind in self.kinds:
            for name, fact in facts.of_kind(kind):
                if self._rounds_to(fact, kind):
                    yield name

    def _rounds_to(self, fact: float, kind: Kind) -> bool:
        if self.is_ordinal:
            return self.value in (fact, fact + 1)
        if kind is Kind.SHARE:
            # "83%", or bare "0.83"; rounding must not turn a chance into certainty.
            is_percent = self.kinds == {Kind.SHARE}
            scale, certain = (100, 100) if is_percent else (1, 1)
            return _reads_as(self.value, self.decimals, fact * scale) and self.value not in (0, certain)
        return _reads_as(self.value, self.decimals, fact) and (self.value != 0 or fact == 0)


class MalformedNumber(Exception):
    """Digits that no honest amount, count or percentage is written with; the number is not repeated."""


def stated_numbers(text: str) -> list[StatedNumber]:
    """All numbers of a text, in order; pronouns (``one of``) and ``first`` are none.

    Raises
    ------
    MalformedNumber
        If digits touch letters (``5x``, ``1e3``, ``Q4``), a slash, a colon, or have a sign or odd separators.
    """
    found = [*_in_digits(text), *_in_words(text), *_ordinals(text), *_times(text)]
    return sorted(found, key=lambda number: number.start)


def _in_digits(text: str) -> Iterator[StatedNumber]:
    for match in DIGITS.finditer(text):
        digits = match[0].rstrip(".,")
        start, end = match.start(), match.start() + len(digits)
        before, after = text[:start], text[end:]
        if GROUPED.fullmatch(digits) is None or _is_signed(before) or re.match(r"[/:*^=+][0-9A-Za-z]", after):
            raise MalformedNumber
        value, decimals = float(digits.replace(",", "")), len(digits.partition(".")[2])
        if decimals > MOST_DECIMALS:
            raise MalformedNumber
        suffix = re.match(r"(?:st|nd|rd|th)\b", after)
        if suffix is not None:
            yield _ordinal(value, start, end + suffix.end())
            continue
        if re.match(r"[A-Za-z]", after) or re.search(r"[A-Za-z](?<![A-Z]{3})$|[/:.,'’]$", before):
            raise MalformedNumber
        yield _classified(value, decimals, text, start, end)


def _is_signed(before: str) -> bool:
    """Whether a minus or plus stands before a number: ``-7``, ``£-7``, ``-£7``, but not ``5-7`` or ``orders - 7``."""
    return SIGNED_BEFORE.search(before) is not None and DASH_BEFORE.search(before) is None


def _classified(value: float, decimals: int, text: str, start: int, end: int) -> StatedNumber:
    """Tell from sign, code, percent or noun what the number counts."""
    before, after = text[:start], text[end:]
    money = _money(before, after)
    if money is not None:
        return StatedNumber(
            value,
            decimals,
            frozenset({Kind.MONEY}),
            money.currencies,
            start - money.characters_before,
            end + money.characters_after,
        )
    if percent := PERCENT_AFTER.match(after):
        return StatedNumber(value, decimals, frozenset({Kind.SHARE}), frozenset(), start, end + percent.end())
    if FOREIGN_AFTER.match(after) or MONTH_BEFORE.search(before):
        return StatedNumber(value, decimals, frozenset(), frozenset(), start, end)
    noun = NOUN_AFTER.match(after)
    kinds = frozenset(Kind) if noun is None else NOUN_KINDS[noun[1].lower()]
    of_horizon = Kind.DAYS in kinds and (FORWARD.search(before) or HORIZON_AFTER.match(after)) is not None
    return StatedNumber(value, decimals, kinds, frozenset(), start, end, speaks_of_horizon=of_horizon)


@dataclass(frozen=True)
class _Money:
    """Which currencies a sign, code or word around a number may mean, and how much text it takes."""

    currencies: frozenset[str]
    characters_before: int = 0
    characters_after: int = 0


def _money(before: str, after: str) -> _Money | None:
    if sign := SIGN_BEFORE.search(before):
        return _Money(frozenset({CODES[sign[1]]}), characters_before=len(sign[0]))
    if code := CODE_BEFORE.search(before):
        return _Money(frozenset({code[1]}), characters_before=len(code[0]))
    if sign := SIGN_AFTER.match(after):
        return _Money(frozenset({CODES[sign[1]]}), characters_after=sign.end())
    if code := CODE_AFTER.match(after):
        return _Money(frozenset({code[1]}), characters_after=code.end())
    if word := WORD_AFTER.match(after):
        return _Money(frozenset(WORDS[word[1].lower()]), characters_after=word.end())
    return None


def _in_words(text: str) -> Iterator[StatedNumber]:
    for match in WORDED.finditer(text):
        words = [word for word in re.split(r"[\s-]+", match[0].lower()) if word != "and"]
        if words in (["zero"], ["one"]) and not _counts(text[match.end() :]):
            continue
        yield _classified(_value_of(words), 0, text, match.start(), match.end())


def _counts(after: str) -> bool:
    """Whether ``one`` or ``zero`` is a number here: ``one order``, not ``one of the best`` or ``one more``."""
    return re.match(r"\s+more\b", after) is None and (
        NOUN_AFTER.match(after) is not None
        or TIME_AFTER.match(after) is not None
        or PERCENT_AFTER.match(after) is not None
        or WORD_AFTER.match(after) is not None
    )


def _value_of(words: list[str]) -> float:
    """``["one", "hundred", "twenty", "one"]`` is 121."""
    total, group = 0, 0
    for word in words:
        if word == "hundred":
            group = max(group, 1) * 100
        elif word in SCALES:
            total, group = total + max(group, 1) * SCALES[word], 0
        else:
            group += SMALL[word]
    return float(total + group)


def _ordinals(text: str) -> Iterator[StatedNumber]:
    """``third order``; ``first`` is true of every customer, ``a second look`` counts nothing."""
    for match in ORDINAL_WORD.finditer(text):
        value = ORDINALS[match[1].lower()]
        if value > 1 and re.match(r"(?:-party|\s+(?:party|chance|look|thoughts?))\b", text[match.end() :]) is None:
            yield _ordinal(float(value), match.start(), match.end())


def _ordinal(value: float, start: int, end: int) -> StatedNumber:
    """The orders so far, or the one to come."""
    return StatedNumber(value, 0, frozenset({Kind.ORDERS}), frozenset(), start, end, is_ordinal=True)


def _times(text: str) -> Iterator[StatedNumber]:
    """``bought twice``, ``a single order``."""
    for match in TIMES_WORD.finditer(text):
        group = "times" if match["times"] else "sole"
        value, (start, end) = TIMES[match[group].lower()], match.span(group)
        yield StatedNumber(value, 0, frozenset({Kind.ORDERS}), frozenset(), start, end)


def _reads_as(value: float, decimals: int, fact: float) -> bool:
    """Whether ``fact``, rounded to this many decimals (a tie either way), is ``value``."""
    return abs(fact - value) <= 0.5 * 10.0**-decimals * (1 + 1e-9) + 1e-9
