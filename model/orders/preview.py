"""The beginning of an export, and what is likely of it, as data for whoever says how it is to be read."""

from pydantic import BaseModel, ConfigDict, Field


class Proposals(BaseModel):
    """Values for the options of reading, the likeliest first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    columns: dict[str, list[str]] = Field(
        description="By role the columns that may play it, by their names and then by what they hold.",
        examples=[{"customer_id": ["Person"], "ordered_at": ["Day of sale"], "line_total": ["Worth"]}],
    )
    named: dict[str, str] = Field(
        description="Roles that a column's name settles.", examples=[{"quantity": "Qty", "unit_price": "Price"}]
    )
    date_order: list[str] = Field(description="What may come first in 03/04/2011.", examples=[["day", "month"]])
    decimal: list[str] = Field(description="What may mark decimals.", examples=[["point", "comma"]])
    sheet: list[str] = Field([], description="The sheets of a workbook.", examples=[[]])
    encoding: list[str] = Field(
        [], description="Of text that is no Unicode: what it may be written in.", examples=[["gb18030", "big5"]]
    )


class Preview(BaseModel):
    """The beginning of an export, and what is likely of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    columns: list[str] = Field(
        description="The columns of the file; their positions from 1 where it has no header.",
        examples=[["Person", "Day of sale", "Worth"]],
    )
    proposals: Proposals = Field(description="What the options of reading may be.")
    preview: list[list[str | None]] = Field(
        description="The first five rows, as text, shortened; in the likeliest encoding.",
        examples=[[["C1", "2025-01-05", "20"]]],
    )
