"""Which column of a shop's export plays which role."""

import re
import shlex
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from model.errors import TransactionsError
from model.tables import listed

# Compared without case, spaces and punctuation; of several that an export has, the first one here wins. An id or an
# address stands before a bare noun, which may hold a person's name, and several customers may share that.
KNOWN_NAMES = {
    "customer_id": ("customeruniqueid", "customerid", "customernumber", "customerno", "customerkey", "customercode",
                    "custid", "custno", "clientid", "clientnumber", "clientcode", "userid", "memberid", "memberno",
                    "membernumber", "accountid", "accountno", "accountnumber", "buyerid", "buyeruserid", "visitorid",
                    "shopperid", "householdid", "householdkey", "householdnumber", "loyaltyid", "loyaltycard",
                    "loyaltycardnumber", "cardid", "cardnumber", "personid", "contactid", "consumerid", "subscriberid",
                    "customerreferenceid", "kundennummer", "kundennr", "kundenid", "kundeid", "numeroclient",
                    "numberclient", "idclient", "codeclient", "clienteid", "idcliente", "codigocliente",
                    "numbercliente", "klantnummer", "klantid", "email",
                    "customeremail", "customeremailaddress", "emailaddress", "buyeremail", "buyeremailaddress",
                    "billingemail", "emailbilling", "contactemail", "useremail", "fromemailaddress", "customer",
                    "client", "member", "kunde", "cliente", "user", "buyer"),
    "invoice": ("invoice", "invoiceno", "invoicenumber", "invoiceid", "orderid", "orderno", "ordernumber", "ordernum",
                "order", "transactionid", "transactionno", "transactionnumber", "receiptid", "receiptno",
                "receiptnumber", "receipt", "basketid", "basket", "billno", "billnumber", "billid", "ticketid",
                "ticketnumber", "ticket", "amazonorderid", "salesorderid", "salesordernumber", "saleid", "salenumber",
                "purchaseid", "checkoutid", "cartid", "checknumber", "documentnumber", "vouchernumber", "belegnummer",
                "belegnr", "beleg", "rechnungsnummer", "rechnungsnr", "rechnung", "bestellnummer", "bestellnr",
                "auftragsnummer", "auftragsnr", "bonnummer", "numerocommande", "numbercommande", "commande",
                "numberfacture", "facture", "numberpedido", "pedido", "numberfactura", "factura", "bestelling",
                "factuurnummer"),
    "product": ("stockcode", "productid", "productcode", "productno", "productnumber", "sku", "skucode", "productsku",
                "lineitemsku", "itemsku", "variantsku", "itemid", "itemcode", "itemno", "itemnumber", "articleid",
                "articleno", "articlenumber", "product", "item", "article", "ean", "upc", "gtin", "asin", "isbn",
                "barcode", "artikelnummer", "artikelnr", "artikel", "produkt", "codearticle", "referenceproduit",
                "produit", "codigoproducto", "codigoarticulo", "producto", "articulo", "productname", "itemname",
                "lineitemname"),
    "quantity": ("quantity", "qty", "lineitemquantity", "orderquantity", "itemquantity", "quantityordered",
                 "qtyordered", "quantitysold", "units", "unitssold", "numberofunits", "numberunits", "amountofunits",
                 "itemcount", "pieces", "menge", "anzahl", "stueck", "stuck", "quantite", "cantidad", "aantal",
                 "count"),
    "unit_price": ("unitprice", "price", "lineitemprice", "itemprice", "priceperunit", "pricepaid", "salesprice",
                   "sellingprice", "unitpricegbp", "unitpriceeur", "unitpriceusd", "einzelpreis",
                   "stueckpreis", "preis", "prixunitaire", "prix", "preciounitario", "precio", "stukprijs", "prijs"),
    "line_total": ("linetotal", "lineamount", "linevalue", "lineitemtotal", "itemtotal", "totalprice", "extendedprice",
                   "extendedamount", "lineprice", "amount", "totalamount", "total", "totalsales", "totalpaid",
                   "amountpaid", "spend", "spent", "totalspent", "revenue", "sales", "salesamount", "salesvalue",
                   "saleamount", "turnover", "netsales", "grosssales", "netvalue", "netamount", "grossvalue",
                   "grossamount", "transactionamount", "purchaseamount", "paymentvalue", "ordervalue", "ordertotal",
                   "ordertotalamount", "orderamount", "grandtotal", "invoiceamount", "invoicetotal", "value", "betrag",
                   "umsatz", "gesamtpreis", "gesamtbetrag", "summe", "montant", "montanttotal", "montantttc",
                   "totalttc", "importe", "importetotal", "bedrag", "dollarvalue", "usd", "eur", "gross"),
    "ordered_at": ("invoicedate", "orderdate", "orderedat", "ordertime", "orderdatetime", "orderpurchasetimestamp",
                   "purchasedate", "purchasedat", "transactiondate", "transactiondatetime", "saledate",
                   "salesdate", "receiptdate", "datetime", "timestamp", "date", "createdat", "created",
                   "createdon", "createddate", "createddateutc", "datecreated", "purchasetime", "purchasedon",
                   "purchasedatetime", "dateofpurchase", "datepurchase", "orderedon", "ordercreated", "dateordered",
                   "dateorder", "ordertimestamp", "transactiontimestamp", "transactiondt", "eventtime", "businessdate",
                   "postingdate", "documentdate", "bookingdate", "soldat", "solddate", "bestelldatum", "auftragsdatum",
                   "rechnungsdatum", "belegdatum", "buchungsdatum", "kaufdatum", "datum", "dateachat", "datecommande",
                   "datefacture", "fechapedido", "fechacompra", "fechafactura", "fecha", "besteldatum", "time", "day",
                   "transactiontime"),
    "currency": ("currency", "currencycode", "ccy", "waehrung", "wahrung", "devise", "moneda", "valuta"),
    "email": ("email", "customeremail", "customeremailaddress", "emailaddress", "buyeremail", "buyeremailaddress",
              "billingemail", "emailbilling", "contactemail", "useremail", "fromemailaddress", "mail", "mailaddress",
              "emailadresse", "mailadresse", "kundenemail", "courriel", "adressemail", "adresseemail", "correo",
              "correoelectronico", "emailcliente", "emailadres", "emailclient"),
    "name": ("customername", "fullname", "customerfullname", "buyername", "billingname", "clientname", "contactname",
             "membername", "username", "kundenname", "nomclient", "nomcomplet", "nombrecliente", "nombrecompleto",
             "klantnaam", "name", "nom", "nombre", "naam", "firstname", "vorname", "prenom"),
    "product_name": ("productname", "itemname", "lineitemname", "producttitle", "itemtitle", "description",
                     "productdescription", "itemdescription", "articlename", "artikelname", "produktname",
                     "artikelbezeichnung", "produktbezeichnung", "bezeichnung", "designation", "nomproduit", "libelle",
                     "nombreproducto", "descripcion", "omschrijving", "productnaam", "artikelomschrijving", "title"),
}  # fmt: skip
# Told of customers in a campaign's files, and of no use to a forecast.
DETAILS = ("email", "name", "product_name")
# How databases shorten words, and words that say nothing here: cust_no, trx_dt, N° de commande, Amount EUR.
_WHOLE_WORDS = {"cust": "customer", "cst": "customer", "acct": "account", "trx": "transaction", "txn": "transaction",
                "tran": "transaction", "trans": "transaction", "ord": "order", "inv": "invoice", "rcpt": "receipt",
                "tkt": "ticket", "prod": "product", "itm": "item", "dt": "date", "dttm": "datetime", "ts": "timestamp",
                "amt": "amount", "prc": "price", "val": "value", "tot": "total", "cd": "code", "no": "number",
                "nr": "number", "num": "number", "nbr": "number", "nummer": "number", "numero": "number",
                "hh": "household"}  # fmt: skip
