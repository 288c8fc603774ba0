"""Columns that play no role and still change what a line means: states, kinds of rows, events, flags, moments."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import pairwise
from typing import Any

from model.engines.connection import literal, quoted, trimmed
from model.errors import TransactionsError
from model.orders.columns import find_column, unaccented
from model.orders.export import Export, replace_source
from model.orders.findings import Finding, Severity, counted, finding
from model.orders.tables import toml_table
from model.orders.thresholds import MOST_STATES, SAMPLE_ROWS, SMALL_SHARE

content = partial(toml_table, "states")  # as it is written, with accents
Values = list["Value"]
Meanings = dict[str | None, Values]
MEANINGS = ("none", "return", "refunded", "partly", "unclear", "purchase")
DATE = re.compile(r"\d{4}[-/.]\d\d?[-/.]\d\d?|\d\d?[-/.]\d\d?[-/.]\d{2,4}|\d{8}")
MOMENT = "^([0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}|[12][0-9]{7}$)"  # in SQL, among other values
# Most columns have none of these words, and no value that we know.
TELLING = ("state", "kind", "cancelled", "returned", "test", "paid")
SHOWN = 8
BLANK = "blank"  # how an option names cells without a value
LONG_WORD = 6


@dataclass
class LineMeaning:
    """What columns without a role say of the lines of ``source``, as SQL.

    ``excluded`` pairs a condition with the reason to leave a line out, ``refunded`` one to leave it out of net spend;
    ``returned`` are conditions under which a line takes money back, whatever its sign; ``discounts`` and ``refunds``
    are shares of its amount that are taken off.
    """

    excluded: list[tuple[str, str]] = field(default_factory=list)
    refunded: list[tuple[str, str]] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)
    discounts: list[str] = field(default_factory=list)
    refunds: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def reason(self, *, net: bool) -> str:
        """SQL for why a line is left out, NULL where it is not."""
        told = self.excluded + (self.refunded if net else [])
        cases = " ".join(f"WHEN {condition} THEN {literal(reason)}" for condition, reason in told)
        return f"CASE {cases} END" if cases else "CAST(NULL AS VARCHAR)"

    def amounts(self, quantity: str, price: str) -> dict[str, str]:
        """SQL for quantity and price: less what is taken off; lines that take money back are negative and positive."""
        if self.returned:
            is_return = " OR ".join(self.returned)
            quantity = f"CASE WHEN {is_return} THEN -abs({quantity}) ELSE {quantity} END"
            price = f"CASE WHEN {is_return} THEN abs({price}) ELSE {price} END"
        if shares := " + ".join(f"coalesce({share}, 0)" for share in (*self.discounts, *self.refunds)):
            price = f"({price}) * greatest(1 - ({shares}), 0)"
        return {"quantity": quantity, "unit_price": price}


@dataclass(frozen=True)
class Value:
    """One value of a column, how often it stands there, and what its lines come to."""

    text: str
    lines: int
    money: float

    def __str__(self) -> str:
        return f"{self.text!r} ({counted(self.lines)}, {self.money:,.2f})"


@cache
def table() -> dict[str, dict[str, Any]]:  # Any: sets of words
    """``states.toml``, its lists of words as ``plain_words`` writes them."""
    return {
        section: {name: frozenset(map(plain_words, each)) for name, each in groups.items() if isinstance(each, list)}
        for section, groups in content().items()
    }


def plain_words(text: str) -> str:
    """Words in small letters without accents, with one blank between: "wc-Partially_Refunded", "CancelledAt"."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", unaccented(text))
    return " ".join(re.findall(r"[^\W_]+", parted.lower()))


def meaning_of(value: str) -> str | None:
    """The group of ``states.toml`` that a value belongs to, as a whole or by one of its words."""
    words = table()["words"]
    plain = plain_words(value)
    if whole := next((meaning for meaning in MEANINGS if plain in words[meaning]), None):
        return whole
    tokens = plain.split()
    if table()["answers"]["negations"] & set(tokens):
        return None
    parts = {*tokens, *(f"{one} {other}" for one, other in pairwise(tokens))}
    for meaning in ("partly", *MEANINGS):
        if parts & words[meaning] or any(not word.isascii() and word in plain for word in words[meaning]):
            return meaning
    return None


