"""The options of ``POST /rank_customers``, all of them in the address."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from app.errors import ContractBroken
from app.formats import Csv, Format
from app.order_lines import moment
from app.violations import Violation
from model.campaign import Campaign, CampaignError
from model.columns import parse_columns
from model.errors import TransactionsError
from model.memory import half_of_memory
from model.presets import PLAIN, presets
from model.reading import CHOICES, ReadingOptions
from model.segments import Segment

Value = TypeVar("Value")

OPTIONS = (
    "as_of", "budget", "contact_cost", "limit", "control_share", "segments", "preset",
    "columns", "date_order", "decimal", "sheet",
)  # fmt: skip
# Of DuckDB, for one shop; what a large one needs beyond that lies on disk meanwhile.
MOST_MEMORY_BYTES = 512 * 1000**2
NUMBER = re.compile(r"\d{1,12}(\.\d{1,6})?")


@dataclass(frozen=True)
class RankingOptions:
    """What is asked for; ``reading`` is about an uploaded file alone."""

    as_of: datetime | None
    campaign: Campaign
    preset: str
    reading: ReadingOptions


def read_options(query: Mapping[str, str], answer_format: Format) -> RankingOptions:
    """The options of an address; raises ContractBroken for one that is unknown or breaks its rule.

    A misspelt budget must not contact everybody, so what is unknown is refused.
    """
    for name in query:
        if name not in OPTIONS:
            rule = f"there is no such option; the options are {', '.join(OPTIONS)}"
            raise ContractBroken([Violation.of(("query", name), rule, query[name])])
    if "preset" in query and not isinstance(answer_format, Csv):
        rule = "a preset is for tables alone: send Accept: text/csv, or leave it out"
        raise ContractBroken([Violation.of(("query", "preset"), rule, query["preset"])])
    return RankingOptions(
        as_of=_read(query, "as_of", moment, None),
        campaign=_campaign(query),
        preset=_read(query, "preset", _one_of(tuple(presets())), PLAIN),
        reading=ReadingOptions(
            columns=_read(query, "columns", _columns, {}),
            date_order=_read(query, "date_order", _one_of(CHOICES["date_order"]), None),
            decimal=_read(query, "decimal", _one_of(CHOICES["decimal"]), None),
            sheets=_read(query, "sheet", lambda text: (text,), ()),
            memory_limit=f"{min(MOST_MEMORY_BYTES, half_of_memory())}B",
            shows_progress=False,
        ),
    )


def _campaign(query: Mapping[str, str]) -> Campaign:
    try:
        return Campaign(
            budget=_read(query, "budget", _amount, None),
            contact_cost=_read(query, "contact_cost", _amount, None),
            limit=_read(query, "limit", _count, None),
            control_share=_read(query, "control_share", lambda text: float(_amount(text)), 0.0),
            segments=_read(query, "segments", _segments, None),
        )
    except CampaignError as error:
        place = ("query", error.option)
        value = query.get(error.option)
        if value is None:
            raise ContractBroken([Violation(loc=place, msg=str(error), rule=error.rule, value=None)]) from None
        raise ContractBroken([Violation.of(place, error.rule, value)]) from None


def _read(query: Mapping[str, str], name: str, parse: Callable[[str], Value], default: Value) -> Value:
    """One option, or its default where it is left out; ``parse`` raises ValueError with the rule."""
    if name not in query:
        return default
    try:
        return parse(query[name])
    except ValueError as error:
        raise ContractBroken([Violation.of(("query", name), str(error), query[name])]) from None


def _amount(text: str) -> Decimal:
    if not NUMBER.fullmatch(text):
        raise ValueError("a number is needed, 0 or more, with a decimal point where it has decimals, such as 499.5")
    return Decimal(text)


def _count(text: str) -> int:
    if not re.fullmatch(r"\d{1,12}", text):
        raise ValueError("a whole number is needed, 0 or more")
    return int(text)


def _segments(text: str) -> tuple[Segment, ...]:
    names = [name.strip() for name in text.split(",")]
    try:
        return tuple(dict.fromkeys(Segment(name) for name in names))
    except ValueError:
        raise ValueError(f"only these can be named, comma-separated: {', '.join(Segment)}") from None


def _columns(text: str) -> Mapping[str, str]:
    try:
        return parse_columns(text)
    except TransactionsError as error:
        raise ValueError(f"it must name columns as role=column,role=column: {error}") from None


def _one_of(choices: tuple[str, ...]) -> Callable[[str], str]:
    def chosen(text: str) -> str:
        if text not in choices:
            raise ValueError(f"it must be one of {', '.join(choices)}")
        return text

    return chosen
