"""The options of ``POST /rank_customers``, all of them in the address."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Literal

from pydantic import BaseModel, Field, ValidationInfo, WithJsonSchema, field_validator

from app.errors import ContractBroken
from app.orders.schemas import Moment
from app.rankings.problems import in_address
from app.validation_errors import FieldError
from model.errors import TransactionsError
from model.orders.columns import parse_columns
from model.orders.options import DECISIONS, parse_decision
from model.orders.sources.encodings import python_encoding
from model.prediction.model_choice import ModelChoice
from model.ranking.campaign import CAMPAIGN_OPTIONS, Campaign

# How a file is to be read; equal lines may also come as JSON.
FILE_OPTIONS = ("columns", "date_order", "decimal", "sheet", "encoding", *DECISIONS)
# What reads the texts of options.
READERS: Mapping[str, Callable[[str], object]] = {
    "columns": parse_columns,
    "encoding": python_encoding,
    **{name: partial(parse_decision, name) for name in DECISIONS},
}


class RankingOptions(BaseModel, extra="forbid", use_attribute_docstrings=True):
    """What is asked for; a misspelt budget must not contact everybody, so what is unknown is refused."""

    as_of: Moment | None = Field(None, examples=["2011-12-10"])
    """The first moment of the horizon, ISO 8601 without offset; the midnight after the last line where left out."""
    model: ModelChoice = Field(
        ModelChoice.AUTO,
        description="fit: the forecast is fitted on these order lines; loaded: by the set that the service started "
        "with; auto: loaded, unless that set is the included example, which knows another shop.",
        examples=[ModelChoice.AUTO],
    )
    # ``Campaign`` reads amounts as they are written, for money has cents and floats have not.
    budget: Annotated[str, WithJsonSchema({"type": "number", "minimum": 0})] | None = Field(None, examples=[500])
    """Money to spend (currency); needs contact_cost."""
    contact_cost: Annotated[str, WithJsonSchema({"type": "number", "exclusiveMinimum": 0})] | None = Field(
        None, examples=[0.5]
    )
    """What one contact costs (currency)."""
    limit: Annotated[str, WithJsonSchema({"type": "integer", "minimum": 0})] | None = Field(None, examples=[200])
    """Most customers to contact (count), in place of a budget."""
    control_share: Annotated[str, WithJsonSchema({"type": "number", "minimum": 0, "exclusiveMaximum": 1})] | None = (
        Field(None, description="Share of customers held out to measure by (0 to 1); 0 where left out.", examples=[0.1])
    )
    segments: str | None = Field(None, examples=["High Value,At Risk"])
    """Only these, comma-separated; all where left out."""
    preset: Literal["plain", "klaviyo", "mailchimp", "meta"] | None = Field(
        None,
        description="The columns of a table (text/csv alone): all of ours, or those that a marketing tool imports, "
        "with the customers to contact and nobody else.",
        examples=["klaviyo"],
    )
    columns: str | None = Field(None, examples=["customer_id=Kunde,ordered_at=Datum"])
    """The columns of a file with unusual names, as role=column; found by themselves where usual."""
    date_order: Literal["day", "month"] | None = Field(None, examples=["day"])
    """What comes first in 03/04/2011, where a file leaves it open."""
    decimal: Literal["point", "comma"] | None = Field(None, examples=["comma"])
    """What marks decimals, where a file leaves it open."""
    sheet: str | None = Field(None, examples=["Orders"])
    """The sheet of a workbook; all of them where left out."""
    encoding: str | None = Field(None, examples=["gb18030"])
    """What a text file is written in that is neither Unicode nor western."""
    purchases: str | None = Field(None, examples=["Status=completed,processing"])
    """Values of a column that are purchases, as COLUMN=VALUE,VALUE; no others are then."""
    returns_are: str | None = Field(None, examples=["Type=Refund"])
    """Values of a column that are returns, as COLUMN=VALUE,VALUE, whatever their sign."""
    discount: str | None = Field(None, examples=["Discount=rate"])
    """A column that is a rate or an amount off, as COLUMN=rate."""
    returns: Literal["gross", "net"] | None = Field(
        None,
        description="gross: returns and refunds are left out; net: they are subtracted from spend; as the model was "
        "trained where left out, else gross.",
        examples=["net"],
    )
    keep_equal_lines: bool = Field(False, examples=[True])
    """Whether lines that are equal in every column count each by itself, and not once."""

    @field_validator(*READERS)
    @classmethod
    def _readable(cls, text: str, info: ValidationInfo) -> str:
        """The text of an option that its reader understands."""
        try:
            READERS[str(info.field_name)](text)
        except TransactionsError as error:
            raise ValueError(in_address(str(error))) from None
        return text

    def require_applicable(self, *, has_file: bool, is_table: bool) -> None:
        """Refuse options of an uploaded file where there is none, and of a table; raises ContractBroken."""
        given = self.model_dump(exclude_none=True)
        rules = {} if has_file else dict.fromkeys(FILE_OPTIONS, "it is for uploaded files alone")
        if not is_table:
            rules["preset"] = "a preset is for tables alone: send Accept: text/csv, or leave it out"
        if name := next((name for name in rules if name in given), None):
            raise ContractBroken([FieldError.of(("query", name), rules[name], given[name])])

    @property
    def campaign(self) -> Campaign:
        """Who is to be contacted; raises CampaignError."""
        return Campaign.of(self.model_dump(include=set(CAMPAIGN_OPTIONS), exclude_none=True))
