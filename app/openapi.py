"""The description that /docs shows: who and what, examples, and problems as what they are."""

import json
import tomllib
from collections.abc import Iterable
from http import HTTPStatus
from pathlib import Path
from typing import Any, Literal

from fastapi import FastAPI
from fastapi.utils import deep_dict_update
from pydantic import Field, TypeAdapter

from app.error_handlers import PROBLEM_JSON
from app.validation_errors import FieldError
from model.artifact.card import HORIZON_DAYS
from model.documents import Described
from model.orders.preview import Proposals

STATIC = tomllib.loads(
    Path(__file__).with_name("openapi.toml").read_text(encoding="utf-8").replace("{horizon_days}", str(HORIZON_DAYS))
)
EXAMPLES = Path(__file__).with_name("examples.json")
HEADERS_OF = {401: ("WWW-Authenticate",), 429: ("Retry-After",), 503: ("Retry-After",)}
REFERENCE = "#/components/schemas/{model}"


class ProblemBody(Described):
    """An answer that is no success (RFC 9457)."""

    type: Literal["about:blank"] = Field(description="The status says it all.", examples=["about:blank"])
    title: str = Field(description="The status in words.", examples=["Unprocessable Entity"])
    status: int = Field(description="The same as a number (HTTP status).", examples=[422])
    detail: str = Field(examples=["features[5] (recency_days) is -3, but a number cannot be negative"])
    """What was wrong, and what would be right."""
    request_id: str | None = Field(description="Finds the request in the log.", examples=["5f2d0c9e"])
    errors: list[FieldError] = Field(description="Every broken rule of the contract, up to twenty.")
    bad_rows: list[int] | None = Field(None, examples=[[3, 17]])
    """Of a batch: every customer that breaks a rule (position in the list, from 0)."""
    columns: list[str] | None = Field(None, examples=[None])
    """Of a file that must be read otherwise: its columns, or their positions from 1."""
    proposals: Proposals | None = Field(None, description="What the options of reading may be.", examples=[None])
    preview: list[list[str | None]] | None = Field(None, description="The first five rows, as text.", examples=[None])


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:  # Any: FastAPI's own type
    """The answers that are no success, for the ``responses`` of an endpoint."""
    content = {PROBLEM_JSON: {"schema": {"$ref": REFERENCE.format(model=ProblemBody.__name__)}}}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": content, "headers": _headers(status)}
        for status in statuses
    }


def texts(*media_types: str) -> dict[int | str, dict[str, Any]]:  # Any: FastAPI's own type
    """The forms of a good answer that are no JSON, for the ``responses`` of an endpoint."""
    return {200: {"content": {media_type: {"schema": {"type": "string"}} for media_type in media_types}}}


def json_body(content: TypeAdapter[Any], *, others: Any = None, **fields: str) -> dict[str, Any]:  # Any: JSON
    """A body that an endpoint reads itself, for its ``openapi_extra``; ``others`` are its forms that are no JSON."""
    forms = {**(others or {}), "application/json": {"schema": _schemas(content)[0]}}
    return {"requestBody": {**fields, "required": True, "content": forms}}


def _schemas(content: TypeAdapter[Any]) -> tuple[dict[str, Any], dict[str, Any]]:  # Any: of whatever it is; JSON
    """The schema of a content, and those that it refers to."""
    schemas, definitions = TypeAdapter.json_schemas([("body", "validation", content)], ref_template=REFERENCE)
    return schemas["body", "validation"], definitions["$defs"]


def _headers(status: int) -> dict[str, Any]:  # Any: JSON
    names = ("X-Request-ID", *HEADERS_OF.get(status, ()))
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def describe(app: FastAPI, *bodies: TypeAdapter[Any]) -> None:  # Any: of whatever they are
    """Let ``app.openapi`` tell headers, keys, problems and these bodies as well, and show an example of everything."""
    original = app.openapi

    def openapi() -> dict[str, Any]:  # Any: JSON
        if app.openapi_schema is None:
            _complete(original(), [TypeAdapter(ProblemBody), *bodies])
        return original()

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend the document


def _complete(document: dict[str, Any], contents: Iterable[TypeAdapter[Any]]) -> None:  # Any: JSON
    components: dict[str, Any] = document["components"]
    components |= STATIC["components"]
    for content in contents:
        components["schemas"] |= _schemas(content)[1]
    for operations in document["paths"].values():
        for operation in operations.values():
            operation.setdefault("security", [{name: []} for name in components["securitySchemes"]])
            operation["responses"]["200"]["headers"] = _headers(200)
            # An option can be left out, and an address has no word for null.
            for schema in (parameter["schema"] for parameter in operation.get("parameters", ())):
                parts = [part for part in schema.get("anyOf", ()) if part != {"type": "null"}]
                if len(parts) == 1:
                    del schema["anyOf"]
                    schema.update(parts[0])
    deep_dict_update(document, json.loads(EXAMPLES.read_text()))
