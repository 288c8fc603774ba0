"""The description that /docs shows: who and what, examples, and problems as what they are."""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, Literal

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field

from app.bodies import body_schema
from app.error_handlers import PROBLEM_JSON, problem_body
from app.errors import (
    BodyTooLarge,
    BodyTooSlow,
    InternalError,
    NoHistoryModel,
    NotReady,
    Overloaded,
    Problem,
    Unauthorized,
    UnsupportedMediaType,
)
from app.examples import CASES, Case, Recorded, recorded_answers
from app.middleware import seconds_to_come
from app.security import SCHEMES
from app.settings import Settings
from app.validation_errors import FieldError
from model.card import HORIZON_DAYS

ABOUT: dict[str, Any] = {  # Any: as FastAPI has them
    "title": "Short-term customer lifetime value",
    "summary": f"What customers will spend in the next {HORIZON_DAYS} days, and what to do about it.",
    "description": f"""\
What a customer will spend in the next {HORIZON_DAYS} days, how likely a purchase is, what kind of customer this is, and
what to do about it: from six numbers that every shop has, from the order lines of a customer, or for a whole shop as a
ranked list.

Money is in the shop's currency (`GET /model` names it) with two decimals; probabilities lie between 0 and 1 and have
four; days and counts are whole. Fields may be added to answers: ignore what you do not know. Every error is
`application/problem+json` (RFC 9457) and names the field, the value and the rule. Send the request's `X-Request-ID`
with a question about an answer; the log has it.
""",
    "version": "0.2.0",
    "contact": {"name": "the maintainers"},
    "license_info": {"name": "MIT", "identifier": "MIT"},
    "servers": [
        {"url": "/", "description": "Where this document was read."},
        {"url": "http://127.0.0.1:8000", "description": "make run, on your own machine."},
    ],
    "openapi_tags": [
        {"name": "customers", "description": "Forecasts, segments and actions, for one customer or all of them."},
        {"name": "service", "description": "What answers, whether it can, and what it has counted."},
    ],
}
HEADERS: dict[str, dict[str, Any]] = {  # Any: JSON
    "X-Request-ID": {
        "description": "Finds the request in the log; as sent, where it was sent.",
        "schema": {"type": "string"},
        "example": "5f2d0c9e",
    },
    "Retry-After": {
        "description": "When to ask again (seconds).",
        "schema": {"type": "integer", "minimum": 0},
        "example": 5,
    },
    "WWW-Authenticate": {
        "description": "How a key may be sent.",
        "schema": {"type": "string"},
        "example": "Bearer",
    },
}
LIMITS = {
    "/predict_customer_values": "max_batch_body_bytes",
    "/predict_from_orders": "max_orders_body_bytes",
    "/rank_customers": "max_upload_bytes",
}
ORDER_LINES = """\
order_id,ordered_at,customer_id,sku,quantity,unit_price
20001,2023-12-11 09:11,C1177,LMP-009,12,5.15
"""
HEADERS_OF = {"401": ("WWW-Authenticate",), "503": ("Retry-After",)}


class ProblemBody(BaseModel):
    """An answer that is no success (RFC 9457)."""

    type: Literal["about:blank"] = Field(description="The status says it all.", examples=["about:blank"])
    title: str = Field(description="The status in words.", examples=["Unprocessable Entity"])
    status: int = Field(description="The same as a number (HTTP status).", examples=[422])
    detail: str = Field(
        description="What was wrong, and what would be right.",
        examples=["features[5] (recency_days) is -3, but a number cannot be negative"],
    )
    request_id: str | None = Field(description="Finds the request in the log.", examples=["5f2d0c9e"])
    errors: list[FieldError] = Field(description="Every broken rule of the contract, up to twenty.")
    bad_rows: list[int] | None = Field(
        None,
        description="Of a batch: every customer that breaks a rule (position in the list, from 0).",
        examples=[[3, 17]],
    )


def operation_id(route: APIRoute) -> str:
    """The endpoint's own name, for clients that are generated."""
    return route.name


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:  # Any: FastAPI's own type
    """The answers that are no success, for the ``responses`` of an endpoint."""
    return {status: {"model": ProblemBody, "description": HTTPStatus(status).phrase} for status in statuses}


def texts(*media_types: str) -> dict[int | str, dict[str, Any]]:  # Any: FastAPI's own type
    """The forms of a good answer that are no JSON, for the ``responses`` of an endpoint."""
    return {200: {"content": {media_type: {"schema": {"type": "string"}} for media_type in media_types}}}


