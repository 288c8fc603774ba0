"""The closed catalogue of actions: the built-in one, or a shop's own."""

import hashlib
import re
import tomllib
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Self

import numpy as np
import numpy.typing as npt
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from app.insights.characters import FOREIGN_CHARACTER
from app.insights.facts import KINDS
from app.insights.numbers import MalformedNumber, stated_numbers
from app.settings import SettingsError
from model.segments import Segment

BUILT_IN = "actions.toml"


class ActionsError(SettingsError):
    """The file named by INSIGHT_ACTIONS cannot be used; the message names file, line and reason."""


def _plain(text: str) -> str:
    if found := FOREIGN_CHARACTER.search(re.sub(r"[{}_]", "", text)):
        raise ValueError(f"{found[0]!r} is not allowed here; use plain prose")
    return text


def _known_placeholders(text: str) -> str:
    for name in re.findall(r"\{(.*?)\}", text):
        if name not in KINDS:
            raise ValueError(f"{{{name}}} is no number of a customer; known are {', '.join(KINDS)}")
    if text.count("{") != text.count("}") or re.search(r"\{[^}]*\{", text):
        raise ValueError("a brace is not closed")
    try:
        stated_numbers(re.sub(r"\{.*?\}", "", text))
    except MalformedNumber:
        raise ValueError(
            "a number is written in a way that readers may take for another, such as 5x or 10/20"
        ) from None
    return text


Prose = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=160), AfterValidator(_plain)]


class Action(BaseModel):
    """One thing that a shop can do about a customer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    title: Annotated[Prose, AfterValidator(_known_placeholders)]
    segments: tuple[Segment, ...] = Field(min_length=1)
    fits: Prose
    cost: Prose
    probability_from: float = Field(0.0, ge=0, le=1, allow_inf_nan=False)
    probability_below: float = Field(1.0, ge=0, le=1, allow_inf_nan=False)

    @model_validator(mode="after")
    def _range_is_not_empty(self) -> Self:
        if self.probability_from >= self.probability_below:
            raise ValueError("probability_from must be below probability_below")
        return self

    @property
    def is_unconditional(self) -> bool:
        """Whether the action fits any purchase probability."""
        return self.probability_from == 0 and self.probability_below == 1

    def suits(self, segment: Segment, purchase_probability: float) -> bool:
        """Whether the action fits a customer of this segment and probability."""
        return segment in self.segments and (
            self.is_unconditional or self.probability_from <= purchase_probability < self.probability_below
        )


class Catalogue:
    """All actions, best first, with at least one for every customer."""

    def __init__(self, actions: Iterable[Action]) -> None:
        self._actions = {action.id: action for action in actions}
        text = "\n".join(action.model_dump_json() for action in self)
        self._by_segment = {segment: [action for action in self if segment in action.segments] for segment in Segment}
        self.digest = hashlib.sha256(text.encode()).hexdigest()[:12]

    def __iter__(self) -> Iterator[Action]:
        return iter(self._actions.values())

    def get(self, action_id: str) -> Action | None:
        """The action of this id, if there is one."""
        return self._actions.get(action_id)

    def best(self, segment: Segment, purchase_probability: float) -> Action:
        """The first action that suits; ``load_catalogue`` has seen to it that there is one."""
        return next(
            action
            for action in self._by_segment[segment]
            if action.probability_from <= purchase_probability < action.probability_below or action.is_unconditional
        )

    def best_of_many(
        self, segment: Segment, probabilities: npt.NDArray[np.float64]
    ) -> Iterator[tuple[Action, npt.NDArray[np.intp]]]:
        """``best`` for many customers of one segment: each action with the places of those whom it is for."""
        is_open = np.ones(len(probabilities), dtype=np.bool_)
        for action in self._by_segment[segment]:
            fits = (action.probability_from <= probabilities) & (probabilities < action.probability_below)
            places = np.flatnonzero(is_open & (fits | action.is_unconditional))
            if len(places):
                yield action, places
                is_open[places] = False

    def suiting(self, segments: Iterable[Segment], purchase_probability: float) -> list[Action]:
        """All actions that suit at least one of the segments."""
        wanted = list(segments)
        return [action for action in self if any(action.suits(segment, purchase_probability) for segment in wanted)]


def load_catalogue(path: Path | None) -> Catalogue:
    """The catalogue in a TOML file, or the built-in one.

    Raises
    ------
    ActionsError
        If the file is missing, is no TOML, or breaks a rule; names line and reason.
    """
    name = BUILT_IN if path is None else str(path)
    try:
        text = (files(__package__) / BUILT_IN).read_text("utf-8") if path is None else path.read_text("utf-8")
        document = tomllib.loads(text)
    except OSError as error:
        raise ActionsError(f"INSIGHT_ACTIONS={name} cannot be read ({error.strerror}); name a TOML file") from None
    except UnicodeDecodeError:
        raise ActionsError(f"INSIGHT_ACTIONS={name} is no UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise ActionsError(f"INSIGHT_ACTIONS={name} is no TOML: {error}") from None
    return Catalogue(_actions(document, text, name))


def _actions(document: dict[str, object], text: str, name: str) -> list[Action]:
    entries = document.get("action")
    if not isinstance(entries, list) or set(document) != {"action"}:
        raise ActionsError(f"INSIGHT_ACTIONS={name}, line 1: the file must hold [[action]] tables and nothing else")
    actions: list[Action] = []
    for position, entry in enumerate(entries):
        try:
            action = Action.model_validate(entry)
        except ValidationError as error:
            first = error.errors()[0]
            key = str(first["loc"][0]) if first["loc"] else ""
            reason = first["msg"].removeprefix("Value error, ")
            place = f"line {_line_of(text, position, key)}"
            raise ActionsError(f"INSIGHT_ACTIONS={name}, {place}: {key or 'action'}: {reason}") from None
        if any(action.id == other.id for other in actions):
            place = f"line {_line_of(text, position, 'id')}"
            raise ActionsError(f"INSIGHT_ACTIONS={name}, {place}: id: {action.id!r} is there twice")
        actions.append(action)
    for segment in Segment:
        if not any(action.is_unconditional and segment in action.segments for action in actions):
            last = len(text.splitlines())
            raise ActionsError(
                f"INSIGHT_ACTIONS={name}, line {last}: no action without a probability range is for {segment}; add one"
            )
    return actions


def _line_of(text: str, position: int, key: str) -> int:
    """The line of a key in the ``position``-th action, or of that action's head; tomllib keeps no lines."""
    lines = text.splitlines()
    heads = [number for number, line in enumerate(lines, start=1) if line.strip().startswith("[[action]]")]
    if position >= len(heads):
        return 1
    end = heads[position + 1] - 1 if position + 1 < len(heads) else len(lines)
    for number in range(heads[position], end):
        if key and re.match(rf"\s*{re.escape(key)}\s*=", lines[number]):
            return number + 1
    return heads[position]
