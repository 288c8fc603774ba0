"""Who is a customer: ids that lost digits, ids of many people or of nobody, sums among rows, refunds."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from model.engines.connection import Connection, literal, quoted, trimmed
from model.errors import TransactionsError
from model.orders.columns import known_role, plain_name
from model.orders.findings import Finding, Severity
from model.orders.states import TABLE, has_word, plain_words
from model.orders.thresholds import FILLED, GUEST_SHARE, GUEST_TIMES

# Tabs and other signs that nobody sees: of those some part words, others stand within them.
_BLANKS = "\\\\x01-\\\\x1f\\\\x7f\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_NOTHINGS = "\xad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff"
IDENTIFIERS = ("customer_id", "invoice", "product")
UNTIDY = f"[{_BLANKS}{_NOTHINGS}]|^'".replace("\\\\", "\\")
_SCIENTIFIC = r"^[0-9]([.,][0-9]+)?[eE][+][0-9]+$"
_EXACT = 2**53
_SUM_WORDS = ("total", "result", "summe", "ergebnis", "suma", "totaal")
_SUM_OF = rf"(?i)^(.+?)[ :-]+(sub ?)?({'|'.join(_SUM_WORDS)})$"


def tidied(text: str) -> str:
    """SQL for an identifier without signs that nobody sees, and without a spreadsheet's apostrophe in front."""
    blanks = _BLANKS.replace("\\\\", "\\")
    bare = f"regexp_replace(regexp_replace({text}, '[{_NOTHINGS}]', '', 'g'), '[{blanks}]', ' ', 'g')"
    return f"trim(regexp_replace(trim({bare}), '^''+', ''))"


def is_untidy(connection: Connection, role: str) -> bool:
    """Whether the identifiers of a role have such signs."""
    query = f"SELECT 1 FROM values_of_{role} WHERE regexp_matches(value, {literal(UNTIDY)}) LIMIT 1"
    return bool(connection.execute(query).fetchall())


def list_values(connection: Connection, columns: Mapping[str, str]) -> None:
    """Fill ``values_of_customer_id`` and their like with the different values, which are fewer than the lines."""
    for role in IDENTIFIERS:
        if role in columns:
            text = f"CAST({quoted(columns[role])} AS VARCHAR)"
            connection.execute(
                f"CREATE OR REPLACE TEMP TABLE values_of_{role} AS SELECT DISTINCT {text} AS value FROM source"
            )


def refuse_lost_digits(connection: Connection, columns: Mapping[str, str], types: Mapping[str, str]) -> None:
    """Refuse ids that a spreadsheet or a number of a computer cut: many of them are one now.

    Raises
    ------
    TransactionsError
        With the column and such a value.
    """
    for role in ("customer_id", "invoice"):
        if role not in columns:
            continue
        lost = f"regexp_matches(trim(value), '{_SCIENTIFIC}')"
        if types[columns[role]].upper().startswith(("DOUBLE", "FLOAT", "REAL")):
            lost = f"({lost} OR abs(TRY_CAST(value AS DOUBLE)) > {_EXACT})"
        if found := connection.execute(f"SELECT value FROM values_of_{role} WHERE {lost} LIMIT 1").fetchall():
            raise TransactionsError(
                f"column {columns[role]!r} has the value {found[0][0]!r}: a spreadsheet kept its first digits "
                "only, and "
                "many ids became one. Export it again as text, and open it in no spreadsheet before; or name another "
                f"column with --columns {role}=COLUMN"
            )


@cache
def _content() -> dict[str, Any]:  # Any: lists of words, by section and group
    """``states.toml`` as it is written, with accents."""
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def is_one_of(text: str, group: str) -> str:
    """SQL for whether a text is one of the words of a group of ``[nobody]``, with any signs between and around."""
    words = {spelled for word in _content()["nobody"][group] for spelled in (word.lower(), plain_words(word))}
    spoken = f"trim(regexp_replace(lower({text}), '[^\\p{{L}}\\p{{N}}]+', ' ', 'g'))"
    return f"{spoken} IN ({', '.join(map(literal, sorted(words)))})"


