"""The options of ``POST /rank_customers``, all of them in the address."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from app.errors import ContractBroken
from app.formats import Csv, Format
from app.order_lines import moment
from app.ranking.problems import in_address
from app.violations import LONGEST_TEXT, Violation
from model.campaign import CAMPAIGN_OPTIONS, Campaign, CampaignError
from model.columns import parse_columns
from model.errors import TransactionsError
from model.memory import LEAST_BYTES, half_of_memory
from model.presets import PLAIN, presets
from model.reading import CHOICES, ReadingOptions

Value = TypeVar("Value")

OPTIONS = ("as_of", *CAMPAIGN_OPTIONS, "preset")
# How a file is to be read.
FILE_OPTIONS = ("columns", "date_order", "decimal", "sheet")
# Of DuckDB, for one shop; what a large one needs beyond that lies on disk meanwhile.
MOST_MEMORY_BYTES, DISK_LIMIT = 512 * 1000**2, "4GB"


@dataclass(frozen=True)
class RankingOptions:
    """What is asked for; ``reading`` is about an uploaded file alone."""

    as_of: datetime | None
    campaign: Campaign
    preset: str
    reading: ReadingOptions


def read_options(query: Mapping[str, str], answer_format: Format, *, has_file: bool) -> RankingOptions:
    """The options of an address; raises ContractBroken for one that is unknown or breaks its rule.

    A misspelt budget must not contact everybody, so what is unknown is refused.
    """
    options = OPTIONS + FILE_OPTIONS if has_file else OPTIONS
    for name in query:
        if name in FILE_OPTIONS and not has_file:
            rule = "it is for uploaded files alone"
            raise ContractBroken([Violation.of(("query", name), rule, query[name])])
        if name not in options:
            rule = f"there is no such option; the options are {', '.join(options)}"
            raise ContractBroken([Violation.of(("query", name[:LONGEST_TEXT]), rule, query[name])])
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
            memory_limit=f"{_engine_bytes()}B",
            disk_limit=DISK_LIMIT,
            shows_progress=False,
        ),
    )


def _engine_bytes() -> int:
    """A quarter of the memory, for the libraries and the answer take as much; the rest goes through the disk."""
    return min(MOST_MEMORY_BYTES, max(half_of_memory() // 2, LEAST_BYTES))


def _campaign(query: Mapping[str, str]) -> Campaign:
    try:
        return Campaign.of({name: query[name] for name in CAMPAIGN_OPTIONS if name in query})
    except CampaignError as error:
        violation = Violation(loc=("query", error.option), msg=str(error), rule=error.rule, value=error.value)
        raise ContractBroken([violation]) from None


def _read(query: Mapping[str, str], name: str, parse: Callable[[str], Value], default: Value) -> Value:
    """One option, or its default where it is left out; ``parse`` raises ValueError with the rule."""
    if name not in query:
        return default
    try:
        return parse(query[name])
    except ValueError as error:
        raise ContractBroken([Violation.of(("query", name), str(error), query[name])]) from None


def _columns(text: str) -> Mapping[str, str]:
    try:
        return parse_columns(text)
    except TransactionsError as error:
        raise ValueError(in_address(str(error))) from None


def _one_of(choices: tuple[str, ...]) -> Callable[[str], str]:
    def chosen(text: str) -> str:
        if text not in choices:
            raise ValueError(f"it must be one of {', '.join(choices)}")
        return text

    return chosen
