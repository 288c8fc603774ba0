"""Bodies that are read as they came and validated in a thread: those that would keep everybody else waiting."""

from typing import Annotated, TypeVar

from fastapi import Depends, Request
from pydantic import TypeAdapter, ValidationError

from app.error_handlers import is_json
from app.errors import ContractBroken, UnsupportedMediaType
from app.validation_errors import MISSING, REQUIRED, FieldError, field_errors

Content = TypeVar("Content")


async def read_json(request: Request) -> bytes:
    """The body as it came; raises UnsupportedMediaType where it does not claim to be JSON."""
    if not is_json(request):
        raise UnsupportedMediaType(request.headers.get("content-type"))
    return await request.body()


JsonBody = Annotated[bytes, Depends(read_json)]


def parse_body(content: TypeAdapter[Content], body: bytes, row_at: int | None = None) -> Content:
    """What a body of JSON holds; raises ContractBroken with the first broken rules.

    Where it has rows, ``row_at`` is where a place has a row's index, and every row that breaks a rule is named.
    """
    if not body:
        raise ContractBroken([FieldError.of(("body",), REQUIRED, MISSING)])
    try:
        return content.validate_json(body)
    except ValidationError as error:
        details = error.errors(include_url=False)
        rows = {each["loc"][row_at] for each in details if row_at is not None and len(each["loc"]) > row_at}
        raise ContractBroken(
            field_errors(details, within=("body",)), {"bad_rows": sorted(map(int, rows))} if rows else None
        ) from None
