"""A shop's own catalogue of actions: read strictly, for its words are what validation of insights goes by."""

import re
import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, ValidationError

from app.settings import SettingsError
from model.ranking.actions import BUILT_IN, Action, Catalogue, Text
from model.ranking.placeholders import KINDS, SIGN_CHARACTERS
from model.segments import Segment

# Plain English prose: ASCII, the letters of Western European names, the punctuation of prose, signs of currencies. An
# allow-list, so that no trick of Unicode needs a name.
FOREIGN_CHARACTER = rf"[^A-Za-z0-9À-ÖØ-öø-ÿ .,;:!?'\"()\-–—…’‘“”/&%+{SIGN_CHARACTERS}]"


def _plain(text: str) -> str:
    if found := re.search(FOREIGN_CHARACTER, re.sub(r"[{}_]", "", text)):
        raise ValueError(f"{found[0]!r} is not allowed here; use plain prose")
    return text


def _known_placeholders(text: str) -> str:
    for name in re.findall(r"\{(.*?)\}", text):
        if name not in KINDS:
            raise ValueError(f"{{{name}}} is no number of a customer; known are {', '.join(KINDS)}")
    if text.count("{") != text.count("}") or re.search(r"\{[^}]*\{", text):
        raise ValueError("a brace is not closed")
    return text


Prose = Annotated[Text, AfterValidator(_plain)]


class GuardedAction(Action):
    """An action in plain prose, whose placeholders are numbers of a customer."""

    title: Annotated[Prose, AfterValidator(_known_placeholders)]
    fits: Prose
    effort: Prose


def load_catalogue(path: Path | None) -> Catalogue:
    """The catalogue in a TOML file, or the built-in one; ``SettingsError`` names line and reason of what is wrong."""
    name = BUILT_IN.name if path is None else str(path)
    try:
        text = (path or BUILT_IN).read_text("utf-8")
        document = tomllib.loads(text)
    except OSError as error:
        raise SettingsError(f"INSIGHT_ACTIONS={name} cannot be read ({error.strerror}); name a TOML file") from None
    except UnicodeDecodeError:
        raise SettingsError(f"INSIGHT_ACTIONS={name} is no UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"INSIGHT_ACTIONS={name} is no TOML: {error}") from None
    return Catalogue(_actions(document, text, name))


def _actions(document: dict[str, object], text: str, name: str) -> list[Action]:
    def refused(line: int, reason: str) -> SettingsError:
        return SettingsError(f"INSIGHT_ACTIONS={name}, line {line}: {reason}")

    entries = document.get("action")
    if not isinstance(entries, list) or set(document) != {"action"}:
        raise refused(1, "the file must hold [[action]] tables and nothing else")
    actions: list[Action] = []
    for position, entry in enumerate(entries):
        try:
            action = GuardedAction.model_validate(entry)
        except ValidationError as error:
            first = error.errors()[0]
            key = str(first["loc"][0]) if first["loc"] else ""
            reason = first["msg"].removeprefix("Value error, ")
            raise refused(_line_of(text, position, key), f"{key or 'action'}: {reason}") from None
        if any(action.id == other.id for other in actions):
            raise refused(_line_of(text, position, "id"), f"id: {action.id!r} is there twice")
        actions.append(action)
    for segment in Segment:
        if not any(action.is_unconditional and segment in action.segments for action in actions):
            raise refused(len(text.splitlines()), f"no action without a probability range is for {segment}; add one")
    return actions


def _line_of(text: str, position: int, key: str) -> int:
    """The line of a key in the ``position``-th action, or of that action's head; tomllib keeps no lines."""
    heads = [match.start(1) for match in re.finditer(r"^\s*(\[\[action\]\])", text, re.MULTILINE)]
    if position >= len(heads):
        return 1
    start, end = heads[position], [*heads, len(text)][position + 1]
    found = re.compile(rf"^\s*({re.escape(key)})\s*=", re.MULTILINE).search(text, start, end) if key else None
    return text.count("\n", 0, found.start(1) if found else start) + 1
