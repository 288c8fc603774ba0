"""Bodies that are read as they came and validated in a thread: those that would keep everybody else waiting."""

from typing import Annotated, TypeVar

from fastapi import Depends, Request
from pydantic import TypeAdapter, ValidationError

from app.error_handlers import is_json
from app.errors import ContractBroken, UnsupportedMediaType
from app.validation_errors import FieldError, field_errors

Content = TypeVar("Content")


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
