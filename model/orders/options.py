"""How a shop's export is to be read: what the command line or the shop's own mapping file says about it."""

import argparse
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from model.engines.connection import listed
from model.errors import TransactionsError
from model.orders.cleaning import CleaningReport, untrained_columns
from model.orders.columns import ROLES, parse_columns
from model.orders.tables import toml_table

# What a mapping file may say too.
TEXTS = ("date_order", "decimal", "encoding", "returns", "memory_limit")
# How a discount is told.
OFF = (("rate",), ("amount",))
# What decides the meaning of lines by the values of a column that plays no role.
DECISIONS = ("purchases", "returns_are", "discount")


@dataclass(frozen=True)
class ReadingOptions:
    """Everything that can be said about an export and the machine that reads it.

    ``columns`` gives roles the names of columns, "A|B" for the first of two that is filled, or positions from 1;
    ``encoding`` is that of text files; ``returns`` tells whether returns are left out ("gross") or subtracted from
    spend ("net"), None where nobody said; ``ignored`` are roles that no column is to play. ``purchases`` and
    ``returns_are`` name the values of a column that count as purchases (no others do then, "*" is any) and as returns;
    ``discount`` names columns that are a "rate" or an "amount" off; ``keep_equal_lines`` counts lines that are equal in
    every column each by itself. ``memory_limit`` and ``disk_limit`` are sizes such as "4GB"; ``threads`` is a number of
    processors in place of all; ``shows_progress`` is for terminals; ``is_checked`` tells whether data checks
    look for what an export may mean.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    date_order: str | None = None
    decimal: str | None = None
    sheets: tuple[str, ...] = ()
    encoding: str | None = None
    returns: str | None = None
    ignored: tuple[str, ...] = ()
    purchases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    returns_are: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    discount: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    keep_equal_lines: bool = False
    engine: str = "duckdb"
    master: str | None = None
    memory_limit: str | None = None
    disk_limit: str | None = None
    threads: int | None = None
    shows_progress: bool = True
    is_checked: bool = True

    @property
    def by_position(self) -> bool:
        """Whether columns are numbered, because the file has no header."""
        return bool(self.columns) and all(name.isdecimal() for name in self.columns.values())

    @property
    def policy(self) -> str:
        """What becomes of returns: "gross" where nobody said."""
        return self.returns or "gross"

    def as_in(self, training: CleaningReport | None) -> Self:
        """The same, with columns, returns and equal lines as in a training: forecasts mean nothing otherwise.

        Raises TransactionsError if the other policy for returns was asked for.
        """
        trained = "gross" if training is None else training.returns
        if self.returns not in (None, trained):
            raise TransactionsError(
                f"--returns {self.returns}: the model was trained with --returns {trained}, and forecasts that; leave "
                f"the option out, or train again with --returns {self.returns}"
            )
        keeps = self.keep_equal_lines or (training is not None and training.keeps_equal_lines)
        return replace(self, returns=trained, ignored=untrained_columns(training), keep_equal_lines=keeps)

    @staticmethod
    def of(chosen: argparse.Namespace) -> "ReadingOptions":
        """From the options of ``add_reading_options``; the command line wins over ``--mapping``.

        Raises TransactionsError if the mapping file or ``--columns`` cannot be read.
        """
        base = read_mapping(Path(chosen.mapping)) if chosen.mapping else ReadingOptions()
        given: dict[str, Any] = {  # Any: each option has a type of its own
            name: value for name in (*TEXTS, "engine", "master") if (value := getattr(chosen, name)) is not None
        }
        for name in DECISIONS:
            if texts := getattr(chosen, name):
                given[name] = {**getattr(base, name), **parse_decision(name, ";".join(texts))}
        return replace(
            base,
            **given,
            columns={**base.columns, **parse_columns(chosen.columns)},
            sheets=tuple(chosen.sheet or base.sheets),
            keep_equal_lines=chosen.keep_equal_lines or base.keep_equal_lines,
        )


def add_reading_options(parser: argparse.ArgumentParser) -> None:
    """Options of every command that reads an export: those of ``options.toml``."""
    group = parser.add_argument_group("reading the export")
    for name, about in toml_table("options").items():
        told = about["help"].format(roles=", ".join(ROLES))
        group.add_argument(f"--{name.replace('_', '-')}", **about | {"help": told})


def choices(name: str) -> list[str]:
    """The values that an option may have; none where any text will do."""
    allowed: list[str] = toml_table("options").get(name, {}).get("choices", [])
    return allowed


def parse_decision(name: str, text: str) -> dict[str, tuple[str, ...]]:
    """Read ``Status=completed,processing;Type=Sale`` into a mapping of column to values.

    Raises TransactionsError if a part is no ``COLUMN=VALUE,…``, or a discount is neither a rate nor an amount;
    ``name`` is the option's.
    """
    decided: dict[str, tuple[str, ...]] = {}
    option, example = f"--{name.replace('_', '-')}", toml_table("options")[name]["metavar"]
    for part in filter(None, map(str.strip, text.split(";"))):
        column, _, listing = part.partition("=")
        values = tuple(filter(None, map(str.strip, listing.split(","))))
        if not column.strip() or not values:
            raise TransactionsError(f"{option} has {part!r}; write {example}")
        if name == "discount" and values not in OFF:
            raise TransactionsError(f"{option} has {part!r}; a discount is a rate or an amount: {example}")
        decided[column.strip()] = values
    return decided


def read_mapping(path: Path) -> ReadingOptions:
    """Read a shop's mapping file.

    Raises TransactionsError if there is no such file, it is no TOML, or it holds an entry or a value that is unknown.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        return replace(ReadingOptions(), **{name: _entry(name, value) for name, value in content.items()})
    except FileNotFoundError as error:
        raise TransactionsError(f"--mapping {path}: there is no such file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TransactionsError(f"--mapping {path}: is no TOML: {error}") from error
    except ValueError as error:
        raise TransactionsError(f"--mapping {path}: {error}") from error


def _entry(name: str, value: Any) -> Any:  # Any: whatever stands in a file
    """The value of one entry of a mapping file; raises ValueError where it is none."""
    if name == "columns":
        if not isinstance(value, dict):
            raise ValueError('[columns] must be a table such as customer_id = "Kunde"')
        if unknown := [role for role in value if role not in ROLES]:
            raise ValueError(f"[columns] names the role {unknown[0]!r}; the roles are {listed(ROLES)}")
        return {role: str(column) for role, column in value.items()}
    if name in DECISIONS:
        if not isinstance(value, dict):
            raise ValueError(f"[{name}] must be a table of columns and their values")
        return {column: _decision(name, column, values) for column, values in value.items()}
    if name == "keep_equal_lines":
        if not isinstance(value, bool):
            raise ValueError(f"keep_equal_lines is {value!r}; it must be true or false")
        return value
    known = (*TEXTS[:-1], "sheets", TEXTS[-1])
    if name not in known:
        entries = listed((*known, "keep_equal_lines", *DECISIONS))
        raise ValueError(f"{name!r} is no entry; the entries are [columns], {entries}")
    texts = value if name == "sheets" and isinstance(value, list) else [value]
    if not all(isinstance(text, str) for text in texts):
        raise ValueError(f'{name} is {value!r}; write it as a text, {name} = "…"')
    if choices(name) and value not in choices(name):
        raise ValueError(f"{name} is {value!r}; it must be one of {listed(choices(name))}")
    return tuple(texts) if name == "sheets" else value


def _decision(name: str, column: str, values: Any) -> tuple[str, ...]:  # Any: see above
    texts = (values,) if isinstance(values, str) else values
    if not texts or not isinstance(texts, list | tuple) or not all(isinstance(text, str) for text in texts):
        raise ValueError(f"[{name}] {column} is {texts!r}; list its values as texts")
    if name == "discount" and tuple(texts) not in OFF:
        raise ValueError(f'[{name}] {column} is {texts!r}; write "rate" or "amount"')
    return tuple(texts)


def mapping_toml(options: ReadingOptions) -> str:
    """The mapping file that says the same as these options."""
    lines = [f"{name} = {_toml(value)}" for name in TEXTS[:-1] if (value := getattr(options, name)) is not None]
    if options.sheets:
        lines.append(f"sheets = [{', '.join(map(_toml, options.sheets))}]")
    if options.keep_equal_lines:
        lines.append("keep_equal_lines = true")
    for decision in DECISIONS:
        if decided := getattr(options, decision):
            lines += ["", f"[{decision}]"]
            lines += [f"{_toml(name)} = [{', '.join(map(_toml, values))}]" for name, values in decided.items()]
    lines += ["", "[columns]", *(f"{role} = {_toml(name)}" for role, name in options.columns.items())]
    return "\n".join(lines) + "\n"


def _toml(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(char if char.isprintable() else f"\\u{ord(char):04X}" for char in escaped) + '"'
