"""Ids of customers that are plainly fit for use, told from the bytes of a JSON list without reading them one by one."""

from dataclasses import dataclass

import numpy as np
import orjson

from app.schemas import LONGEST_ID

QUOTE, SPACE = ord('"'), ord(" ")
SEPARATORS = (b",", b", ")


@dataclass(frozen=True)
class PlainIds:
    """A list of ids as JSON has it, and how many they are."""

    text: bytes
    count: int

    def listed(self) -> list[str]:
        """The ids, read."""
        ids: list[str] = orjson.loads(self.text)
        return ids


def plain_ids(text: bytes) -> PlainIds | None:
    """The ids of a list, where all are of visible ASCII characters; None where anything is unusual.

    Without escapes, every second quote ends an id. Where nothing but a separator stands between it and the next
    one, the text is a list of texts, and the distances between quotes tell how long the ids are.
    """
    if not (text.startswith(b'["') and text.endswith(b'"]') and text.isascii()) or b"\\" in text or b"\x7f" in text:
        return None
    characters = np.frombuffer(text, np.uint8)
    quotes = np.flatnonzero(characters == QUOTE)
    if len(quotes) < 4 or len(quotes) % 2 or characters.min() < SPACE:
        return None
    opening, closing = quotes[::2], quotes[1::2]
    separator = text[closing[0] + 1 : opening[1]]
    lengths = closing - opening - 1
    is_plain = (
        separator in SEPARATORS
        and np.all(opening[1:] - closing[:-1] == len(separator) + 1)
        and all(np.all(characters[closing[:-1] + 1 + place] == byte) for place, byte in enumerate(separator))
        and lengths.min() > 0
        and lengths.max() <= LONGEST_ID
        and text.count(b" ") == separator.count(b" ") * (len(opening) - 1)
    )
    return PlainIds(text, len(opening)) if is_plain else None
