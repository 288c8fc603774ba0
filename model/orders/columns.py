"""Which column of a shop's export plays which role."""

import csv
import re
import shlex
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from functools import partial

from model.engines.connection import listed
from model.errors import TransactionsError
from model.orders.tables import toml_table

# Told of customers in a campaign's files, and of no use to a forecast.
DETAILS = ("email", "name", "product_name")
ROLES = (
    "customer_id", "invoice", "product", "quantity", "unit_price", "line_total", "ordered_at", "currency", *DETAILS,
)  # fmt: skip
OPTIONAL_ROLES = ("invoice", "product", "quantity")
_table = partial(toml_table, "column_names")


def parse_columns(text: str) -> dict[str, str]:
    """Read ``--columns customer_id=Kunde,ordered_at=Datum`` into a mapping of role to column.

    An entry with a comma in it stands in double quotes, as in CSV: ``"line_total=Amount, EUR"``.

    Raises TransactionsError if an entry is no ``role=column`` or names a role that does not exist.
    """
    columns: dict[str, str] = {}
    for entry in filter(None, (part.strip() for part in next(csv.reader([text], skipinitialspace=True), []))):
        role, separator, name = (part.strip() for part in entry.partition("="))
        if not separator or not name:
            raise TransactionsError(f"--columns has {entry!r}; write role=column, for example customer_id=Kunde")
        if role not in ROLES:
            raise TransactionsError(f"--columns names the role {role!r}; the roles are {', '.join(ROLES)}")
        columns[role] = name
    return columns


def map_columns(
    names: Sequence[str], chosen: Mapping[str, str], ignored: Collection[str] = (), *, empty: Collection[str] = ()
) -> dict[str, str]:
    """The column of each role but those ignored that the export has: the chosen one, else one with a known name.

    ``names`` are the columns of the export, and ``empty`` those without a value, which play a role only where they are
    chosen. ``chosen`` gives roles a column's name, or a position from 1 where the export has no header.

    Raises TransactionsError if a needed role has no column, or more than one.
    """
    found = {
        role: find_column(name, names, option=f"--columns {role}={name}")
        for role, name in chosen.items()
        if role not in ignored
    }
    for role in ROLES:
        if role in found or role in ignored:
            continue
        free = [name for name in names if name not in found.values() and name not in empty]
        ranks = _ranks(free, _known_names(role, names))
        matches = [name for name, rank in ranks.items() if rank == min(ranks.values())]  # equal ones are refused
        if len(matches) > 1 and role not in ("line_total", *DETAILS):
            raise TransactionsError(
                f"columns {' and '.join(map(repr, matches))} could both be {role}; "
                f"choose with {_option({role: matches[0]})}"
            )
        if matches:
            found[role] = matches[0]
    has_email = "email" in found or _known_as("email", found.get("customer_id", ""))
    if "name" not in chosen and not has_email and plain_name(found.get("name", "")) in _table()["words"]["persons"]:
        del found["name"]
    if "product_name" not in found and _known_as("product_name", found.get("product", "")):
        found["product_name"] = found["product"]
    _require(found, names)
    if "unit_price" in found and "quantity" in found and "line_total" not in chosen:
        found.pop("line_total", None)  # quantity and price say the same with more detail
    if "unit_price" in found and "quantity" not in found and "line_total" not in chosen:
        total, price = found["line_total"], found["unit_price"]
        if plain_name(total) == "amount":  # without a quantity it may be either
            raise TransactionsError(
                f"column {total!r} beside {price!r} could be the total of a line or a quantity; choose with "
                f"{_option({'line_total': total})}, {_option({'quantity': total})}, or "
                f"{_option({'line_total': price, 'quantity': total})}"
            )
    return found


def known_role(name: str) -> str | None:
    """The role that a column of this name would be given for a forecast."""
    return next((role for role in ROLES if role not in DETAILS and _known_as(role, name)), None)


