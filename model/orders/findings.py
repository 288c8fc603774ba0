"""Data checks: what stands out in an export, as data and in the same words wherever they are told."""

import shlex
from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from pydantic import Field

from model.documents import Document
from model.orders.tables import toml_table


class Severity(StrEnum):
    """How much a finding matters, the least first."""

    OK = "ok"
    HINT = "hint"
    WARNING = "warning"
    FAILURE = "failure"


ORDER = list(Severity)
MARKS = {Severity.OK: "  ", Severity.HINT: "  ", Severity.WARNING: "! ", Severity.FAILURE: "X "}


class Finding(Document):
    """What one check found; ``option`` and ``proposal`` are the reading option that decides, and a value for it."""

    code: str = Field(description="The check, in words with underscores.", examples=["undecided_values"])
    severity: Severity = Field(
        description="ok, hint, warning (something was left out or looks wrong), or failure (numbers are wrong until "
        "somebody decides).",
        examples=["failure"],
    )
    words: str = Field(examples=["column 'Status' has values whose meaning is not plain: 'C' (12 lines, 340.00)"])
    """What was found, and what was done about it."""
    column: str | None = Field(None, description="The column that it is about.", examples=["Status"])
    values: tuple[str, ...] = Field((), description="Values of that column.", examples=[["C"]])
    lines: int | None = Field(None, description="Lines that it is about (count).", examples=[12])
    money: float | None = Field(None, description="What they come to (currency).", examples=[340.0])
    option: str | None = Field(None, examples=["purchases"])
    """The option of reading that decides, where one does."""
    proposal: str | None = Field(None, description="A value for that option.", examples=["Status=A,B"])

    @property
    def topic(self) -> str:
        """The check as a title."""
        return self.code.replace("_", " ")

    @property
    def is_grave(self) -> bool:
        """Whether every door has to tell it."""
        return self.severity in (Severity.WARNING, Severity.FAILURE)

    def __str__(self) -> str:
        """The words, with the option as a shell takes it."""
        if self.option is None:
            return self.words
        value = "" if self.proposal is None else f" {shlex.quote(self.proposal)}"
        return f"{self.words}; decide with --{self.option.replace('_', '-')}{value}"


def finding(check: str, **about: Any) -> Finding:  # Any: fields of the finding, and what its words tell
    """A finding of ``findings.toml``, filled in by ``about``; a ``severity`` in it is in place of the usual one."""
    told, lines = toml_table("findings")[check], about.get("lines")
    if lines is not None:
        about["counted"] = counted(lines)
    words = told["words_of_one" if lines == 1 and "words_of_one" in told else "words"].format(**about)
    fields: dict[str, Any] = {"code": check, "severity": Severity(told["severity"]), "words": words}
    fields |= {name: told[name].format(**about) for name in ("code", "option", "proposal") if name in told}
    fields |= {name: about[name] for name in ("severity", "column", "values", "lines", "money") if name in about}
    return Finding(**fields)


def counted(lines: int) -> str:
    """How many lines: "1 line", "2,000 lines"."""
    return f"{lines:,} line{'' if lines == 1 else 's'}"


def grave_first(findings: Iterable[Finding]) -> list[Finding]:
    """The same findings, the gravest in front."""
    return sorted(findings, key=lambda finding: -ORDER.index(finding.severity))


def as_lines(findings: Iterable[Finding]) -> str:
    """Findings as command lines tell them: ``!`` before a warning, ``X`` before a failure."""
    return "\n".join(f"{MARKS[finding.severity]}{finding.topic}: {finding}" for finding in findings)
