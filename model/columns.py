"""Which column of a shop's export plays which role."""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from model.errors import TransactionsError
from model.tables import listed

# Compared without case, spaces and punctuation; of several that an export has, the first one here wins.
KNOWN_NAMES = {
    "customer_id": ("customerid", "customeruniqueid", "customernumber", "customerno", "customerkey", "custid",
                    "custno", "customer", "clientid", "client", "userid", "memberid", "memberno", "member",
                    "membernumber", "accountid", "accountno", "buyerid", "visitorid", "shopperid", "householdid",
                    "householdkey", "loyaltyid", "cardid", "cardnumber", "personid", "kundennummer", "kundennr",
                    "kundenid", "kundeid", "kunde", "numeroclient", "idclient", "codeclient", "clienteid",
                    "idcliente", "cliente", "klantnummer", "klantid", "email", "customeremail", "user", "buyer"),
    "invoice": ("invoice", "invoiceno", "invoicenumber", "invoiceid", "orderid", "orderno", "ordernumber", "ordernum",
                "order", "transactionid", "transactionno", "transactionnumber", "receiptid", "receiptno",
                "receiptnumber", "receipt", "basketid", "basket", "billno", "billid", "ticketid", "ticket",
                "salesorderid", "belegnummer", "belegnr", "beleg", "rechnungsnummer", "rechnungsnr", "rechnung",
                "bestellnummer", "bestellnr", "auftragsnummer", "numerocommande", "commande", "facture", "pedido",
                "factura", "bestelling", "factuurnummer"),
    "product": ("stockcode", "productid", "productcode", "productno", "sku", "lineitemsku", "itemid", "itemcode",
                "itemno", "articleid", "articleno", "product", "item", "article", "ean", "upc", "gtin", "asin",
                "isbn", "artikelnummer", "artikelnr", "artikel", "produkt", "produit", "producto", "articulo",
                "productname", "itemname", "lineitemname"),
    "quantity": ("quantity", "qty", "lineitemquantity", "orderquantity", "itemquantity", "quantityordered",
                 "qtyordered", "units", "unitssold", "numberofunits", "amountofunits", "itemcount", "pieces", "menge",
                 "anzahl", "stueck", "stuck", "quantite", "cantidad", "aantal", "count"),
    "unit_price": ("unitprice", "price", "lineitemprice", "itemprice", "priceperunit", "pricepaid", "salesprice",
                   "sellingprice", "unitpricegbp", "unitpriceeur", "unitpriceusd", "unitcost", "einzelpreis",
                   "stueckpreis", "preis", "prixunitaire", "prix", "preciounitario", "precio", "stukprijs", "prijs"),
    "line_total": ("linetotal", "lineamount", "linevalue", "totalprice", "extendedprice", "lineprice", "amount",
                   "totalamount", "total", "spend", "spent", "revenue", "sales", "salesamount", "salesvalue",
                   "turnover", "netsales", "grosssales", "netvalue", "netamount", "grossvalue", "grossamount",
                   "transactionamount", "purchaseamount", "paymentvalue", "ordervalue", "ordertotal",
                   "ordertotalamount", "value", "betrag", "umsatz", "gesamtpreis", "gesamtbetrag", "summe", "montant",
                   "importe", "bedrag", "dollarvalue", "usd", "eur"),
    "ordered_at": ("invoicedate", "orderdate", "orderedat", "ordertime", "orderdatetime", "orderpurchasetimestamp",
                   "purchasedate", "purchasedat", "transactiondate", "transactiondatetime", "transactiontime",
                   "saledate", "salesdate", "receiptdate", "datetime", "timestamp", "date", "createdat", "created",
                   "createdon", "createddate", "createddateutc", "purchasetime", "purchasedon", "orderedon",
                   "ordertimestamp", "transactiontimestamp", "transactiondt", "eventtime", "businessdate", "soldat",
                   "bestelldatum", "auftragsdatum", "rechnungsdatum", "belegdatum", "kaufdatum", "datum", "dateachat",
                   "datecommande", "fecha", "time", "day"),
    "currency": ("currency", "currencycode", "ccy", "waehrung", "wahrung", "devise", "moneda", "valuta"),
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


def map_columns(names: Sequence[str], chosen: Mapping[str, str], ignored: Collection[str] = ()) -> ColumnMapping:
    """Give each role but those ignored a column of the export: the chosen one, else one with a known name.

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
    found = {role: _chosen_column(role, name, names) for role, name in chosen.items() if role not in ignored}
    taken = set(found.values())
    for role, known in KNOWN_NAMES.items():
        if role in found or role in ignored:
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
    if "unit_price" in found and "quantity" not in found and "line_total" not in chosen:
        _refuse_unclear_amount(found["line_total"], found["unit_price"])
    return ColumnMapping(found)


def _chosen_column(role: str, name: str, names: Sequence[str]) -> str:
    if name in names:
        return name
    if name.isdecimal() and 1 <= int(name) <= len(names):
        return names[int(name) - 1]
    raise TransactionsError(f"--columns {role}={name}: there is no such column; the export has {listed(names)}")


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
        examples = ",".join(f"{role.split(' ')[0]}=COLUMN" for role in missing)
        hint = (
            f"; if {found['unit_price']!r} is the total of a line, --columns line_total={found['unit_price']}"
            if ("unit_price" in found and "quantity" not in found and "line_total" not in found)
            else ""
        )
        raise TransactionsError(
            f"no column found for {', '.join(missing)}; the export has {listed(names)}. "
            f"Name it with --columns {examples}{hint}"
        )


def _refuse_unclear_amount(total: str, price: str) -> None:
    """Beside a price and without a quantity, an "amount" may be either."""
    if _plain(total) == "amount":
        raise TransactionsError(
            f"column {total!r} beside {price!r} could be the total of a line or a quantity; choose with --columns "
            f"line_total={total}, --columns quantity={total}, or --columns line_total={price},quantity={total}"
        )


def _plain(name: str) -> str:
    """Letters and digits alone, without accents: "N° de commande" and "n_de_commande" are one name."""
    bare = unicodedata.normalize("NFKD", name.lower().replace("ß", "ss"))
    return re.sub(r"[^a-z0-9]", "", bare)
