"""Who is a customer: ids that lost digits, ids of many people or of nobody, sums among rows, refunds."""

import re
from typing import Any

from model.engines.connection import literal, quoted, trimmed
from model.errors import TransactionsError
from model.orders.amounts import is_text
from model.orders.columns import known_role, plain_name
from model.orders.export import Export
from model.orders.findings import finding
from model.orders.states import LineMeaning, content, has_word, plain_words
from model.orders.thresholds import FILLED, GUEST_SHARE, GUEST_TIMES

# Tabs and other signs that nobody sees: of those some part words, others stand within them.
_BLANKS = "\\x01-\\x1f\\x7f\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_NOTHINGS = "\xad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff"
_UNTIDY = f"[{_BLANKS}{_NOTHINGS}]|^'"
IDENTIFIERS = ("customer_id", "invoice", "product")
_SCIENTIFIC = r"^[0-9]([.,][0-9]+)?[eE][+][0-9]+$"
_EXACT = 2**53
_SUM_WORDS = ("total", "result", "summe", "ergebnis", "suma", "totaal")
_SUM_OF = rf"(?i)^(.+?)[ :-]+(sub ?)?({'|'.join(_SUM_WORDS)})$"


def tidy_text(export: Export, role: str) -> str:
    """SQL for an identifier: where some have them, without signs that nobody sees and a spreadsheet's apostrophe."""
    text, untidy = export.text(role), f"regexp_matches(value, {literal(_UNTIDY)})"
    if not is_text(export.types[export.columns[role]]) or not export.has(untidy, f"values_of_{role}"):
        return text
    bare = f"regexp_replace(regexp_replace({text}, '[{_NOTHINGS}]', '', 'g'), '[{_BLANKS}]', ' ', 'g')"
    return f"trim(regexp_replace(trim({bare}), '^''+', ''))"


def list_identifiers(export: Export) -> None:
    """Fill ``values_of_customer_id`` and their like with the different values, which are fewer than the lines.

    Raises TransactionsError, with column and value, where a spreadsheet or a number of a computer cut ids of customers
    or invoices: many of them are one now.
    """
    for role in (role for role in IDENTIFIERS if role in export.columns):
        name, lost = export.columns[role], f"regexp_matches(trim(value), '{_SCIENTIFIC}')"
        values = f"SELECT DISTINCT CAST({quoted(name)} AS VARCHAR) AS value FROM source"
        export.connection.execute(f"CREATE OR REPLACE TEMP TABLE values_of_{role} AS {values}")
        if export.types[name].upper().startswith(("DOUBLE", "FLOAT", "REAL")):
            lost = f"({lost} OR abs(TRY_CAST(value AS DOUBLE)) > {_EXACT})"
        if role != "product" and (found := export.rows(f"SELECT value FROM values_of_{role} WHERE {lost} LIMIT 1")):
            raise TransactionsError(
                f"column {name!r} has the value {found[0][0]!r}: a spreadsheet kept its first digits only, and many "
                "ids became one. Export it again as text, and open it in no spreadsheet before; or name another "
                f"column with --columns {role}=COLUMN"
            )


def is_one_of(text: str, group: str) -> str:
    """SQL for whether a text is one of the words of a group of ``[nobody]``, with any signs between and around."""
    words = {spelled for word in content()["nobody"][group] for spelled in (word.lower(), plain_words(word))}
    spoken = f"trim(regexp_replace(lower({text}), '[^\\p{{L}}\\p{{N}}]+', ' ', 'g'))"
    return f"{spoken} IN ({', '.join(map(literal, sorted(words)))})"


