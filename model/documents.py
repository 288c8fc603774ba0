"""What documents that are stored have in common."""

from pydantic import BaseModel


class Document(BaseModel, frozen=True, extra="forbid", use_attribute_docstrings=True):
    """A part of a document: never changed, and with nothing in it that it does not know."""
