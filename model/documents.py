"""What documents that are stored, asked for or answered have in common."""

import ast
import inspect
from functools import cache
from itertools import pairwise
from typing import Any

from pydantic import BaseModel, GetJsonSchemaHandler
from pydantic_core import CoreSchema


class Described(BaseModel):
    """A model whose JSON schema tells of each field what stands under it in the code, or in its ``Field``.

    It is what pydantic's ``use_attribute_docstrings`` does, but for when: that reads the code of every class at the
    import, a sixth of a service's start, and this when a schema is asked for. Options of an address keep pydantic's,
    for FastAPI describes them by their fields.
    """

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """The schema; Any: JSON."""
        schema = handler(core_schema)
        describe(handler.resolve_ref_schema(schema), cls)
        return schema


class Document(Described, frozen=True, extra="forbid"):
    """A part of a document: never changed, and with nothing in it that it does not know."""


def describe(schema: dict[str, Any], model: type[BaseModel]) -> None:  # Any: JSON
    """Let a schema say of a field what stands under that of a model, unless its ``Field`` says it."""
    for name, told in meanings(model).items():
        if name in schema["properties"] and model.model_fields[name].description is None:
            schema["properties"][name]["description"] = told


@cache
def meanings(model: type) -> dict[str, str]:
    """What stands under each field of a class, in the code, by name; of its own and of inherited fields."""
    found: dict[str, str] = {}
    for parent in model.__bases__:
        if issubclass(parent, BaseModel) and parent is not BaseModel:
            found |= meanings(parent)
    tree = ast.parse(inspect.getsource(model)).body[0]
    for field, text in pairwise(tree.body if isinstance(tree, ast.ClassDef) else ()):
        match field, text:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(told))):
                found[name] = inspect.cleandoc(told)
    return found