def _is_weak(value: str) -> bool:
    """Whether a value may as well name a product or a task: a weak word, or one of several words."""
    plain = plain_words(value)
    return plain in table()["weak"]["words"] or not any(plain in words for words in table()["words"].values())


def has_word(name: str, *groups: str) -> bool:
    """Whether the name of a column has a word of some groups of ``[names]``."""
    plain = plain_words(name)
    return any(
        f" {word} " in f" {plain} "
        or (not word.isascii() and word in plain)
        or (len(word) >= LONG_WORD and plain.endswith(word))  # Bestellstatus, orderstatus
        for group in groups
        for word in table()["names"][group]
    )


class StateColumns:
    """Looks at the columns of ``source`` without a role, one by one.

    A state that stands on one line of an order holds for all.
    """

    def __init__(self, export: Export) -> None:
        self._export, self.found = export, LineMeaning()
        self._of_orders: set[str] = set()  # columns that say more of an order than of its lines

    def examine(self) -> LineMeaning:
        """What the columns say: those that somebody decided, then all others.

        Raises TransactionsError if an option names a column or a value that is not there.
        """
        decided: dict[str, dict[str, dict[str, str]]] = {}
        for option in ("purchases", "returns_are"):
            for name, values in getattr(self._export.reading, option).items():
                told = f"--{option.replace('_', '-')} {name}=…"
                column = find_column(name, list(self._export.types), option=told)
                chosen = decided.setdefault(column, {"purchases": {}, "returns_are": {}})[option]
                chosen |= {_plain(value): value for value in values}
        for name in sorted(decided):
            self._key(name)
            self._decide(name, **decided[name])
        if columns := [name for name in self._export.unused if name not in decided]:
            rows = self._export.rows(f"SELECT {', '.join(map(_text, columns))} FROM source LIMIT {SAMPLE_ROWS}")
            for name, cells in zip(columns, zip(*rows, strict=True), strict=False):
                self._examine(name, {cell for cell in cells if cell}, has_blanks=not all(cells))
        return self.found

    def _decide(self, name: str, purchases: Mapping[str, str], returns_are: Mapping[str, str]) -> None:
        """Count the values of a column as somebody said."""
        values = self._values(name)
        given = {_plain(value.text) for value in values}
        for option, chosen in (("purchases", purchases), ("returns-are", returns_are)):
            if chosen and not set(chosen) & {*given, "*", BLANK}:  # some may be missing this month
                raise TransactionsError(
                    f"--{option} {name}={','.join(chosen.values())}: the column has no such value; it has "
                    f"{_shown(values)}"
                )
        every = not purchases or "*" in purchases
        meanings: Meanings = {"purchase": [], "return": [], "none": []}
        for value in values:
            plain = _plain(value.text)
            meaning = "return" if plain in returns_are else "purchase" if every or plain in purchases else "none"
            meanings[meaning].append(value)
        self._count(name, meanings, is_decided=True)
        if not every and BLANK not in purchases:
            self.found.excluded.append((f"coalesce({self._key(name)}, '') = ''", f"{name}: {BLANK}"))

    def _examine(self, name: str, sample: set[str], *, has_blanks: bool) -> None:
        if sample and all(DATE.match(cell) for cell in sample):
            self._examine_moments(name)
            return
        if len(sample) > MOST_STATES:
            return
        distinct = self._export.rows(f"SELECT DISTINCT {quoted(name)} FROM source LIMIT {MOST_STATES + 2}")
        texts = {plain_words(str(value)) for (value,) in distinct if value is not None and str(value).strip()}
        is_telling = has_word(name, *TELLING) or any(map(meaning_of, texts))
        if not texts or len(distinct) > MOST_STATES + 1 or not is_telling:
            return
        if has_blanks:
            self._key(name)
        values, answers = self._values(name), table()["answers"]
        if texts <= answers["true"] | answers["false"]:
            self._examine_flag(name, values)
        elif any(re.search(r"[^\W\d_]", value.text) for value in values) and not all(
            DATE.match(value.text) for value in values
        ):
            self._examine_words(name, values)
        elif len(values) > 1 and _is_status(name) and not has_word(name, "persons", "other"):
            self._undecided(name, values, values, Severity.WARNING)
        else:
            self._examine_moments(name)

    def _examine_moments(self, name: str) -> None:
        """A filled "Cancelled at" is a cancellation."""
        group = next((group for group in ("cancelled", "returned") if has_word(name, group)), None)
        if group is None or has_word(name, "future"):
            return
        text = self._key(name)
        is_moment = f"regexp_matches(coalesce({text}, ''), '{MOMENT}')"
        if values := self._values(name, key=f"CASE WHEN {is_moment} THEN 'a moment' END"):
            self._count(name, {"none" if group == "cancelled" else "refunded": values}, condition=is_moment)

    def _examine_flag(self, name: str, values: Values) -> None:
        names = table()["names"]
        bare = " ".join(word for word in plain_words(name).split() if word not in names["silent"])
        plain = {plain_words(name), bare}  # is_cancelled_flag is "cancelled"
        is_true = [value for value in values if plain_words(value.text) in table()["answers"]["true"]]
        others = [value for value in values if value not in is_true]
        if is_true and plain & names["sent_back"]:
            self._undecided(name, is_true, values, Severity.FAILURE, bought=others)
        elif len(values) > 1 and _is_status(name) and not has_word(name, "persons"):
            self._undecided(name, values, values, Severity.WARNING)
        for meaning, chosen, words in (
            ("none", is_true, names["cancelled"] | names["test"]),
            ("refunded", is_true, names["returned"] - names["sent_back"]),
            ("none", others, names["paid"]),
        ):
            if chosen and plain & words:
                self._count(name, {meaning: chosen})

    def _examine_words(self, name: str, values: Values) -> None:
        is_person = has_word(name, "persons")
        is_other = is_person or has_word(name, "other")
        is_state, is_kind = (has_word(name, group) and not is_other for group in ("state", "kind"))
        meanings: Meanings = {}
        for value in values:
            meaning = meaning_of(value.text)
            if meaning == "none" and has_word(name, "delivery") and not has_word(value.text, "cancelled", "returned"):
                meaning = "purchase"
            elif is_state and meaning == "return":
                meaning = "refunded"  # the state of the order that was bought, not a row of its own
            elif is_kind and meaning == "refunded":
                meaning = "return"
            meanings.setdefault(meaning, []).append(value)
        unknown, unclear = meanings.pop(None, []), meanings.pop("unclear", [])
        payments = [value for value in meanings.get("purchase", ()) if has_word(value.text, "payment")]
        if is_kind and payments and len(payments) < len(meanings["purchase"]):
            meanings["purchase"] = [value for value in meanings["purchase"] if value not in payments]
            unclear += payments
        telling = [value for meaning, each in meanings.items() if meaning != "purchase" for value in each]
        sure = [value for value in telling if not _is_weak(value.text)]
        has_purchases = "purchase" in meanings
        is_named = (is_state and bool(meanings or _is_status(name))) or (is_kind and (has_purchases or bool(sure)))
        is_plain = bool(telling) and (is_named or (has_purchases and not unknown and not is_person))
        if is_plain:
            self._count(name, meanings)
            others = [each for each in self._export.types if each != name]
            if (partly := meanings.get("partly")) and not any(has_word(each, "returned") for each in others):
                severity = Severity.WARNING if self._export.reading.policy == "net" else Severity.HINT
                self._tell("partly_refunded", severity, name, partly)
        doubtful = unknown if is_named else []
        doubtful = doubtful + (unclear if is_named or is_plain else []) + ([] if is_plain else sure)
        is_sure = not is_person and bool(sure or (is_named and has_purchases))
        if doubtful and (sure or not is_other):
            is_status = _is_status(name) and not is_person
            severity = Severity.FAILURE if is_sure else Severity.WARNING if is_status else Severity.HINT
            bought = None if is_named or is_plain else _others(values, doubtful)
            self._undecided(name, doubtful, values, severity, bought=bought)
        elif not is_plain and not is_person:
            self._examine_remarks(name, values)

    def _examine_remarks(self, name: str, values: Values) -> None:
        """A reason to cancel, or a remark that tells of it, is no state and still more than nothing."""
        words = (table()["names"]["cancelled"] | table()["names"]["returned"]) - table()["weak"]["words"]
        telling = [value for value in values if set(plain_words(value.text).split()) & words]
        if not has_word(name, "future") and has_word(name, "cancelled", "returned"):
            telling = values
        if telling:
            self._undecided(name, telling, values, Severity.WARNING, bought=_others(values, telling))

    def _undecided(
        self, name: str, doubtful: Values, values: Values, severity: Severity, bought: Values | None = None
    ) -> None:
        """Values whose meaning somebody must tell; their lines count as they stand meanwhile."""
        money, every = sum(abs(value.money) for value in doubtful), sum(abs(value.money) for value in values)
        if severity is Severity.FAILURE and money <= SMALL_SHARE * every:
            severity = Severity.WARNING
        if bought is None:
            bought = [each for each in values if each not in doubtful and meaning_of(each.text) == "purchase"]
        purchases = [each.text for each in bought or doubtful[:SHOWN]]
        self._tell("undecided_values", severity, name, doubtful, purchases=",".join(purchases))

    def _count(self, name: str, meanings: Meanings, *, condition: str | None = None, is_decided: bool = False) -> None:
        """Let values count as what they mean, by a condition or by their text, and tell of it."""
        key, found = self._key(name), self.found
        targets = {"none": found.excluded, "refunded": found.refunded}
        for meaning, values in meanings.items():
            for value in values:
                told = condition or f"{key} = {literal(value.text)}"
                if meaning == "return":
                    found.returned.append(told)
                elif meaning in targets:
                    targets[meaning].append((told, f"{name}: {value.text}"))
        words = content()["told"][self._export.reading.policy]
        parts = [f"{_shown(meanings[meaning])} {each}" for meaning, each in words.items() if meanings.get(meaning)]
        telling = [value for meaning, each in meanings.items() if meaning != "purchase" for value in each]
        bought = [value.text for meaning in ("purchase", "partly") for value in meanings.get(meaning, ())]
        grave = Severity.WARNING if meanings.get("none") or meanings.get("return") else Severity.HINT
        check, severity = ("decided_values", Severity.OK) if is_decided else ("values_of_columns", grave)
        self._tell(check, severity, name, telling, meanings="; ".join(parts), purchases=",".join(bought) or "*")

    def _tell(self, check: str, severity: Severity, name: str, values: Values, **about: str) -> None:
        lines, money = sum(each.lines for each in values), round(sum(each.money for each in values), 2)
        texts = tuple(each.text for each in values[:SHOWN])
        told = {"column": name, "values": texts, "shown": _shown(values), "lines": lines, "money": money, **about}
        self.found.findings.append(finding(check, severity=severity, **told))

    def _key(self, name: str) -> str:
        """SQL for the text of a column; a line without one has that of the other lines of its order."""
        order, text, whole = self._export.order, f"nullif({_text(name)}, '')", quoted(f"{name} of the order")
        if name not in self._of_orders and order is not None:
            orders = f"SELECT 1 FROM source WHERE {order} IS NOT NULL GROUP BY {order}"
            filled = f"count(CASE WHEN {_text(name)} <> '' THEN 1 END)"
            if self._export.rows(f"{orders} HAVING {filled} BETWEEN 1 AND count(*) - 1 LIMIT 1"):
                theirs = f"CASE WHEN {order} IS NOT NULL THEN max({text}) OVER (PARTITION BY {order}) END"
                replace_source(self._export.connection, f"*, coalesce({text}, {theirs}) AS {whole}")
                self._of_orders.add(name)
        return whole if name in self._of_orders else _text(name)

    def _values(self, name: str, key: str | None = None) -> list[Value]:
        """The values of a column, the most frequent first; more than ``MOST_STATES`` are not told."""
        text = key or (quoted(f"{name} of the order") if name in self._of_orders else _text(name))
        rows = self._export.rows(
            f"SELECT {text}, count(*), coalesce(sum({self._export.amount}), 0) FROM source "
            f"WHERE {text} <> '' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {MOST_STATES + 1}"
        )
        return [Value(str(text), int(lines), float(money)) for text, lines, money in rows]


def _plain(value: str) -> str:
    return plain_words(value) or value


def _text(name: str) -> str:
    return trimmed(quoted(name))


def _is_status(name: str) -> bool:
    return any(word in plain_words(name) for word in table()["names"]["status"])


def _others(values: Values, told: list[Value]) -> list[Value]:
    """All other values, and that of cells without one."""
    return [*(value for value in values if value not in told), Value(BLANK, 0, 0.0)]


def _shown(values: Values) -> str:
    more = f" and {len(values) - SHOWN} more" if len(values) > SHOWN else ""
    return ", ".join(map(str, values[:SHOWN])) + more