def known_columns(role: str, names: Sequence[str]) -> list[str]:
    """Columns whose names are known for a role, the most telling first."""
    ranks = _ranks(names, _known_names(role, names))
    return sorted(ranks, key=ranks.__getitem__)


def _known_as(role: str, name: str) -> bool:
    return any(each in _table()["known"][role] for each in _readings(name))


def plain_name(name: str) -> str:
    """Letters and digits of any script alone, without accents: "Customer ID" and "customer_id" are one name."""
    return "".join(filter(str.isalnum, unaccented(name))).lower()


def find_column(name: str, names: Sequence[str], *, option: str) -> str:
    """The column of this name in any spelling, or at this position; raises TransactionsError with the option."""
    if name in names:
        return name
    alike = [each for each in names if plain_name(each) == plain_name(name) != ""]
    if len(alike) == 1:
        return alike[0]
    if name.isdecimal() and 1 <= int(name) <= len(names):
        return names[int(name) - 1]
    raise TransactionsError(f"{option}: there is no such column; the export has {listed(names)}")


def _known_names(role: str, names: Sequence[str]) -> tuple[str, ...]:
    """The known names of a role; a system that calls things otherwise is told by a column of its own."""
    plain = set(map(plain_name, names))
    known = tuple(_table()["known"][role])
    for sign, column, true_role in _table()["words"]["own"]:
        if sign in plain:
            known = (*known, column) if role == true_role else tuple(name for name in known if name != column)
    return known


def _ranks(names: Sequence[str], known: Sequence[str]) -> dict[str, tuple[int, int]]:
    """How telling the known ones of these names are, less is more."""
    return {
        name: min((known.index(each), place) for place, each in enumerate(_readings(name)) if each in known)
        for name in names
        if any(each in known for each in _readings(name))
    }


def _require(found: Mapping[str, str], names: Sequence[str]) -> None:
    missing = []
    if "customer_id" not in found:
        advice = "; without customers (an id, a card number, an e-mail address) there is nobody to forecast"
        missing.append(("customer_id", "customer_id=COLUMN", advice))
    if "ordered_at" not in found:
        missing.append(("ordered_at", "ordered_at=COLUMN", ""))
    if "line_total" not in found and "unit_price" not in found:
        advice = "; without amounts of money there is no spend to forecast"
        if "quantity" in found:
            missing.append(("unit_price (or line_total)", "unit_price=COLUMN", advice))
        else:
            missing.append(("line_total (or quantity and unit_price)", "line_total=COLUMN", advice))
    elif "line_total" not in found and "quantity" not in found:
        price = found["unit_price"]
        advice = f"; if {price!r} is the total of a line, say {_option({'line_total': price})}"
        missing.append(("quantity (or line_total)", "quantity=COLUMN", advice))
    if missing:
        whats, examples, advices = (list(parts) for parts in zip(*missing, strict=True))
        raise TransactionsError(
            f"no column found for {', '.join(whats)}; the export has {listed(names)}. "
            f"Name it with --columns {','.join(examples)}{''.join(advices)}"
        )


def _option(columns: Mapping[str, str]) -> str:
    return f"--columns {shlex.quote(','.join(f'{role}={name}' for role, name in columns.items()))}"


def _readings(name: str) -> tuple[str, ...]:
    """What a name may stand for: as it is, without what is in brackets, with whole words for short ones."""
    outside = re.sub(r"\(.*?\)", " ", name)
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", unaccented(outside))
    spoken = [word for word in map(str.lower, words) if word not in _table()["words"]["silent"]]
    return plain_name(name), plain_name(outside), "".join(_table()["whole_words"].get(word, word) for word in spoken)


def unaccented(name: str) -> str:
    """The text without accents, full-width letters as others."""
    parts = unicodedata.normalize("NFKD", name.replace("ß", "ss").replace("°", "o"))
    return "".join(part for part in parts if not unicodedata.combining(part))
