"""DuckDB's SQL, in which everything is defined, as Spark's: sqlglot translates, and this adds what it leaves out."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import sqlglot
from sqlglot import exp

# strptime on the left, Spark's letters on the right; one letter accepts one digit or two.
_LETTERS = {"Y": "yyyy", "y": "yy", "m": "M", "d": "d", "H": "H", "M": "m", "S": "s", "f": "SSSSSS", "I": "h", "p": "a",
            "b": "MMM", "B": "MMMM", "a": "EEE"}  # fmt: skip
_TWO_DIGITS = {"M": "MM", "d": "dd", "H": "HH", "m": "mm", "s": "ss"}


def parse(query: str, parameters: Mapping[str, object] | None = None) -> Any:  # Any: a sqlglot tree
    """Parse DuckDB's SQL and put numbers in the place of its ``$names``."""
    tree = sqlglot.parse_one(query, read="duckdb")
    values = dict(parameters or {})
    return tree.transform(
        lambda node: (
            exp.convert(values[node.name])
            if isinstance(node, exp.Parameter | exp.Placeholder) and node.name in values
            else node
        )
    )


def to_spark(tree: Any) -> str:  # Any: see ``parse``
    """Spark's SQL for a tree from ``parse``."""
    return str(tree.transform(_adapted).sql(dialect="spark"))


def _adapted(node: Any) -> Any:  # Any: sqlglot's nodes, of which we change a few
    if isinstance(node, exp.Literal) and node.is_number and re.search(r"[.e]", node.this, re.IGNORECASE):
        # Spark reads 86400.0 as a DECIMAL and would divide with six digits.
        return exp.Cast(this=exp.Literal.string(node.this), to=exp.DataType.build("DOUBLE"))
    if isinstance(node, exp.Window) and not node.args.get("order") and isinstance(node.this, exp.RowNumber):
        node.set("order", exp.Order(expressions=[exp.Literal.number(1)]))
    if type(node) in _NODES:
        return _NODES[type(node)](node)
    if isinstance(node, exp.Anonymous) and node.name.lower() in _FUNCTIONS:
        return _FUNCTIONS[node.name.lower()](*node.expressions)
    return node


def _call(name: str, *parts: Any) -> Any:  # Any: see ``_adapted``
    return exp.Anonymous(this=name, expressions=list(parts))


def _quotient(node: Any) -> Any:  # Any: see ``_adapted``
    """By zero is NULL in DuckDB and an error in Spark."""
    if isinstance(node.expression, exp.Literal):
        return node
    # What takes a node's place is not entered again.
    return _call("try_divide", *(part.transform(_adapted) for part in (node.this, node.expression)))


def _regexp_replace(node: Any) -> Any:  # Any: see ``_adapted``
    text, replacement = node.this.transform(_adapted), node.args["replacement"]  # as in ``_quotient``
    if isinstance(replacement, exp.Literal):
        replacement = exp.Literal.string(re.sub(r"\\(\d)", r"$\1", replacement.this))
    return _call("regexp_replace", text, node.expression, replacement)


def _microseconds(count: Any) -> Any:  # Any: see ``_adapted``
    seconds = exp.Div(this=exp.Paren(this=count), expression=exp.Literal.number(1_000_000))
    exact = exp.Cast(this=seconds, to=exp.DataType.build("DECIMAL(18, 6)"))
    return _call("make_dt_interval", *(exp.Literal.number(0) for _ in range(3)), exact)


def _try_to_timestamp(text: Any, formats: Any) -> Any:  # Any: see ``_adapted``
    """The first format that reads the text; NULL where none does."""
    text = text.transform(_adapted)  # as in ``_quotient``
    listed = formats.expressions if isinstance(formats, exp.Array) else [formats]
    patterns = [exp.Literal.string(_pattern(each.this)) for each in listed]
    readings = [_call("try_to_timestamp", text.copy(), pattern) for pattern in patterns]
    return exp.Coalesce(this=readings[0], expressions=readings[1:]) if readings[1:] else readings[0]


def _pattern(strptime: str) -> str:
    """Spark's pattern: ``%d/%m/%Y`` is ``d/M/yyyy``; digits that touch each other have a fixed width."""
    pattern = re.sub(r"%(.)", lambda found: _LETTERS[found[1]] + "\0", strptime)
    if strptime.startswith("%Y%m%d"):
        pattern = re.sub("[A-Za-z]+", lambda found: _TWO_DIGITS.get(found[0], found[0]), pattern)
    return pattern.replace("\0", "")


_NODES: dict[type, Callable[[Any], Any]] = {  # Any: see ``_adapted``
    exp.Div: _quotient,
    exp.RegexpReplace: _regexp_replace,
    exp.PercentileCont: lambda node: _call("percentile", node.this, node.expression),
    exp.ToDays: lambda node: _call("make_dt_interval", node.this),
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {  # Any: see ``_adapted``
    "try_strptime": _try_to_timestamp,
    "hash": lambda *columns: _call("xxhash64", *columns),
    "to_microseconds": _microseconds,
    "strlen": lambda text: _call("octet_length", text),
}
