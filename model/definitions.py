"""The SQL that the features are defined by, as files beside this one."""

from pathlib import Path
from string import Template

SQL = Path(__file__).parent / "sql"


def definition(name: str, **values: str) -> str:
    """The text of one definition, with its ``$names`` filled in."""
    return Template((SQL / f"{name}.sql").read_text(encoding="utf-8")).substitute(values)


def definition_text(name: str) -> str:
    """The text of one definition whose ``$names`` are bound when it runs."""
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")
