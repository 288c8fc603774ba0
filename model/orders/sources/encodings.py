"""In which encoding a text file is written that is not Unicode: what is read unasked, and what is proposed instead."""

import codecs
import re
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice

from model.errors import TransactionsError
from model.orders.tables import toml_table

_table = partial(toml_table, "encodings")
UTF_8, WESTERN, OLD_MAC = "utf-8", "cp1252", "mac-roman"
# One language explains nearly all of its own text; a shop of one country has some names of others.
_EXPLAINED, _MOSTLY_EXPLAINED = 0.97, 0.85
_SAMPLE_LINES = 2000
# Signs within words or before small letters, and what is no character: £ukasz, Ma³gorzata, Mˆller.
_SIGNS_IN_WORDS = "’´`·–—"
_MISPLACED = r"(?<=[^\W\d_])[^\x00-\x7f\w](?=[^\W\d_])|[£¯¥§¬±](?=[a-zà-ÿ])|[\x80-\x9f\ufffd]|(?<=[a-z]{2})[³¹¿¾¼]"
_NO_LETTERS = "µªº"
# Words of other scripts have no letter from A to Z.
_OTHER_SCRIPTS = r"(?<![A-Za-z\x80-\uffff])[\x80-\uffff]{2,}(?![A-Za-z\x80-\uffff])"
# In cp1252 letters of Iceland and Estonia alone, where Turkish and Hungarian encodings have some of their own.
_RARE = "ðþýõ"


def odd_lines(lines: Iterable[bytes]) -> list[bytes]:
    """The first lines with characters beyond ASCII."""
    return list(islice((line for line in lines if not line.isascii()), _SAMPLE_LINES))


def proposed_encodings(odd: list[bytes], unasked: str) -> list[str]:
    """What a file may be written in, the likeliest first; empty where nothing speaks against ``unasked``.

    ``odd`` are lines with characters beyond ASCII, not all of them in UTF-8; ``unasked`` is ``WESTERN``, or ``OLD_MAC``
    where line ends are those of old Macs.
    """
    text = b"\n".join(odd)
    if sum(map(is_utf8, odd)) * 2 > len(odd):
        return [UTF_8, unasked]  # some lines are broken, or come from another program
    if not (_letters(western := text.decode(unasked, errors="replace")) or re.search(_MISPLACED, western)):
        return []  # currencies, degrees, dashes
    latin = sorted(_latin(text), reverse=True)
    rivals = [encoding for share, _, encoding in latin if share >= _EXPLAINED and encoding != unasked]
    if _is_western(western, has_rival=bool(rivals)):
        return []
    rest = (encoding for _, _, encoding in latin)
    return list(dict.fromkeys((*rivals, *_judged_by_library(text), *rest, *_table()["others"])))


def proposals_for(lines: Iterable[bytes]) -> list[str]:
    """What lines may be written in that are not all UTF-8, the likeliest first; empty where they are."""
    odd = odd_lines(lines)
    return [] if all(map(is_utf8, odd)) else proposed_encodings(odd, WESTERN) or [WESTERN]


def western_or_refused(path: str, lines: Iterable[bytes], unasked: str) -> str:
    """``unasked`` where all lines of a file, not all of them in UTF-8, can be read so; as of ``proposed_encodings``.

    Raises TransactionsError where the encoding must be named; proposes some.
    """
    odd = odd_lines(lines)
    if not (proposed := proposed_encodings(odd, unasked)):
        return unasked
    if proposed[0] == UTF_8:
        broken = next(line for line in odd if not is_utf8(line))
        raise TransactionsError(
            f"{path}: most of it is UTF-8, and {broken[:60]!r} is not; save it as UTF-8 anew, or read it with "
            "--encoding utf-8, which puts \ufffd for what is broken"
        )
    shown = odd[0].decode(proposed[0], errors="replace").strip()[:60]
    raise TransactionsError(
        f"{path}: the text is not UTF-8, and looks like {proposed[0]}, in which it has {shown!r}; save it as UTF-8, "
        f"or say --encoding {proposed[0]} (or {', '.join(proposed[1:4])})"
    )


def python_encoding(name: str) -> str:
    """The encoding that is meant by a name of any spelling.

    Raises TransactionsError if there is no such encoding of texts.
    """
    try:
        "".encode(name)  # knows encodings of texts alone
    except (LookupError, ValueError):
        raise TransactionsError(
            f"--encoding {name}: there is no such encoding; for example utf-8, cp1252, cp1251, gb18030, shift_jis"
        ) from None
    known = codecs.lookup(name).name
    return str(_table()["larger"].get(known, known))


def _is_western(decoded: str, *, has_rival: bool) -> bool:
    """Whether one western language explains a text, or all of them together where no other language does."""
    of_other_scripts = sum(map(len, re.findall(_OTHER_SCRIPTS, decoded)))
    if of_other_scripts * 4 > sum(character > "\x7f" for character in decoded):
        return False
    alphabets = _table()["families"][0]["alphabets"]
    if has_rival:
        rare = any(letter in _RARE for letter in decoded.lower())
        return not rare and max(_explained(decoded, each) for each in alphabets) >= _MOSTLY_EXPLAINED
    return _explained(decoded, "".join(alphabets)) >= _MOSTLY_EXPLAINED


def is_utf8(line: bytes) -> bool:
    """Whether a whole line is UTF-8."""
    return line.decode(errors="ignore").encode() == line


def _latin(text: bytes) -> Iterator[tuple[float, int, str]]:
    """How well each encoding is explained by one of its languages; the commoner encoding wins where two are equal."""
    for family in _table()["families"]:
        for place, encoding in enumerate(family["encodings"]):
            decoded = text.decode(encoding, errors="replace")
            yield max(_explained(decoded, alphabet) for alphabet in family["alphabets"]), -place, encoding


def _letters(decoded: str) -> list[str]:
    return [letter for letter in decoded if letter > "\x7f" and letter.isalpha() and letter not in _NO_LETTERS]


def _explained(decoded: str, alphabet: str) -> float:
    """The share of letters beyond A to Z that belong to the alphabet; misplaced signs count as wrong letters."""
    letters = _letters(decoded)
    wrong = sum(sign not in _SIGNS_IN_WORDS for sign in re.findall(_MISPLACED, decoded))
    right = sum(letter.lower()[0] in alphabet for letter in letters)
    return right / max(len(letters) + wrong, 1)


def _judged_by_library(text: bytes) -> list[str]:
    from charset_normalizer import from_bytes  # noqa: PLC0415 - only files of older programs need it

    # Hardly any text is whole characters of several bytes by chance; most is some of single ones.
    matches = from_bytes(text, cp_isolation=_table()["others"])
    likely = sorted(matches, key=lambda each: (round(each.chaos, 1), each.multi_byte_usage < 0.2))
    return [each.encoding for each in likely]
