"""Whether an amount of money is said of what it measures: an average is no total, a forecast is no past."""

import re
from collections.abc import Iterator

from app.insights.facts import Facts
from app.insights.numbers import StatedNumber

# A word further away than this speaks of something else.
REACH_CHARACTERS = 24
CUES = {
    "avg_spend": r"averag\w*|per\s+order|each|apiece|typical\w*|baskets?|order\s+(?:value|size)s?",
    "predicted_future_spend_30d": (
        r"expect\w*|forecast\w*|predict\w*|anticipat\w*|project(?:ed|ion)|(?:next|coming)\s+30\s+days|outlook|will\s+spend"
    ),
    "total_spend": r"spent|spending|total\w*|so\s+far|to\s+date|worth|altogether|lifetime|histor\w+|past",
}
CUE = re.compile("|".join(rf"\b(?P<{name}>{words})\b" for name, words in CUES.items()), re.IGNORECASE)
# "spent £49.39 per order" is about the past as well.
ALSO_TRUE = {"total_spend": ("total_spend", "avg_spend")}
CLAUSE_END = re.compile(r"[.;:!?](?:\s|$)")


def is_said_of_another(number: StatedNumber, text: str, facts: Facts) -> bool:
    """Whether the nearest word that tells what an amount measures names one that it is not."""
    measure = min(_cues(number, text), default=None)
    if measure is None:
        return False
    name = measure[1]
    return set(number.names(facts)).isdisjoint(ALSO_TRUE.get(name, (name,)))


def _cues(number: StatedNumber, text: str) -> Iterator[tuple[int, str]]:
    """Distance and measure of every cue in reach, within the clause."""
    before = CLAUSE_END.split(text[max(number.start - REACH_CHARACTERS, 0) : number.start])[-1]
    after = CLAUSE_END.split(text[number.end : number.end + REACH_CHARACTERS])[0]
    for cue in CUE.finditer(before):
        yield len(before) - cue.end(), str(cue.lastgroup)
    for cue in CUE.finditer(after):
        yield cue.start(), str(cue.lastgroup)
