"""Requests and responses of ``POST /rank_customers``."""

from typing import Literal

from pydantic import BaseModel, Field, TypeAdapter

from app.orders.schemas import OrderLineBody
from app.predictions.schemas import CustomerId, FeaturesByName, SpendIfPurchaseBody
from model.artifact.card import HORIZON_DAYS
from model.documents import Described
from model.features.definitions import ACTIVE_DAYS
from model.orders.cleaning import CleaningReport, LocalTime
from model.orders.findings import Finding
from model.orders.preview import Preview
from model.prediction.model_choice import ModelSource
from model.ranking.control_group import ControlGroup
from model.ranking.totals import SegmentTotals, Totals
from model.ranking.track_record import TrackRecord
from model.segments import Segment, SegmentThresholds


class ShopLineBody(OrderLineBody):
    """One product of one order of one customer, as it stands in an export; returns may come too."""

    customer_id: CustomerId = Field(examples=["13085"])
    """Your id of the customer, up to 128 characters; never stored or sent on."""


class ShopRequest(Described, extra="forbid"):
    """The order lines of a whole shop."""

    order_lines: list[ShopLineBody] = Field(min_length=1)
    """All that was bought, of all customers, in any order; equal lines count once."""


SHOP = TypeAdapter(ShopRequest)


class CampaignTerms(BaseModel):
    """The options of the request, as they were understood, and what the control group can show."""

    budget: float | None = Field(description="Money to spend (currency).", examples=[100.0])
    contact_cost: float | None = Field(description="What one contact costs (currency).", examples=[0.5])
    limit: int | None = Field(description="Most customers to contact (count).", examples=[None])
    control_share: float = Field(description="Share of customers held out (0 to 1).", examples=[0.1])
    segments: list[Segment] | None = Field(description="Only these; null for all.", examples=[None])
    control_group: ControlGroup | None = Field(description="What it can show; null without a control share.")


class ShopCleaning(CleaningReport):
    """What became of the order lines, and in which columns they were found."""

    columns: dict[str, str] = Field(
        description="The export's column for each of ours.",
        examples=[{"customer_id": "customer_id", "invoice": "order_id", "ordered_at": "ordered_at"}],
    )
    findings: list[Finding] = Field(description="What stands out, the gravest first; grave ones are warnings, too.")
    file: Preview | None = Field(description="The beginning of a file, and how it may be read; null for JSON.")


class RankedCustomer(Described):
    """One customer of the list; one line of the NDJSON form."""

    rank: int = Field(description="Place in the list (position, from 1).", examples=[1])
    customer_id: str = Field(description="As it stands in the order lines.", examples=["C1375"])
    predicted_future_spend_30d: float = Field(
        ge=0, description=f"Expected spend in the {HORIZON_DAYS} days from as_of (currency).", examples=[1846.59]
    )
    spend_if_purchase: SpendIfPurchaseBody | None
    """What a purchase would come to; null where the model cannot tell."""
    purchase_probability_30d: float = Field(gt=0, lt=1, examples=[0.8052])
    """Probability of at least one purchase in the same days (0 to 1)."""
    customer_segment: Segment = Field(examples=["High Value"])
    """The kind of customer, by segment_thresholds."""
    action_id: str = Field(description="The action's name in the catalogue of actions.", examples=["early_access"])
    recommended_action: str = Field(examples=["Give early access to new arrivals, with a personal thank-you"])
    """The action's title."""
    reason: str = Field(
        description="Why, in one sentence of this customer's own numbers.",
        examples=["Orders about every 13 days, worth £1,571.31 each on average, the last one 6 days ago."],
    )
    decision: Literal["treat", "control", "below_budget", "left_alone"] = Field(
        description="treat: contact; control: held out to measure by; below_budget: not reached; left_alone: the "
        "action says to spend nothing.",
        examples=["treat"],
    )
    control_draw: float = Field(
        ge=0,
        lt=1,
        description="Held out where below control_share (0 to 1): the first 8 bytes of the id's SHA-256 over 2**64, "
        "cut to six decimals; the same in any file and run.",
        examples=[0.090841],
    )
    is_active: bool = Field(
        description=f"Whether the customer bought in the {ACTIVE_DAYS} days before as_of.", examples=[True]
    )
    features: FeaturesByName = Field(description="The six numbers of this customer at as_of.")
    contact_cost: float | None = Field(examples=[0.5])
    """A contact together with the action (currency), 0 for left_alone; null where contact_cost is not given."""
    email: str | None = Field(None, examples=["ann@example.com"])
    """The newest in the file; there where a column holds e-mails."""
    name: str | None = Field(None, examples=["Ann Lee"])
    """The newest in the file; there where a column holds names."""


class RankedList(Described):
    """The whole base, the highest expected spend first."""

    as_of: LocalTime = Field(examples=["2025-12-10T00:00:00"])
    """The first moment of the horizon; nothing from here on was used."""
    horizon_days: int = Field(description="How far forecasts look (days).", examples=[HORIZON_DAYS])
    currency: str = Field(description="ISO 4217 code of every amount of money.", examples=["GBP"])
    model_version: str = Field(description="The model that answered; see GET /model.", examples=["2026-11-22.e36da021"])
    ranking_model: str = Field(examples=["history_model"])
    """The model of whole histories, or summary where the service has none."""
    fitted: ModelSource = Field(description="How the forecast was fitted, on what data, and why.")
    track_record: TrackRecord | None
    """How this shop's last months would have been forecast; null where none tells, then no sum is told."""
    segment_thresholds: SegmentThresholds
    """What decided the segments: quantiles of the customers in the order lines."""
    totals: Totals = Field(description="The list, summed up by decision.")
    segments: list[SegmentTotals] = Field(description="The same by segment.")
    campaign: CampaignTerms = Field(description="The options as they were understood.")
    cleaning: ShopCleaning = Field(description="What became of the order lines.")
    warnings: list[str] = Field(examples=[["no line has a product; features of products are 0"]])
    """What to know before acting on the list."""
    customers: list[RankedCustomer]
    """Everybody, or the segments asked for; ties stand in the order of their ids."""
