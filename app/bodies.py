"""Bodies that are read as they came and validated in a thread: those that would keep everybody else waiting."""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from pydantic import TypeAdapter, ValidationError

from app.error_handlers import is_json
from app.errors import ContractBroken, UnsupportedMediaType
from app.validation_errors import FieldError, field_errors

Content = TypeVar("Content")
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])  # Any: of whatever path operations take and give


async def read_json(request: Request) -> bytes:
    """The body as it came; raises UnsupportedMediaType where it does not claim to be JSON."""
    if not is_json(request):
        raise UnsupportedMediaType(request.headers.get("content-type"))
    return await request.body()


JsonBody = Annotated[bytes, Depends(read_json)]


def parse_body(content: TypeAdapter[Content], body: bytes) -> Content:
    """What a body of JSON holds; raises ContractBroken with the first broken rules."""
    if not body:
        raise ContractBroken([FieldError.missing(("body",))])
    try:
        return content.validate_json(body)
    except ValidationError as error:
        raise ContractBroken(field_errors(error.errors(include_url=False), within=("body",))) from None


def reads(content: TypeAdapter[Any]) -> Callable[[Endpoint], Endpoint]:  # Any: of whatever it is
    """Say what a path operation finds in its ``JsonBody``, for the document; see ``body_schema``."""

    def described(endpoint: Endpoint) -> Endpoint:
        endpoint.reads = content  # type: ignore[attr-defined]  # functions have no such attribute of their own
        return endpoint

    return described


def body_schema(endpoint: Callable[..., Any]) -> tuple[dict[str, Any], dict[str, Any]] | None:  # Any: JSON
    """Schema of the body that a path operation reads itself, and the schemas that it refers to."""
    content: TypeAdapter[Any] | None = getattr(endpoint, "reads", None)
    if content is None:
        return None
    schemas, definitions = TypeAdapter.json_schemas(
        [("body", "validation", content)], ref_template="#/components/schemas/{model}"
    )
    return schemas["body", "validation"], definitions["$defs"]
