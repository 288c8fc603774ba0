"""The SQL that orders and features are defined by, as files of the packages that know what it means."""

from pathlib import Path
from string import Template

PACKAGES = Path(__file__).parents[1]


def definition(name: str, **values: str) -> str:
    """The text of one definition, with its ``$names`` filled in; without values, they are bound when it runs."""
    text = next(PACKAGES.glob(f"*/sql/{name}.sql")).read_text(encoding="utf-8")
    return Template(text).substitute(values) if values else text
