"""Requests and responses of forecasts from six numbers."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag, create_model
from pydantic.fields import FieldInfo

from app.insights import InsightSource
from app.validation_errors import BY_NAME, BY_ORDER
from model.artifact.card import HORIZON_DAYS
from model.documents import Described, describe
from model.estimators.intervals import COVERAGE
from model.features.definitions import FEATURE_NAMES, FEATURES
from model.segments import Segment

LONGEST_ID = 128
MOST_CUSTOMERS = 10_000
# A text without control characters, and with something to see; pydantic itself refuses lone surrogates.
PRINTABLE = r"[^\x00-\x1f\x7f-\x9f]*"
VISIBLE = rf"^{PRINTABLE}[^\s\x00-\x1f\x7f-\x9f]{PRINTABLE}$"


def _meaning(name: str) -> str:
    feature = FEATURES[FEATURE_NAMES.index(name)]
    return f"{feature.meaning[0].upper()}{feature.meaning[1:]} ({feature.unit})."


FeatureValue = Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]
CustomerId = Annotated[str, Field(strict=True, min_length=1, max_length=LONGEST_ID, pattern=VISIBLE)]


class FeaturesByName(BaseModel, extra="forbid"):
    """The six features by name."""

    total_spend: FeatureValue = Field(description=_meaning("total_spend"), examples=[1400.0])
    avg_spend: FeatureValue = Field(description=_meaning("avg_spend"), examples=[140.0])
    num_transactions: FeatureValue = Field(description=_meaning("num_transactions"), examples=[10])
    total_units: FeatureValue = Field(description=_meaning("total_units"), examples=[800])
    unique_products: FeatureValue = Field(description=_meaning("unique_products"), examples=[60])
    recency_days: FeatureValue = Field(description=_meaning("recency_days"), examples=[12])

    def in_order(self) -> list[float]:
        """The six values in the order of ``FEATURES``."""
        return [getattr(self, name) for name in FEATURE_NAMES]


FeaturesByOrder = Annotated[
    list[FeatureValue],
    Field(min_length=6, max_length=6, description=f"The six features in this order: {', '.join(FEATURE_NAMES)}."),
]


def _form(features: object) -> str | None:
    if isinstance(features, list):
        return BY_ORDER
    return BY_NAME if isinstance(features, dict | FeaturesByName) else None


class PredictionRequest(Described, extra="forbid"):
    """One customer as the shop knows them at the moment of asking (``as_of``)."""

    customer_id: CustomerId = Field(examples=["13085"])
    """Your id of the customer, up to 128 characters; sent back unchanged, never stored or sent on."""
    features: Annotated[
        Annotated[FeaturesByOrder, Tag(BY_ORDER)] | Annotated[FeaturesByName, Tag(BY_NAME)], Discriminator(_form)
    ] = Field(examples=[[1400.0, 140.0, 10, 800, 60, 12]])
    """The six features, each in its unit, as a list in fixed order or as an object by name."""

    def features_in_order(self) -> list[float]:
        """The six values in the order of ``FEATURES``, whichever way they came."""
        return self.features.in_order() if isinstance(self.features, FeaturesByName) else self.features


class SpendIfPurchaseBody(BaseModel):
    """What a customer spends if they buy within the horizon; mean times probability is the forecast."""

    mean: float = Field(ge=0, description="On average (currency).", examples=[225.69])
    median: float = Field(ge=0, description="Half of the buyers spend less (currency).", examples=[170.2])
    low: float = Field(ge=0, description="A tenth of the buyers spend less (currency).", examples=[62.1])
    high: float = Field(ge=0, description="A tenth of the buyers spend more (currency).", examples=[430.8])
    coverage: float = Field(description="Share of buyers between low and high (0 to 1).", examples=[COVERAGE])


class ReasonBody(Described):
    """One feature's part in the forecast."""

    feature: str = Field(description="What moved the forecast.", examples=["recency_days"])
    amount: float = Field(description="By how much (currency); negative where it lowered it.", examples=[31.12])
    value: float | None = Field(examples=[12.0])
    """The customer's own value, in the unit of the feature; null where there is no single one."""


class ReasonsBody(Described):
    """What moved the forecast; base and amounts add up to it, to the cent or two."""

    base: float = Field(description="The forecast for a typical customer (currency).", examples=[148.32])
    amounts: list[ReasonBody] = Field(examples=[[{"feature": "recency_days", "amount": 31.12, "value": 12.0}]])
    """Each feature's part."""


