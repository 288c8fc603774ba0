"""The closed catalogue of actions: what a shop can do about a customer, and for whom."""

import hashlib
import re
import tomllib
from collections.abc import Iterable, Iterator
from decimal import ROUND_UP, Decimal
from functools import cached_property
from pathlib import Path
from typing import Annotated, NamedTuple, Self

import numpy as np
from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from model.arrays import CodeArray, FloatArray, PositionArray
from model.documents import Document
from model.segments import SEGMENTS, Segment

# Where a title says this, three of a customer's own are named, if order lines name products.
FAVOURITES = "the products bought most often"
BUILT_IN = Path(__file__).parent / "actions.toml"

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=160)]


class Cost(NamedTuple):
    """What an action costs beyond the contact: money, and a share of the shop's average order."""

    money: Decimal
    share: Decimal

    def of(self, average_order: float) -> Decimal:
        """The money, in a shop with this average order; rounded up, so that no budget is overspent."""
        return self.money + (self.share * Decimal(average_order)).quantize(Decimal("0.01"), ROUND_UP)


def _cost(value: object) -> object:
    """A cost from what a catalogue says: ``4.50``, or ``"0.10 of order"``."""
    found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,4})?)( of order)?", str(value), re.ASCII)
    if found is None or isinstance(value, bool):
        raise ValueError(f"{value!r} is no cost; write money such as 0 or 4.50, or a share such as '0.10 of order'")
    amount, none = Decimal(found[1]), Decimal(0)
    return Cost(none, amount) if found[2] else Cost(amount, none)


class Action(Document):
    """One thing that a shop can do about a customer; numbers of the customer stand in braces in its title.

    ``effort`` tells its cost in words; one without ``contact`` says to spend nothing, so nobody is contacted for it.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    title: Text
    segments: tuple[Segment, ...] = Field(min_length=1)
    fits: Text
    effort: Text
    cost: Annotated[Cost, BeforeValidator(_cost)]
    contact: bool = True
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
        self.digest = hashlib.sha256(text.encode()).hexdigest()[:12]

    def __iter__(self) -> Iterator[Action]:
        return iter(self._actions.values())

    def get(self, action_id: str) -> Action | None:
        """The action of this id, if there is one."""
        return self._actions.get(action_id)

    def best(self, segment: Segment, purchase_probability: float) -> Action:
        """The first action that suits; a catalogue has one for every customer."""
        return next(action for action in self if action.suits(segment, purchase_probability))

    def best_of_each(self, segments: CodeArray, probabilities: FloatArray) -> PositionArray:
        """``best`` of many customers as positions in the catalogue; their segments are positions in ``SEGMENTS``."""
        steps, best = self._best
        chosen: PositionArray = best[segments, np.searchsorted(steps, probabilities, side="right") - 1]
        return chosen

    @cached_property
    def _best(self) -> tuple[FloatArray, PositionArray]:
        """The probabilities at which another action may be best, and the best one from there on, by segment."""
        bounds = {bound for action in self for bound in (action.probability_from, action.probability_below)}
        steps, places = sorted(bounds | {0.0}), list(self._actions)
        best = [[places.index(self.best(segment, step).id) for step in steps] for segment in SEGMENTS]
        return np.array(steps), np.array(best)

    def suiting(self, segments: Iterable[Segment], purchase_probability: float) -> list[Action]:
        """All actions that suit at least one of the segments."""
        wanted = list(segments)
        return [action for action in self if any(action.suits(segment, purchase_probability) for segment in wanted)]


def built_in_catalogue() -> Catalogue:
    """The actions that come with this project."""
    document = tomllib.loads(BUILT_IN.read_text("utf-8"))
    return Catalogue(Action.model_validate(entry) for entry in document["action"])
