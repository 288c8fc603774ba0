"""Which column of a shop's export plays which role."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from model.errors import TransactionsError

# Compared without case, spaces and punctuation.
KNOWN_NAMES = {
    "customer_id": ("customerid", "customer", "custid", "clientid", "userid", "memberid", "accountid", "buyerid"),
    "invoice": ("invoice", "invoiceno", "invoicenumber", "invoiceid", "orderid", "orderno", "ordernumber", "order",
                "transactionid", "receiptid", "basketid"),
    "product": ("stockcode", "product", "productid", "productcode", "sku", "itemid", "item", "articleid", "article"),
    "quantity": ("quantity", "qty", "units", "unitssold", "amountofunits", "count"),
    "unit_price": ("price", "unitprice", "unitcost", "itemprice", "pricepaid", "unitpricegbp", "unitpriceeur",
                   "unitpriceusd"),
    "line_total": ("linetotal", "total", "totalprice", "amount", "spend", "revenue", "sales", "salesamount",
                   "value", "netvalue", "grossvalue", "totalamount"),
    "ordered_at": ("invoicedate", "orderdate", "orderedat", "date", "datetime", "timestamp", "purchasedate",
                   "transactiondate", "createdat", "time", "day"),
}  # fmt: skip
ROLES = tuple(KNOWN_NAMES)
OPTIONAL_ROLES = ("invoice", "product", "quantity")


@dataclass(frozen=True)
class ColumnMapping:
    """The source column of each role that the export has."""

    columns: Mapping[str, str]

    @property
    def missing(self) -> tuple[str, ...]:
        """Optional roles that no column plays."""
        return tuple(role for role in OPTIONAL_ROLES if role not in self.columns)


def parse_columns(text: str) -> dict[str, str]:
    """Read ``--columns customer_id=Kunde,ordered_at=Datum`` into a mapping of role to column.

    Raises
    ------
    TransactionsError
        If an entry is no ``role=column`` or names a role that does not exist.
    """
    columns: dict[str, str] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        role, separator, name = (part.strip() for part in entry.partition("="))
        if not separator or not name:
            raise TransactionsError(f"--columns has {entry!r}; write role=column, for example customer_id=Kunde")
        if role not in ROLES:
            raise TransactionsError(f"--columns names the role {role!r}; the roles are {', '.join(ROLES)}")
        columns[role] = name
    return columns


def map_columns(names: Sequence[str], chosen: Mapping[str, str]) -> ColumnMapping:
    """Give each role a column of the export: the chosen one, else one with a known name.

    Parameters
    ----------
    names : sequence of str
        The column names of the export.
    chosen : mapping
        Role to column name, or to a position counted from 1 where the export has no header.

    Raises
    ------
    TransactionsError
        If a needed role has no column, or more than one.
    """
    found = {role: _chosen_column(role, name, names) for role, name in chosen.items()}
    taken = set(found.values())
    for role, known in KNOWN_NAMES.items():
        if role in found:
            continue
        matches = [name for name in names if name not in taken and _plain(name) in known]
        if len(matches) > 1 and role != "line_total":
            matches = _best(matches, known)
        if len(matches) > 1 and role != "line_total":
            raise TransactionsError(
                f"columns {' and '.join(map(repr, matches))} could both be {role}; "
                f"choose with --columns {role}={matches[0]}"
            )
        if matches:
            found[role] = matches[0]
    _require(found, names)
    if "unit_price" in found and "quantity" in found and "line_total" not in chosen:
        found.pop("line_total", None)  # quantity and price say the same with more detail
    return ColumnMapping(found)


def _chosen_column(role: str, name: str, names: Sequence[str]) -> str:
    if name in names:
        return name
    if name.isdecimal() and 1 <= int(name) <= len(names):
        return names[int(name) - 1]
    raise TransactionsError(f"--columns {role}={name}: there is no such column; the export has {_listed(names)}")


def _best(matches: list[str], known: Sequence[str]) -> list[str]:
    """Of several known names the most telling; equal ones stay, to be refused."""
    rank = min(known.index(_plain(name)) for name in matches)
    return [name for name in matches if known.index(_plain(name)) == rank]


def _require(found: Mapping[str, str], names: Sequence[str]) -> None:
    missing = [role for role in ("customer_id", "ordered_at") if role not in found]
    if "line_total" not in found and "unit_price" not in found:
        missing.append("unit_price (or line_total)")
    elif "line_total" not in found and "quantity" not in found:
        missing.append("quantity (or line_total)")
    if missing:
        example = missing[0].split(" ")[0]
        raise TransactionsError(
            f"no column found for {', '.join(missing)}; the export has {_listed(names)}. "
            f"Name it with --columns {example}=COLUMN"
        )


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _listed(names: Sequence[str]) -> str:
    return ", ".join(repr(name) for name in names)