class PredictionResponse(Described):
    """What the customer is expected to do within the horizon, and what to do about it."""

    customer_id: str = Field(description="As it was sent.", examples=["13085"])
    predicted_future_spend_30d: float = Field(
        ge=0, description=f"Expected spend in the {HORIZON_DAYS} days from now (currency).", examples=[118.15]
    )
    purchase_probability_30d: float = Field(gt=0, lt=1, examples=[0.5235])
    """Probability of at least one purchase in the same days (0 to 1)."""
    customer_segment: Segment = Field(examples=[Segment.HABITUAL_BUYER])
    """The kind of customer, by the thresholds of GET /model."""
    insight: str = Field(examples=["Has come back: 10 orders worth £1,400.00, the last of them 12 days ago."])
    """One or two sentences on the customer; empty with insight=none."""
    recommended_action: str = Field(
        description="What to do next; empty with insight=none.",
        examples=["Suggest a product that goes with the usual ones. Cost: a line in the next order confirmation."],
    )
    insight_source: InsightSource = Field(description="Who worded the insight.", examples=["rules"])
    model_version: str = Field(description="The model that answered; see GET /model.", examples=["2026-11-22.78358129"])
    warnings: list[str] = Field(examples=[[]])
    """What was odd about the numbers, and what was done about it."""
    segment_reason: str = Field(
        description="The comparison of numbers that decided the segment.",
        examples=["last purchase 12 days ago, at most 97; expected spend 118.15, not above 145.73; 10 orders"],
    )
    action_id: str = Field(examples=["cross_sell"])
    """The recommended action's name in the catalogue of actions; empty with insight=none."""
    features: FeaturesByName = Field(description="The values that the numbers were made from.")
    spend_if_purchase: SpendIfPurchaseBody | None
    """What a purchase would come to; null where the model cannot tell."""
    reasons: ReasonsBody | None
    """Why this much; null where the model cannot tell. A batch has them where ?fields= names them."""


def _without_required(schema: dict[str, Any]) -> None:  # Any: JSON
    del schema["required"]


class BatchResponse(PredictionResponse, json_schema_extra=_without_required):
    """The answer to one customer of many: every field but reasons, or those that ?fields= names."""


class CustomerResponse(PredictionResponse):
    """The answer to one customer."""

    segment_changes: list[str] = Field(examples=[["38 more days without an order: Low Value"]])
    """The nearest changes that would lead to another segment."""
    prompt_version: str | None = Field(examples=[None])
    """The version of the prompt that a language model's words came from; null for rules."""


# The fields of an answer to one of many: reasons double its size, and nobody reads those of ten thousand customers.
ANSWER_FIELDS = tuple(PredictionResponse.model_fields)
USUAL_FIELDS = tuple(name for name in ANSWER_FIELDS if name != "reasons")


def _known_fields(text: str) -> str:
    if not {name.strip() for name in text.split(",")} <= set(ANSWER_FIELDS):
        raise ValueError(f"only these can be asked for, comma-separated: {', '.join(ANSWER_FIELDS)}")
    return text


class BatchOptions(BaseModel, use_attribute_docstrings=True):
    """What is wanted of many answers."""

    insight: Literal["auto", "rules", "none"] = Field("rules", examples=["rules"])
    """rules, or none to leave the words out; auto is rules here."""
    fields: Annotated[str, AfterValidator(_known_fields)] | None = Field(
        None,
        description=f"Of {', '.join(ANSWER_FIELDS)}: those wanted, comma-separated; without it all but reasons.",
        examples=["customer_id,predicted_future_spend_30d"],
    )

    @property
    def wanted_fields(self) -> tuple[str, ...]:
        """The fields of each answer, in the order of the contract."""
        asked = USUAL_FIELDS if self.fields is None else {name.strip() for name in self.fields.split(",")}
        return tuple(name for name in ANSWER_FIELDS if name in asked)


_EVERYBODY = Field(min_length=1, max_length=MOST_CUSTOMERS)
CustomerList = Annotated[list[PredictionRequest], _EVERYBODY]
_Ids = Annotated[list[CustomerId], _EVERYBODY]
_Numbers = Annotated[list[FeatureValue], _EVERYBODY]


def _column(kind: object, field: FieldInfo) -> Any:  # Any: as ``create_model`` has a field
    return kind, Field(description=field.description, examples=[field.examples] if field.examples else None)


def _of_columns(schema: dict[str, Any]) -> None:  # Any: JSON
    describe(schema, BatchResponse)
    _without_required(schema)


CustomerColumns = create_model(
    "CustomerColumns",
    __doc__="Many customers, a column for each field; all columns are equally long.",
    __config__=ConfigDict(extra="forbid", json_schema_extra=lambda schema: describe(schema, PredictionRequest)),
    customer_id=_column(_Ids, PredictionRequest.model_fields["customer_id"]),
    **{name: _column(_Numbers, field) for name, field in FeaturesByName.model_fields.items()},
)
ColumnsResponse = create_model(
    "ColumnsResponse",
    __doc__="The answers to columns: every field of the list's answers as a column, in the order asked.",
    __config__=ConfigDict(json_schema_extra=_of_columns),
    **{name: _column(list[field.annotation], field) for name, field in BatchResponse.model_fields.items()},  # type: ignore[name-defined]  # a type at run time
)
