"""Turns the numbers that a model wrote out into placeholders, so that the text stays true for the next customer."""

import re
from dataclasses import replace

from app.insights.base import Draft
from app.insights.characters import plain_typography
from app.insights.facts import Facts
from app.insights.numbers import MalformedNumber, StatedNumber, stated_numbers

PLACEHOLDER = re.compile(r"\{[a-z_0-9]+\}")


def generalise(draft: Draft, facts: Facts, action_title: str) -> Draft:
    """The draft with a placeholder for each number that can only be one of this customer's.

    Numbers of the action itself, of the horizon, and those that no fact explains stay
    as they are: the guard judges them anew for every customer.
    """
    promised = {number.value for number in _numbers(action_title)}
    return replace(
        draft,
        insight=_generalised(plain_typography(draft.insight), facts, frozenset()),
        recommended_action=_generalised(plain_typography(draft.recommended_action), facts, promised),
    )


def is_general(draft: Draft, action_title: str) -> bool:
    """Whether no number of one customer is left in the texts."""
    promised = {number.value for number in _numbers(action_title)}
    return all(
        number.speaks_of_horizon or number.is_ordinal or number.value in promised
        for text in (draft.insight, draft.recommended_action)
        for number in _numbers(text)
    )


def _generalised(text: str, facts: Facts, promised: frozenset[float] | set[float]) -> str:
    for number in reversed(_numbers(text)):
        if number.speaks_of_horizon or number.is_ordinal or number.value in promised:
            continue
        name = _only_name(number, facts)
        if name is not None:
            text = f"{text[: number.start]}{{{name}}}{text[number.end :]}"
    return text


def _only_name(number: StatedNumber, facts: Facts) -> str | None:
    """The fact that a number stands for; of one order, total and average are the same."""
    names = set(number.names(facts))
    if names == {"total_spend", "avg_spend"} and facts.numbers["num_transactions"] == 1:
        return "total_spend"
    return names.pop() if len(names) == 1 else None


def _numbers(text: str) -> list[StatedNumber]:
    """Stated numbers outside placeholders; none of a text that the guard will refuse anyway."""
    masked = PLACEHOLDER.sub(lambda match: "\0" * len(match[0]), text)
    try:
        return stated_numbers(masked)
    except MalformedNumber:
        return []