def describe(app: FastAPI, routers: Sequence[APIRouter]) -> None:
    """Let ``app.openapi`` show an example of everything, and the bodies that path operations read themselves."""
    original = app.openapi
    endpoints = {
        route.name: route.endpoint for router in routers for route in router.routes if isinstance(route, APIRoute)
    }

    def openapi() -> dict[str, Any]:  # Any: JSON
        if app.openapi_schema is None:
            document = original()
            _add_bodies(document, endpoints)
            _complete(document)
        return original()

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend the document


def _add_bodies(document: dict[str, Any], endpoints: dict[str, Callable[..., Any]]) -> None:  # Any: JSON
    """Put the bodies into the document that FastAPI does not read."""
    for operations in document["paths"].values():
        for operation in operations.values():
            body = body_schema(endpoints[operation["operationId"]])
            if body is not None:
                schema, definitions = body
                content = operation.setdefault("requestBody", {"required": True}).setdefault("content", {})
                content["application/json"] = {"schema": schema}
                document["components"]["schemas"] |= definitions


def _complete(document: dict[str, Any]) -> None:  # Any: JSON
    """Put the cases into the document, and what else FastAPI does not know."""
    answers = recorded_answers()
    document["components"] |= {"headers": HEADERS, "securitySchemes": SCHEMES}
    for path, operations in document["paths"].items():
        cases = [case for case in CASES if case.path == path]
        for operation in operations.values():
            operation.setdefault("security", [{name: []} for name in SCHEMES])
            for parameter in operation.get("parameters", ()):
                _leave_out_null(parameter["schema"])
            if "requestBody" in operation:
                _show_requests(operation["requestBody"]["content"], cases)
            for status, response in operation["responses"].items():
                shown = [(case, answers[case.name]) for case in cases if str(case.status) == status]
                _show_answers(response, shown or _unseen(path, status))
                names = ("X-Request-ID", *HEADERS_OF.get(status, ()))
                response["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _leave_out_null(schema: dict[str, Any]) -> None:  # Any: JSON
    """An option can be left out, and an address has no word for null."""
    parts = [part for part in schema.get("anyOf", ()) if part != {"type": "null"}]
    if len(parts) == 1:
        del schema["anyOf"]
        schema.update(parts[0])


def _show_requests(content: dict[str, Any], cases: list[Case]) -> None:  # Any: JSON
    """Every body that is answered, once."""
    examples: dict[str, Any] = {}  # Any: JSON
    for case in cases:
        shown = [example["value"] for example in examples.values()]
        if case.status == 200 and case.body is not None and case.body not in shown:
            examples[case.name] = {"summary": case.summary, "value": case.body}
    content["application/json"]["examples"] = examples
    if "multipart/form-data" in content:
        content["multipart/form-data"]["examples"] = {"a_file": {"summary": "A file", "value": {"file": ORDER_LINES}}}


def _show_answers(response: dict[str, Any], answers: list[tuple[Case, Recorded]]) -> None:  # Any: JSON
    """Every answer, in the media type that it was sent with."""
    for case, answer in answers:
        content = response.setdefault("content", {})
        if answer["content_type"] == PROBLEM_JSON:
            content[PROBLEM_JSON] = content.pop("application/json", content.get(PROBLEM_JSON))
        described = content.setdefault(answer["content_type"], {"schema": {"type": "string"}})
        described.setdefault("examples", {})[case.name] = {"summary": case.summary, "value": answer["body"]}


def _unseen(path: str, status: str) -> list[tuple[Case, Recorded]]:
    """Problems that no request brings about, or none that an example should."""
    limit = Settings.model_fields[LIMITS.get(path, "max_body_bytes")].default
    typical: list[Problem] = [
        Unauthorized(),
        BodyTooLarge(limit),
        BodyTooSlow(300 if path == "/rank_customers" else seconds_to_come(limit)),
        UnsupportedMediaType("text/plain"),
        InternalError(),
        NotReady(),
        Overloaded(),
    ]
    if path == "/predict_from_orders":
        typical.append(NoHistoryModel())
    request_id = HEADERS["X-Request-ID"]["example"]
    return [
        (
            Case(_name(problem), path, status=problem.status_code),
            Recorded(
                status=problem.status_code,
                content_type=PROBLEM_JSON,
                body={**problem_body(problem), "request_id": request_id},
            ),
        )
        for problem in typical
        if str(problem.status_code) == status
    ]


def _name(problem: Problem) -> str:
    """``NotReady`` as ``not_ready``."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in type(problem).__name__)[1:]
