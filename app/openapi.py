"""The description that /docs shows: examples, and problems as what they are."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.models import Example

from app.errors import (
    BodyTooLarge,
    ContractBroken,
    InternalError,
    NotAcceptable,
    NotReady,
    Problem,
    Unauthorized,
    UnsupportedMediaType,
    problem_body,
)
from app.order_lines import ORDERS_EXAMPLES
from app.schemas import EXAMPLES, ProblemBody
from app.violations import Violation

PROBLEM_JSON = "application/problem+json"
DESCRIPTION = """
What a customer will spend in the next 30 days, how likely a purchase is, what kind of customer this is,
and what to do about it: from six numbers that every shop has, or from the order lines of a customer.
"""


def request_examples() -> dict[str, Example]:
    """One customer of every segment, by name."""
    return {
        name: Example(summary=name.replace("_", " ").capitalize(), value=dict(body)) for name, body in EXAMPLES.items()
    }


def orders_examples() -> dict[str, Example]:
    """Order lines with everything, and with the least that is needed."""
    return {
        name: Example(summary=name.replace("_", " ").capitalize(), value=body) for name, body in ORDERS_EXAMPLES.items()
    }


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:  # Any: FastAPI's own type
    """The answers that are no success, for the ``responses`` of an endpoint."""
    return {status: {"model": ProblemBody, "description": HTTPStatus(status).phrase} for status in statuses}


def batch_answers() -> dict[int | str, dict[str, Any]]:  # Any: FastAPI's own type
    """The forms of the answer to a batch, beside the JSON list."""
    lines = {"schema": {"type": "string"}, "example": '{"customer_id":"13085","predicted_future_spend_30d":118.15}\n'}
    table = {"schema": {"type": "string"}, "example": "customer_id,predicted_future_spend_30d\r\n13085,118.15\r\n"}
    return {200: {"content": {"application/x-ndjson": lines, "text/csv": table}}}


def problem_examples() -> dict[str, Problem]:
    """A typical problem of every status."""
    violation = Violation.of(("body", "features", 5), "a number cannot be negative", -3)
    typical = [
        Unauthorized(),
        NotAcceptable(["application/json", "application/x-ndjson", "text/csv"]),
        BodyTooLarge(65536),
        UnsupportedMediaType("text/plain"),
        ContractBroken([violation]),
        InternalError(),
        NotReady(),
    ]
    return {str(problem.status_code): problem for problem in typical}


def describe(app: FastAPI) -> None:
    """Let ``app.openapi`` give problems the media type they are sent with, and an example each."""
    original = app.openapi

    def openapi() -> dict[str, Any]:  # Any: JSON
        if app.openapi_schema is None:
            for operations in original()["paths"].values():
                for operation in operations.values():
                    _describe_problems(operation["responses"])
        return original()

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend the document


def _describe_problems(responses: dict[str, Any]) -> None:  # Any: JSON
    for status, problem in problem_examples().items():
        if status in responses:
            (described,) = responses[status]["content"].values()
            example = {**problem_body(problem), "request_id": "5f2d0c9e"}
            responses[status]["content"] = {PROBLEM_JSON: {**described, "example": example}}
