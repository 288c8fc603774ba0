"""The description that /docs shows: examples, and problems as what they are."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.models import Example

from app.errors import ProblemJSON
from app.schemas import EXAMPLES, ProblemBody

DESCRIPTION = """
What a customer will spend in the next 30 days, how likely a purchase is, what kind of customer this is,
and what to do about it: from six numbers that every shop has.
"""


def request_examples() -> dict[str, Example]:
    """One customer of every segment, by name."""
    return {
        name: Example(summary=name.replace("_", " ").capitalize(), value=dict(body)) for name, body in EXAMPLES.items()
    }


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:  # Any: FastAPI's own type
    """The answers that are no success, for the ``responses`` of an endpoint."""
    return {status: {"model": ProblemBody, "description": HTTPStatus(status).phrase} for status in statuses}


def describe(app: FastAPI) -> None:
    """Let ``app.openapi`` give problems the media type they are sent with; FastAPI knows one for all answers."""
    original = app.openapi

    def openapi() -> dict[str, Any]:  # Any: JSON
        if app.openapi_schema is None:
            document = original()
            for operations in document["paths"].values():
                for operation in operations.values():
                    _rename_problems(operation["responses"])
        return original()

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend the document


def _rename_problems(responses: dict[str, Any]) -> None:  # Any: JSON
    for status, response in responses.items():
        if int(status) >= HTTPStatus.BAD_REQUEST:
            content = response["content"]
            content[ProblemJSON.media_type] = content.pop("application/json")
