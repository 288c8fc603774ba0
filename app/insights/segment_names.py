"""Which segments a text speaks of, by our names or by those of other schemes."""

import re

from model.segments import Segment

CUSTOMERS = r"(?:customers?|buyers?|shoppers?|clients?|segment|tier|group|class)"
FOREIGN_SEGMENT = re.compile(
    r"\b(?:Champions?|VIPs?|Whales?|Platinum|Diamond|Hibernating|Loyalists?|Big\s+Spenders?"
    rf"|(?:Gold|Silver|Bronze)\s+{CUSTOMERS})\b"
)


def _name_of(segment: Segment) -> re.Pattern[str]:
    """The name in capitals, or in any letters where a customer is called so: ``at risk of rain`` names nobody."""
    words = segment.replace(" ", "[ -]")
    names_somebody = segment.endswith(("Buyer", "Customer"))
    called_so = words if names_somebody else rf"{words}[ -]{CUSTOMERS}"
    return re.compile(rf"\b{segment}\b|\b(?i:{called_so})\b")


NAMES = {segment: _name_of(segment) for segment in Segment}


def names_another_segment(text: str, segment: Segment) -> bool:
    """Whether a text calls a customer of this segment by another name."""
    without_own = NAMES[segment].sub("", text)
    others = (NAMES[other] for other in Segment if other is not segment)
    return FOREIGN_SEGMENT.search(text) is not None or any(other.search(without_own) for other in others)
