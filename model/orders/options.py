"""How a shop's export is to be read: what the command line or the shop's own mapping file says about it."""

import argparse
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Self

from model.engines.connection import listed
from model.errors import TransactionsError
from model.orders.cleaning import CleaningReport, untrained_columns
from model.orders.columns import ROLES, parse_columns

CHOICES = {
    "date_order": ("day", "month"),
    "decimal": ("point", "comma"),
    "returns": ("gross", "net"),
    "engine": ("duckdb", "spark"),
}
# What decides the meaning of lines by the values of a column that plays no role.
DECISIONS = {
    "purchases": (
        "COLUMN=VALUE,…",
        "values of a column that are purchases, and no others are: Status=completed,shipped",
    ),
    "returns_are": ("COLUMN=VALUE,…", "the values of a column that are returns, whatever their sign: Type=Refund"),
    "discount": ("COLUMN=rate", "a column that is a rate or an amount off, so that it is subtracted: Discount=rate"),
}


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

        Raises
        ------
        TransactionsError
            If the other policy for returns was asked for.
        """
        trained = "gross" if training is None else training.returns
        if self.returns not in (None, trained):
            raise TransactionsError(
                f"--returns {self.returns}: the model was trained with --returns {trained}, and forecasts that; leave "
                f"the option out, or train again with --returns {self.returns}"
            )
        keeps = self.keep_equal_lines or (training is not None and training.keeps_equal_lines)
        return replace(self, returns=trained, ignored=untrained_columns(training), keep_equal_lines=keeps)

    @classmethod
    def of(cls, chosen: argparse.Namespace) -> Self:
        """From the options of ``add_reading_options``; the command line wins over ``--mapping``.

        Raises
        ------
        TransactionsError
            If the mapping file or ``--columns`` cannot be read.
        """
        base = read_mapping(chosen.mapping) if chosen.mapping else cls()
        given: dict[str, Any] = {  # Any: each option has a type of its own
            name: value
            for name in ("date_order", "decimal", "encoding", "returns", "engine", "master", "memory_limit")
            if (value := getattr(chosen, name)) is not None
        }
        if chosen.sheet:
            given["sheets"] = tuple(chosen.sheet)
        if chosen.keep_equal_lines:
            given["keep_equal_lines"] = True
        for name in DECISIONS:
            if texts := getattr(chosen, name):
                given[name] = {**getattr(base, name), **parse_decision(name, ";".join(texts))}
        return cls(
            **{
                **{entry.name: getattr(base, entry.name) for entry in fields(base)},
                **given,
                "columns": {**base.columns, **parse_columns(chosen.columns)},
            }
        )


def add_reading_options(parser: argparse.ArgumentParser) -> None:
    """Options of every command that reads an export."""
    group = parser.add_argument_group("reading the export")
    group.add_argument(
        "--columns",
        default="",
        metavar="ROLE=COLUMN,…",
        help=f"columns with unusual names, or positions without a header, e.g. customer_id=Kunde; {', '.join(ROLES)}",
    )
    group.add_argument(
        "--mapping", type=Path, metavar="SHOP.TOML", help="all of these options in a file (doctor proposes it)"
    )
    group.add_argument("--date-order", choices=CHOICES["date_order"], help="what comes first in 03/04/2011")
    group.add_argument("--decimal", choices=CHOICES["decimal"], help="what the mark in 1,234 or 1.234 is")
    group.add_argument("--sheet", action="append", metavar="NAME", help="a sheet of the workbook (default: all)")
    group.add_argument(
        "--encoding",
        metavar="NAME",
        help="of text that is not UTF-8, e.g. gb18030, shift_jis, cp1251 (proposed where needed)",
    )
    group.add_argument(
        "--returns",
        choices=CHOICES["returns"],
        help="leave returns out (gross, the default) or subtract them from spend (net)",
    )
    for name, (example, told) in DECISIONS.items():
        group.add_argument(f"--{name.replace('_', '-')}", action="append", metavar=example, help=told)
    group.add_argument(
        "--keep-equal-lines", action="store_true", help="count lines that are equal in every column each by itself"
    )
    group.add_argument("--memory-limit", metavar="SIZE", help="e.g. 4GB (default: half of the machine's memory)")
    group.add_argument("--engine", choices=CHOICES["engine"], help="duckdb (the default) or spark")
    group.add_argument("--master", metavar="URL", help="the Spark cluster, e.g. local[4] or spark://host:7077")


def parse_decision(name: str, text: str) -> dict[str, tuple[str, ...]]:
    """Read ``Status=completed,processing;Type=Sale`` into a mapping of column to values.

    Raises
    ------
    TransactionsError
        If a part is no ``COLUMN=VALUE,…``, or a discount is neither a rate nor an amount; ``name`` is the option's.
    """
    decided: dict[str, tuple[str, ...]] = {}
    option, example = f"--{name.replace('_', '-')}", DECISIONS[name][0]
    for part in filter(None, map(str.strip, text.split(";"))):
        column, _, listing = part.partition("=")
        values = tuple(filter(None, map(str.strip, listing.split(","))))
        if not column.strip() or not values:
            raise TransactionsError(f"{option} has {part!r}; write {example}")
        if name == "discount" and values not in (("rate",), ("amount",)):
            raise TransactionsError(f"{option} has {part!r}; a discount is a rate or an amount: {example}")
        decided[column.strip()] = values
    return decided


def read_mapping(path: Path) -> ReadingOptions:
    """Read a shop's mapping file.

    Raises
    ------
    TransactionsError
        If there is no such file, it is no TOML, or it holds an entry or a value that is unknown.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise TransactionsError(f"--mapping {path}: there is no such file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TransactionsError(f"--mapping {path}: is no TOML: {error}") from error
    columns = content.pop("columns", {})
    if not isinstance(columns, dict):
        raise TransactionsError(f'--mapping {path}: [columns] must be a table such as customer_id = "Kunde"')
    decisions: dict[str, Any] = {
        name: _decision(path, name, content.pop(name, {})) for name in DECISIONS
    }  # Any: see ``of``
    keeps = content.pop("keep_equal_lines", False)
    if not isinstance(keeps, bool):
        raise TransactionsError(f"--mapping {path}: keep_equal_lines is {keeps!r}; it must be true or false")
    known = ("date_order", "decimal", "encoding", "returns", "sheets", "memory_limit")
    for name, value in content.items():
        if name not in known:
            raise TransactionsError(
                f"--mapping {path}: {name!r} is no entry; the entries are [columns], "
                f"{listed((*known, 'keep_equal_lines', *DECISIONS))}"
            )
        texts = [value] if isinstance(value, str) or name != "sheets" or not isinstance(value, list) else value
        if not all(isinstance(text, str) for text in texts):
            raise TransactionsError(f'--mapping {path}: {name} is {value!r}; write it as a text, {name} = "…"')
        if value not in CHOICES.get(name, (value,)):
            raise TransactionsError(f"--mapping {path}: {name} is {value!r}; it must be one of {listed(CHOICES[name])}")
    for role in columns:
        if role not in ROLES:
            raise TransactionsError(
                f"--mapping {path}: [columns] names the role {role!r}; the roles are {listed(ROLES)}"
            )
    sheets = content.pop("sheets", ())
    options = replace(ReadingOptions(), **content)
    return replace(
        options,
        **decisions,
        keep_equal_lines=keeps,
        columns={role: str(name) for role, name in columns.items()},
        sheets=(sheets,) if isinstance(sheets, str) else tuple(sheets),
    )


def _decision(path: Path, name: str, table: object) -> dict[str, tuple[str, ...]]:
    """One table of a mapping file such as ``[purchases]``, checked as ``parse_decision`` does."""
    if not isinstance(table, dict):
        raise TransactionsError(f"--mapping {path}: [{name}] must be a table of columns and their values")
    decided = {column: (values,) if isinstance(values, str) else values for column, values in table.items()}
    for column, values in decided.items():
        if not values or not all(isinstance(value, str) for value in values):
            raise TransactionsError(f"--mapping {path}: [{name}] {column} is {values!r}; list its values as texts")
        if name == "discount" and tuple(values) not in (("rate",), ("amount",)):
            raise TransactionsError(f'--mapping {path}: [{name}] {column} is {values!r}; write "rate" or "amount"')
    return {column: tuple(values) for column, values in decided.items()}


def mapping_toml(options: ReadingOptions) -> str:
    """The mapping file that says the same as these options."""
    lines = [
        f"{name} = {_toml(value)}"
        for name in ("date_order", "decimal", "encoding", "returns")
        if (value := getattr(options, name)) is not None
    ]
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
