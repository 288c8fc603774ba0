"""Whether a text is English, by its function words: enough to tell prose from another language or from noise."""

import re

ENGLISH_WORDS = """
a about after again all also although an and any are as at be because been before but by can could each every few for
from further had has have having he her his how if in into is it its just keep last less like likely many may might more
most much must next no not now of off often on once only or other our out over own per should since so some still such
than that the their them then there these they this those through to too until up very was well were what when where
which while who why will with without would yet you your
"""
# Of the languages that a model slips into most.
OTHER_WORDS = """
der die das und ist nicht ein eine einen mit für auf von zu den dem sich wird sehr kunde kunden hat seit letzte
le la les des du et est une un pour dans avec sur qui que sont cette client commande depuis plus très
el los las y es una para con por del al cliente compra pedido muy ha su sus
il lo gli di che sono ordine molto het een van de en niet voor klant os um uma não com
"""
ENGLISH = frozenset(ENGLISH_WORDS.split())
OTHER = frozenset(OTHER_WORDS.split()) - ENGLISH
LEAST_SHARE = 0.12
STUTTER = re.compile(r"\b([a-z]+)\s+\1\b", re.IGNORECASE)


def is_english(text: str) -> bool:
    """Whether English function words are common and outnumber those of other languages; no word may follow itself."""
    words = re.findall(r"[a-zà-öø-ÿ]+", text.lower())
    english = sum(word in ENGLISH for word in words)
    other = sum(word in OTHER for word in words)
    return bool(words) and STUTTER.search(text) is None and english >= LEAST_SHARE * len(words) and english > 2 * other
