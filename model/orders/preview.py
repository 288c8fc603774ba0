"""The beginning of an export, and what is likely of it, as data for whoever says how it is to be read."""

from pydantic import Field

from model.documents import Document


class Proposals(Document):
    """Values for the options of reading, the likeliest first."""

    columns: dict[str, list[str]] = Field(
        description="By role the columns that may play it, by their names and then by what they hold.",
        examples=[{"customer_id": ["Person"], "ordered_at": ["Day of sale"], "line_total": ["Worth"]}],
    )
    named: dict[str, str] = Field(examples=[{"quantity": "Qty", "unit_price": "Price"}])
    """Roles that a column's name settles."""
    date_order: list[str] = Field(description="What may come first in 03/04/2011.", examples=[["day", "month"]])
    decimal: list[str] = Field(description="What may mark decimals.", examples=[["point", "comma"]])
    sheet: list[str] = Field([], description="The sheets of a workbook.", examples=[[]])
    encoding: list[str] = Field([], examples=[["gb18030", "big5"]])
    """Of text that is no Unicode: what it may be written in."""


class Preview(Document):
    """The beginning of an export, and what is likely of it."""

    columns: list[str] = Field(examples=[["Person", "Day of sale", "Worth"]])
    """The columns of the file; their positions from 1 where it has no header."""
    proposals: Proposals = Field(description="What the options of reading may be.")
    preview: list[list[str | None]] = Field(examples=[[["C1", "2025-01-05", "20"]]])
    """The first five rows, as text, shortened; in the likeliest encoding."""
