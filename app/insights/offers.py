"""What a text promises to give away: a discount, something free, a gift, money back."""

import re

OFFERS = {
    "discount": re.compile(
        r"\b(?:discount\w*|%\s?off|percent\s+off|price\s+(?:cuts?|reductions?|drops?)|reduced\s+prices?|half[\s-]price"
        r"|mark(?:ed)?[\s-]?downs?|vouchers?|coupons?|promo(?:tional)?\s+(?:codes?|offers?)|special\s+(?:offers?|prices?)"
        r"|money\s+off|cheaper|rebates?|deals?|save\s+(?:up\s+to|money|on)|bargains?|BOGO)\b|%\s?(?:off|discount)",
        re.IGNORECASE,
    ),
    "free": re.compile(
        r"\b(?:free|for\s+nothing|complimentary|on\s+(?:us|the\s+house)|no\s+(?:extra\s+)?(?:charge|cost)|gratis|waive\w*)\b",
        re.IGNORECASE,
    ),
    "gift": re.compile(
        r"\b(?:gift\w*|giveaways?|freebies?|prizes?|bonus\w*|rewards?|loyalty\s+points)\b", re.IGNORECASE
    ),
    "refund": re.compile(
        r"\b(?:refund\w*|cash[\s-]?back|store\s+credits?|credit\s+notes?|money[\s-]back|guarantee\w*)\b", re.IGNORECASE
    ),
}
# "No discount is needed" promises nothing.
DENIED = re.compile(
    r"\b(?:no|not|without|never|avoid\w*|skip\w*|instead\s+of|rather\s+than|before\s+any|more\s+than)"
    r"(?:\s+(?:a|any|an|the|further|need\s+for|offer(?:ing)?|giv(?:e|ing)))*"
    r"\s+(?:discounts?|discounting|vouchers?|coupons?|gifts?|price\s+cuts?|price\s+reductions?|rebates?|deals?|freebies)\b"
    r"(?!\s*[?!])",
    re.IGNORECASE,
)
HARMLESS = re.compile(
    r"\b(?:feel\s+free|free\s+to|great\s+deal\s+of|good\s+deal\s+of|rewarding|hassle-free)\b", re.IGNORECASE
)
PRICE_BEFORE = re.compile(
    r"\b(?:discounts?|vouchers?|coupons?|credits?|reductions?|rebates?|gifts?|cash[\s-]?back|saves?|saving)"
    r"(?:\s+(?:of|worth|up\s+to))*\s*$",
    re.IGNORECASE,
)
PRICE_AFTER = re.compile(
    r"[\s-]*(?:off|discounts?|vouchers?|coupons?|credits?|reductions?|rebates?|gifts?|cash[\s-]?back|cheaper)\b",
    re.IGNORECASE,
)


def offers_in(text: str) -> frozenset[str]:
    """The kinds of offer that a text makes."""
    claims = HARMLESS.sub("", DENIED.sub("", text))
    return frozenset(kind for kind, pattern in OFFERS.items() if pattern.search(claims))


def is_price_of_offer(text: str, start: int, end: int) -> bool:
    """Whether the number between ``start`` and ``end`` says how much is given away."""
    return PRICE_BEFORE.search(text[:start]) is not None or PRICE_AFTER.match(text[end:]) is not None