class CustomerColumn:
    """Looks at the values of the customer's column, and for sums in those of orders and products.

    ``excluded`` pairs conditions with reasons to leave lines out, as in ``LineMeaning``.
    """

    def __init__(
        self,
        connection: Connection,
        types: Mapping[str, str],
        columns: Mapping[str, str],
        expressions: Mapping[str, str],
    ) -> None:
        self._connection, self._types, self._columns, self._expressions = connection, types, columns, expressions
        self._amount = f"{expressions['quantity']} * ({expressions['unit_price']})"
        self.excluded: list[tuple[str, str]] = []
        self.findings: list[Finding] = []

    def examine(self) -> None:
        """Fill ``excluded`` and ``findings``."""
        column = self._columns["customer_id"]
        if self._is_text("customer_id"):
            addresses = " OR ".join(
                f"lower(value) LIKE {literal(word + '@%')}" for word in _content()["nobody"]["addresses"]
            )
            self._leave_out("customer_id", f"{is_one_of('value', 'words')} OR {addresses}", "nobody", "no customer")
        self._leave_out_numbers()
        for role in ("customer_id", "invoice", "product"):
            if role in self._columns and self._is_text(role):
                self._leave_out(role, is_one_of("value", "sums"), "sums", "a sum of other rows")
        if self._is_text("customer_id"):
            self._leave_out_sums_of_customers()
        if has_word(column, "session") or known_role(column) == "invoice":
            what = "orders" if known_role(column) == "invoice" else "sessions"
            told = (
                f"column {column!r} plays the customer, and its name tells {what}: a person with many is many customers"
            )
            self.findings.append(
                Finding(
                    "sessions", Severity.WARNING, told, column=column, option="columns", proposal="customer_id=COLUMN"
                )
            )

    def _is_text(self, role: str) -> bool:
        return self._types[self._columns[role]].upper().startswith(("VARCHAR", "STRING"))

    def _leave_out(self, role: str, condition: str, code: str, what: str) -> None:
        self._exclude(role, self._counted(role, condition), code, what)

    def _leave_out_numbers(self) -> None:
        """A 0 is many guests where several addresses stand behind it, or where it has most lines.

        Where ids count from 0 it is a customer, unless it has several times the lines of any other.
        """
        numbers, email = ", ".join(map(literal, _content()["nobody"]["numbers"])), self._columns.get("email")
        addresses = "1" if email is None else f"count(DISTINCT lower({trimmed(quoted(email))}))"
        found = self._counted("customer_id", f"trim(value) IN ({numbers})", more=addresses)
        if not found:
            return
        text = self._text("customer_id")
        most = self._connection.execute(
            f"SELECT coalesce(max(lines), 0) FROM (SELECT count(*) AS lines FROM source WHERE {text} NOT IN "
            f"({numbers}) "
            f"AND {text} <> '' GROUP BY {text}) AS others"
        ).fetchall()[0][0]
        ids = "TRY_CAST(trim(value) AS BIGINT)"
        last, different = self._connection.execute(
            f"SELECT max({ids}), count(DISTINCT {ids}) FROM values_of_customer_id"
        ).fetchall()[0]
        limit = GUEST_TIMES * int(most) if last is not None and last + 1 == different else int(most)
        rows = [row for row in found if int(row[3]) > 1 or int(row[1]) > limit > 0]
        self._exclude("customer_id", rows, "nobody", "no customer but many guests")
        for value, lines, money, _ in found:
            if limit >= int(lines) > int(most) > 0:
                column = self._columns["customer_id"]
                told = f"column {column!r}: {value!r} has {lines:,} lines, {float(money):,.2f}, more than any other"
                self.findings.append(
                    Finding(
                        "nobody",
                        Severity.WARNING,
                        f"{told}; if it stands for guests, empty it in the export: lines without a customer are "
                        "left out",
                        column=column,
                        values=(str(value),),
                        lines=int(lines),
                        money=round(float(money), 2),
                    )
                )

    def _leave_out_sums_of_customers(self) -> None:
        """A pivot table closes each customer with a row: Ann Total."""
        endings = " OR ".join(f"lower(value) LIKE {literal('%_' + word)}" for word in _SUM_WORDS)
        rows = self._counted("customer_id", f"({endings})")
        names = {str(row[0]): found[1] for row in rows if (found := re.match(_SUM_OF, str(row[0])))}
        if names:
            listing = ", ".join(map(literal, sorted(set(names.values()))))
            query = f"SELECT trim(value) FROM values_of_customer_id WHERE trim(value) IN ({listing})"
            known = {str(row[0]) for row in self._connection.execute(query).fetchall()}
            rows = [row for row in rows if names.get(str(row[0])) in known]
            self._exclude("customer_id", rows, "sums", "a sum of other rows")

    def _text(self, role: str) -> str:
        return trimmed(quoted(self._columns[role]))

    def _counted(self, role: str, condition: str, *, more: str = "1") -> list[tuple[Any, ...]]:  # Any: text and numbers
        """Values of which something holds, with lines and money; most exports have none, which is soon known."""
        found = self._connection.execute(
            f"SELECT DISTINCT trim(value) FROM values_of_{role} WHERE {condition}"
        ).fetchall()
        if not found:
            return []
        text, listing = self._text(role), ", ".join(literal(str(row[0])) for row in found)
        rows: list[tuple[Any, ...]] = self._connection.execute(
            f"SELECT {text}, count(*), coalesce(sum({self._amount}), 0), {more} FROM source WHERE {text} IN "
            f"({listing}) "
            "GROUP BY 1 ORDER BY 2 DESC, 1"
        ).fetchall()
        return rows

    def _exclude(self, role: str, rows: list[tuple[Any, ...]], code: str, what: str) -> None:  # Any: see above
        if not rows:
            return
        column, text = self._columns[role], self._text(role)
        lines, every = (
            sum(int(row[1]) for row in rows),
            self._connection.execute("SELECT count(*) FROM source").fetchall()[0][0],
        )
        money = sum(float(row[2]) for row in rows)
        values = [str(row[0]) for row in rows]
        self.excluded += [(f"{text} = {literal(value)}", f"{column} is {what}: {value}") for value in values]
        told = ", ".join(map(repr, values[:5]))
        email = self._columns.get("email")
        has_other = code == "nobody" and email is not None and email != column
        self.findings.append(
            Finding(
                code,
                Severity.WARNING,
                f"column {column!r}: {told} is {what}; {lines:,} lines ({lines / every:.1%}), {money:,.2f}, are "
                "left out" + (f". Column {email!r} names the people behind it" if has_other else ""),
                column=column,
                values=tuple(values[:5]),
                lines=lines,
                money=round(money, 2),
                option="columns" if has_other else None,
                proposal=f"customer_id={email}" if has_other else None,
            )
        )


