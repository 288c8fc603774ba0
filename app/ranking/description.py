"""``POST /rank_customers`` as the document shows it; ``app.ranking.endpoint`` answers it."""

from typing import Annotated, Any, Literal

from fastapi import Query

from app.ranking.bodies import ORDER_FILE, RankedList, ShopRequest

# FastAPI knows one form of a body; this is the other.
UPLOAD: dict[str, Any] = {  # Any: JSON
    "requestBody": {
        "description": "An order file as a form, or order lines as JSON.",
        "content": {"multipart/form-data": ORDER_FILE},
    }
}


async def rank_customers(
    shop: ShopRequest,
    as_of: Annotated[
        str | None,
        Query(
            description="The first moment of the 30 days, ISO 8601 without offset; the midnight after the last line "
            "where left out.",
            examples=["2011-12-10"],
        ),
    ] = None,
    budget: Annotated[
        float | None, Query(ge=0, description="Money to spend (currency); needs contact_cost.", examples=[500])
    ] = None,
    contact_cost: Annotated[
        float | None, Query(gt=0, description="What one contact costs (currency).", examples=[0.5])
    ] = None,
    limit: Annotated[
        int | None, Query(ge=0, description="Most customers to contact (count), in place of a budget.", examples=[200])
    ] = None,
    control_share: Annotated[
        float,
        Query(ge=0, lt=1, description="Share of customers held out to measure by (0 to 1).", examples=[0.1]),
    ] = 0,
    segments: Annotated[
        str | None,
        Query(description="Only these, comma-separated; all where left out.", examples=["High Value,At Risk"]),
    ] = None,
    preset: Annotated[
        Literal["plain", "klaviyo", "mailchimp", "meta"] | None,
        Query(
            description="The columns of a table (text/csv alone): all of ours, or those that a marketing tool imports, "
            "with the customers to contact and nobody else.",
            examples=["klaviyo"],
        ),
    ] = None,
    columns: Annotated[
        str | None,
        Query(
            description="The columns of a file with unusual names, as role=column; found by themselves where usual.",
            examples=["customer_id=Kunde,ordered_at=Datum"],
        ),
    ] = None,
    date_order: Annotated[
        Literal["day", "month"] | None,
        Query(description="What comes first in 03/04/2011, where a file leaves it open.", examples=["day"]),
    ] = None,
    decimal: Annotated[
        Literal["point", "comma"] | None,
        Query(description="What marks decimals, where a file leaves it open.", examples=["comma"]),
    ] = None,
    sheet: Annotated[
        str | None, Query(description="The sheet of a workbook; all of them where left out.", examples=["Orders"])
    ] = None,
) -> RankedList:
    """The whole base, the highest expected spend first, with an action, a reason and a decision for everybody.

    Walking down the list, customers whose `control_draw` is below `control_share` are held out (`control`) and cost
    nothing; all others are contacted (`treat`) while the budget or the limit lasts, and from the first whom it does
    not reach on, everybody is `below_budget`. Without budget and limit everybody is `treat` or `control`. The hold-out
    depends on the customer's id alone, so it is the same in every file and run.

    Expected revenue speaks of the customers in the order lines; new customers come on top. `Accept` chooses between
    one JSON document, one customer per line (NDJSON, customers alone) and CSV.
    """
    raise NotImplementedError