_SILENT_WORDS = {"de", "del", "du", "la", "der", "of", "the", "eur", "gbp", "usd", "chf", "utc"}
# Beside an e-mail address the name of a person, elsewhere as well that of a product.
_BARE_NAMES = ("name", "nom", "nombre", "naam")
# Systems with words of their own: a column that gives them away, and what another column means then. Shopify's order is
# its "Name", and Amazon's "item-price" is that of the whole quantity.
_OWN_WORDS = (("lineitemprice", "name", "invoice"), ("amazonorderid", "itemprice", "line_total"))
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


def map_columns(
    names: Sequence[str], chosen: Mapping[str, str], ignored: Collection[str] = (), *, empty: Collection[str] = ()
) -> ColumnMapping:
    """Give each role but those ignored a column of the export: the chosen one, else one with a known name.

    Parameters
    ----------
    names : sequence of str
        The column names of the export.
    chosen : mapping
        Role to column name, or to a position counted from 1 where the export has no header.
    ignored : collection of str
        Roles that no column is to play.
    empty : collection of str
        Columns without a value, which play a role only where they are chosen.

    Raises
    ------
    TransactionsError
        If a needed role has no column, or more than one.
    """
    found = {role: _chosen_column(role, name, names) for role, name in chosen.items() if role not in ignored}
    for role in ROLES:
        if role in found or role in ignored:
            continue
        free = [name for name in names if name not in found.values() and name not in empty]
        matches = _best(free, _known_names(role, names))
        if len(matches) > 1 and role not in ("line_total", *DETAILS):
            raise TransactionsError(
                f"columns {' and '.join(map(repr, matches))} could both be {role}; "
                f"choose with {_option({role: matches[0]})}"
            )
        if matches:
            found[role] = matches[0]
    has_email = "email" in found or _known_as("email", found.get("customer_id", ""))
    if "name" not in chosen and not has_email and plain_name(found.get("name", "")) in _BARE_NAMES:
        del found["name"]
    if "product_name" not in found and _known_as("product_name", found.get("product", "")):
        found["product_name"] = found["product"]
    _require(found, names)
    if "unit_price" in found and "quantity" in found and "line_total" not in chosen:
        found.pop("line_total", None)  # quantity and price say the same with more detail
    if "unit_price" in found and "quantity" not in found and "line_total" not in chosen:
        _refuse_unclear_amount(found["line_total"], found["unit_price"])
    return ColumnMapping(found)