def customer_of_refunds(
    connection: Connection, columns: Mapping[str, str], types: Mapping[str, str], customer: str, amount: str
) -> str:
    """SQL for the customer of a line, where a refund swaps who pays and who is paid: the other party of the shop."""
    payer = columns["customer_id"]
    partner = _content()["parties"].get(plain_name(payer))
    payee = next((name for name in types if plain_name(name) == partner), None)
    if payee is None:
        return customer
    payer_text, payee_text = (f"lower({trimmed(quoted(name))})" for name in (payer, payee))
    shop = connection.execute(
        f"SELECT {payee_text} FROM source WHERE {amount} > 0 AND {payee_text} <> '' GROUP BY 1 ORDER BY count(*) "
        "DESC, 1 LIMIT 1"
    ).fetchall()
    if not shop:
        return customer
    return (
        f"CASE WHEN {payer_text} = {literal(shop[0][0])} AND {payee_text} <> '' THEN {payee_text} ELSE {customer} END"
    )


def tell_guests(connection: Connection, columns: Mapping[str, str]) -> Iterator[Finding]:
    """Lines without a customer whom an e-mail column names all the same."""
    customer, email = columns["customer_id"], columns.get("email")
    if email is None or email == customer:
        return
    is_blank, has_email = (
        f"coalesce({trimmed(quoted(name))}, '') {sign} ''" for name, sign in ((customer, "="), (email, "<>"))
    )
    blank, named, with_email, every = connection.execute(
        f"SELECT count(CASE WHEN {is_blank} THEN 1 END), count(CASE WHEN {is_blank} AND {has_email} THEN 1 END), "
        f"count(CASE WHEN {has_email} THEN 1 END), count(*) FROM source"
    ).fetchall()[0]
    if named > GUEST_SHARE * every:
        wanted = email if with_email >= FILLED * every else f"{customer}|{email}"
        yield Finding(
            "guests_with_addresses",
            Severity.WARNING,
            f"column {customer!r} is blank on {blank:,} of {every:,} lines, and {email!r} names somebody on "
            f"{named:,} of them; "
            "they are left out",
            column=customer,
            lines=named,
            option="columns",
            proposal=f"customer_id={wanted}",
        )
