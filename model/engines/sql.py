"""The SQL that orders and features are defined by, as files of the packages that know what it means."""

from pathlib import Path
from string import Template

PACKAGES = Path(__file__).parents[1]


def definition(name: str, **values: str) -> str:
    """The text of one definition, with its ``$names`` filled in."""
    return Template(definition_text(name)).substitute(values)


def definition_text(name: str) -> str:
    """The text of one definition whose ``$names`` are bound when it runs."""
    return next(PACKAGES.glob(f"*/sql/{name}.sql")).read_text(encoding="utf-8")
