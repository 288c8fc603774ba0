"""Which characters plain English prose is written with: an allow-list, so that no trick of Unicode needs a name."""

import re
import unicodedata

from model.currency import SIGNS

# Variants that careful typists and language models use for what a keyboard has.
TYPOGRAPHY = str.maketrans(
    {
        "\u00a0": " ",
        "\u2002": " ",
        "\u2003": " ",
        "\u2007": " ",
        "\u2009": " ",
        "\u202f": " ",
        "\u2010": "-",
        "\u2011": "-",
    }
)
SPACED_THOUSANDS = re.compile(r"(?<=[0-9])[\u00a0\u2007\u2009\u202f](?=[0-9]{3}(?![0-9]))")
SIGN_CHARACTERS = re.escape("".join(SIGNS.values()))
# ASCII letters and digits, the letters of Western European names, the punctuation of prose, signs of currencies.
FOREIGN_CHARACTER = re.compile(rf"[^A-Za-z0-9À-ÖØ-öø-ÿ .,;:!?'\"()\-–—…’‘“”/&%+{SIGN_CHARACTERS}]")


def plain_typography(text: str) -> str:
    """The text with one form for each space and hyphen; anything stranger stays, to be refused."""
    grouped = SPACED_THOUSANDS.sub(",", unicodedata.normalize("NFC", text))
    return grouped.translate(TYPOGRAPHY).strip()