def known_role(name: str) -> str | None:
    """The role that a column of this name would be given for a forecast."""
    return next((role for role in ROLES if role not in DETAILS and _known_as(role, name)), None)


def _known_as(role: str, name: str) -> bool:
    return any(each in KNOWN_NAMES[role] for each in _readings(name))


def plain_name(name: str) -> str:
    """Letters and digits of any script alone, without accents: "Customer ID" and "customer_id" are one name."""
    return "".join(filter(str.isalnum, _unaccented(name))).lower()


def _chosen_column(role: str, name: str, names: Sequence[str]) -> str:
    if name in names:
        return name
    alike = [each for each in names if plain_name(each) == plain_name(name) != ""]
    if len(alike) == 1:
        return alike[0]
    if name.isdecimal() and 1 <= int(name) <= len(names):
        return names[int(name) - 1]
    raise TransactionsError(f"--columns {role}={name}: there is no such column; the export has {listed(names)}")


def _known_names(role: str, names: Sequence[str]) -> tuple[str, ...]:
    """The known names of a role; a system that calls things otherwise is told by a column of its own."""
    plain = set(map(plain_name, names))
    known = KNOWN_NAMES[role]
    for sign, column, true_role in _OWN_WORDS:
        if sign in plain:
            known = (*known, column) if role == true_role else tuple(name for name in known if name != column)
    return known


def _best(names: Sequence[str], known: Sequence[str]) -> list[str]:
    """Of columns with known names the most telling; equal ones stay, to be refused."""
    ranks = {
        name: min((known.index(each), place) for place, each in enumerate(_readings(name)) if each in known)
        for name in names
        if any(each in known for each in _readings(name))
    }
    return [name for name, rank in ranks.items() if rank == min(ranks.values())]


def _require(found: Mapping[str, str], names: Sequence[str]) -> None:
    missing = {role: (role, f"{role}=COLUMN", "") for role in ("customer_id", "ordered_at") if role not in found}
    if "customer_id" in missing:
        advice = "; without customers (an id, a card number, an e-mail address) there is nobody to forecast"
        missing["customer_id"] = (*missing["customer_id"][:2], advice)
    if "line_total" not in found and "unit_price" not in found:
        what, example = (
            ("unit_price (or line_total)", "unit_price")
            if "quantity" in found
            else ("line_total (or quantity and unit_price)", "line_total")
        )
        missing["line_total"] = what, f"{example}=COLUMN", "; without amounts of money there is no spend to forecast"
    elif "line_total" not in found and "quantity" not in found:
        price = found["unit_price"]
        advice = f"; if {price!r} is the total of a line, say {_option({'line_total': price})}"
        missing["quantity"] = "quantity (or line_total)", "quantity=COLUMN", advice
    if missing:
        whats, examples, advices = (list(parts) for parts in zip(*missing.values(), strict=True))
        raise TransactionsError(
            f"no column found for {', '.join(whats)}; the export has {listed(names)}. "
            f"Name it with --columns {','.join(examples)}{''.join(advices)}"
        )


def _refuse_unclear_amount(total: str, price: str) -> None:
    """Beside a price and without a quantity, an "amount" may be either."""
    if plain_name(total) == "amount":
        raise TransactionsError(
            f"column {total!r} beside {price!r} could be the total of a line or a quantity; choose with "
            f"{_option({'line_total': total})}, {_option({'quantity': total})}, or "
            f"{_option({'line_total': price, 'quantity': total})}"
        )


def _option(columns: Mapping[str, str]) -> str:
    """``--columns`` as a shell takes it."""
    return f"--columns {shlex.quote(','.join(f'{role}={name}' for role, name in columns.items()))}"


def _readings(name: str) -> tuple[str, ...]:
    """What a name may stand for: as it is, without what is in brackets, with whole words for short ones."""
    outside = re.sub(r"\(.*?\)", " ", name)
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", _unaccented(outside))
    spoken = [word for word in map(str.lower, words) if word not in _SILENT_WORDS]
    return plain_name(name), plain_name(outside), "".join(_WHOLE_WORDS.get(word, word) for word in spoken)


def _unaccented(name: str) -> str:
    parts = unicodedata.normalize("NFKD", name.replace("ß", "ss").replace("°", "o"))
    return "".join(part for part in parts if not unicodedata.combining(part))
