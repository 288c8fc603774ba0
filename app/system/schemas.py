"""Responses about the service itself."""

from typing import Literal

from pydantic import BaseModel, Field

from model.artifact.card import ModelCard
from model.documents import Described


class Health(BaseModel):
    """The process is up."""

    status: Literal["ok"] = Field("ok", description="Always ok: whoever can answer is up.", examples=["ok"])


class Readiness(Described):
    """The model is loaded."""

    status: Literal["ready"] = Field("ready", examples=["ready"])
    """Always ready; otherwise the answer is 503."""
    model_version: str = Field(description="The model that answers.", examples=["2026-11-22.78358129"])
    example: bool = Field(description="Whether it is the included example, which knows another shop.", examples=[True])
    another_on_disk: bool = Field(examples=[False])
    """Whether another set lies in MODEL_DIR; a reload, or a start, takes it."""
    warnings: tuple[str, ...] = Field(examples=[["METRICS_TOKEN is empty: anybody may read /metrics."]])
    """What the settings leave open to everybody."""


class Reloaded(BaseModel):
    """The set that lay in MODEL_DIR answers from now on."""

    model_version: str = Field(description="The model that answers now.", examples=["2026-11-29.78358129"])
    previous_version: str = Field(description="The model that answered before.", examples=["2026-11-22.78358129"])
    warnings: tuple[str, ...] = Field(description="What to know before trusting the numbers.", examples=[[]])


class ModelResponse(ModelCard, defer_build=True):  # the card is large, and most services are never asked
    """The model card, and whether to believe it."""

    verified: bool = Field(description="Whether model.pkl came with a card that describes it.", examples=[True])
    warnings: tuple[str, ...] = Field(description="What to know before trusting the numbers.", examples=[[]])
    currency: str = Field(description="ISO 4217 code of every amount of money.", examples=["GBP"])