class CustomerColumn:
    """Looks at the values of the customer's column, and for sums in those of orders and products."""

    def __init__(self, export: Export) -> None:
        self._export, self._column, self._found = export, export.columns["customer_id"], LineMeaning()
        email = export.columns.get("email")
        self._email = None if email == self._column else email

    def examine(self) -> LineMeaning:
        """Lines of nobody, to be left out, and what stands out."""
        columns, types, column = self._export.columns, self._export.types, self._column
        self._tell_guests()
        texts = [role for role in IDENTIFIERS if role in columns and is_text(types[columns[role]])]
        if "customer_id" in texts:
            addresses = [f"lower(value) LIKE {literal(word + '@%')}" for word in content()["nobody"]["addresses"]]
            nobody = " OR ".join((is_one_of("value", "words"), *addresses))
            self._exclude("customer_id", self._counted("customer_id", nobody), "nobody", "no customer")
        self._leave_out_numbers()
        for role in texts:
            self._exclude(role, self._counted(role, is_one_of("value", "sums")), "sums", "a sum of other rows")
        if "customer_id" in texts:
            self._leave_out_sums_of_customers()
        is_order = known_role(column) == "invoice"
        if is_order or has_word(column, "session"):
            self._tell("sessions", what="orders" if is_order else "sessions")
        return self._found

    def _tell(self, check: str, **about: Any) -> None:  # Any: see ``finding``
        self._found.findings.append(finding(check, **{"column": self._column, **about}))

    def _tell_guests(self) -> None:
        """Lines without a customer whom an e-mail column names all the same."""
        if self._email is None:
            return
        is_blank = f"coalesce({self._export.text('customer_id')}, '') = ''"
        has_email = f"coalesce({self._export.text('email')}, '') <> ''"
        blank, named, with_email, every = self._export.row(
            f"SELECT count(*) FILTER (WHERE {is_blank}), count(*) FILTER (WHERE {is_blank} AND {has_email}), "
            f"count(*) FILTER (WHERE {has_email}), count(*) FROM source"
        )
        if named > GUEST_SHARE * every:
            who = self._email if with_email >= FILLED * every else f"{self._column}|{self._email}"
            self._tell("guests_with_addresses", lines=named, blank=blank, every=every, email=self._email, who=who)

    def _leave_out_numbers(self) -> None:
        """A 0 is many guests where several addresses stand behind it, or where it has most lines.

        Where ids count from 0 it is a customer, unless it has several times the lines of any other.
        """
        numbers = ", ".join(map(literal, content()["nobody"]["numbers"]))
        has_email = "email" in self._export.columns
        addresses = f"count(DISTINCT lower({self._export.text('email')}))" if has_email else "1"
        found = self._counted("customer_id", f"trim(value) IN ({numbers})", more=addresses)
        if not found:
            return
        text, ids = self._export.text("customer_id"), "TRY_CAST(trim(value) AS BIGINT)"
        (most,) = self._export.row(
            "SELECT coalesce(max(lines), 0) FROM (SELECT count(*) AS lines FROM source "
            f"WHERE {text} NOT IN ({numbers}) AND {text} <> '' GROUP BY {text}) AS others"
        )
        last, different = self._export.row(f"SELECT max({ids}), count(DISTINCT {ids}) FROM values_of_customer_id")
        limit = GUEST_TIMES * most if last is not None and last + 1 == different else most
        rows = [row for row in found if row[3] > 1 or row[1] > limit > 0]
        self._exclude("customer_id", rows, "nobody", "no customer but many guests")
        for value, lines, money, _ in found:
            if limit >= lines > most > 0:
                about = {"lines": lines, "money": round(money, 2), "values": (value,), "shown": repr(value)}
                self._tell("many_under_one_number", **about)

    def _leave_out_sums_of_customers(self) -> None:
        """A pivot table closes each customer with a row: Ann Total."""
        endings = " OR ".join(f"lower(value) LIKE {literal('%_' + word)}" for word in _SUM_WORDS)
        rows = self._counted("customer_id", f"({endings})")
        names = {str(row[0]): found[1] for row in rows if (found := re.match(_SUM_OF, str(row[0])))}
        if names:
            listing = ", ".join(map(literal, sorted(set(names.values()))))
            query = f"SELECT trim(value) FROM values_of_customer_id WHERE trim(value) IN ({listing})"
            known = {row[0] for row in self._export.rows(query)}
            rows = [row for row in rows if names.get(str(row[0])) in known]
            self._exclude("customer_id", rows, "sums", "a sum of other rows")

    def _counted(self, role: str, condition: str, *, more: str = "1") -> list[tuple[Any, ...]]:  # Any: text and numbers
        """Values of which something holds, with lines and money; most exports have none, which is soon known."""
        found = self._export.rows(f"SELECT DISTINCT trim(value) FROM values_of_{role} WHERE {condition}")
        if not found:
            return []
        text, listing = self._export.text(role), ", ".join(literal(str(row[0])) for row in found)
        return self._export.rows(
            f"SELECT {text}, count(*), coalesce(sum({self._export.amount}), 0), {more} FROM source "
            f"WHERE {text} IN ({listing}) GROUP BY 1 ORDER BY 2 DESC, 1"
        )

    def _exclude(self, role: str, rows: list[tuple[Any, ...]], code: str, what: str) -> None:  # Any: see above
        if not rows:
            return
        column, text = self._export.columns[role], self._export.text(role)
        (every,) = self._export.row("SELECT count(*) FROM source")
        lines, money = sum(row[1] for row in rows), sum(float(row[2]) for row in rows)
        values = [str(row[0]) for row in rows]
        self._found.excluded += [(f"{text} = {literal(value)}", f"{column} is {what}: {value}") for value in values]
        told = {"column": column, "what": what, "values": tuple(values[:5]), "shown": ", ".join(map(repr, values[:5]))}
        check = "nobody_with_addresses" if code == "nobody" and self._email is not None else code
        self._tell(check, **told, lines=lines, share=lines / every, money=round(money, 2), email=self._email)


def customer_of_refunds(export: Export) -> str:
    """SQL for the customer of a line, where a refund swaps who pays and who is paid: the other party of the shop."""
    customer = export.expressions["customer_id"]
    partner = content()["parties"].get(plain_name(export.columns["customer_id"]))
    payee = next((name for name in export.types if plain_name(name) == partner), None)
    if payee is None:
        return customer
    payer_text, payee_text = f"lower({export.text('customer_id')})", f"lower({trimmed(quoted(payee))})"
    shop = export.rows(
        f"SELECT {payee_text} FROM source WHERE {export.amount} > 0 AND {payee_text} <> '' "
        "GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"
    )
    if not shop:
        return customer
    is_refund = f"{payer_text} = {literal(shop[0][0])} AND {payee_text} <> ''"
    return f"CASE WHEN {is_refund} THEN {payee_text} ELSE {customer} END"
