"""Whether a text is plain prose: no markup, links, code, tricks of Unicode, or talk that is none of an insight's."""

import re

from app.insights.base import Rejection
from app.insights.characters import FOREIGN_CHARACTER
from app.insights.prompt import META, repeats_instructions

LONGEST_WORD = 28
WORD_ENDS = re.compile(r"[\s–—-]")
# In this order: the first that is found names the reason.
UNWANTED = {
    Rejection.MARKUP: re.compile(r"[<>{}\[\]`*_#|\\~^]|\n|\r|&#?\w+;|(?:^|\s)[•·]\s"),
    Rejection.EMAIL: re.compile(r"@|\bat\b\s+\w+\s+\bdot\b", re.IGNORECASE),
    Rejection.CHARACTERS: FOREIGN_CHARACTER,
    Rejection.LINK: re.compile(
        r"\b(?:https?|ftp|javascript|data|mailto|tel|file)\s?:|//|\bwww\b|\bdot\s+(?:com|net|org|io|co|uk)\b"
        r"|[A-Za-z]{2,}\.[A-Za-z]{2,}|\bQR\b|\blinks?\b",
        re.IGNORECASE,
    ),
    Rejection.CODE: re.compile(
        r"[A-Za-z]\(|\(\)|;\s*$|=|/\w+/|--\s*$"
        r"|\b(?:SELECT\s.*\bFROM|DROP\s+TABLE|INSERT\s+INTO|UNION\s+ALL|function|eval|import\s+os|rm\s+-|sudo|curl|wget"
        r"|def\s+\w+|var\s+\w+|null|undefined|NaN|JSON|base64|script|iframe|localhost|etc/passwd)\b",
        re.IGNORECASE,
    ),
    Rejection.PROMPT_ECHO: META,
    Rejection.SOLICITATION: re.compile(
        r"\b(?:(?:click|tap)\s+(?:here|below|on)|passwords?|passcodes?|log\s?in|sign\s?in|credentials?|credit\s+cards?"
        r"|bank\s+(?:account|details)|card\s+(?:number|details)|wire|crypto\w*|bitcoins?|whatsapp|telegram|verify\s+your"
        r"|social\s+security|IBAN|ransom|your\s+account\s+(?:has|is|will)|sell\s+(?:the|their)\s+data)\b",
        re.IGNORECASE,
    ),
}


def rejection_of_form(text: str) -> Rejection | None:
    """What keeps a text from being plain prose, if anything does."""
    for rejection, pattern in UNWANTED.items():
        if pattern.search(text):
            return rejection
    if any(len(word) > LONGEST_WORD for word in WORD_ENDS.split(text)):
        return Rejection.CODE
    return Rejection.PROMPT_ECHO if repeats_instructions(text) else None
