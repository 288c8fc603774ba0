"""Reading the amounts of an export: decimal point or comma, thousands, currency signs, one form for the whole file."""

import re
from collections.abc import Callable, Mapping, Sequence

from model.currency import CODES
from model.engines.connection import literal, quoted, trimmed
from model.errors import TransactionsError
from model.orders.export import Export
from model.orders.findings import counted

# What may stand around the digits of an amount: blanks of every kind, apostrophes of Swiss thousands, signs and codes.
_ORNAMENTS = "[^0-9.,()-]"
# Minus signs and dashes of every kind; a dash in the place of decimals, as in 12,- and 500/-, says that there are none.
_DASHES = "\u2212\u2013\u2014\u2010\u2011\uff0d"
_NO_DECIMALS = r"([0-9]) ?[.,/] ?-+"
DECIMALS = {"point": (",", "."), "comma": (".", ",")}
# Prices mostly end in cents, which tell the decimal mark at once.
_MOST_TELLING = ("unit_price", "line_total", "quantity")
# A word before or after an amount may end in a point, which is none of the number's: Rs. 1,234.50 and 12,50 kr.
_WORD_POINT = r"\pL[.]"
_CURRENCY = r"[A-Z]{0,3}[ ]?\p{Sc}|\b[A-Z]{3}\b|\bkr\b|\bzł|\bKč|\bFt\b|\blei\b"
_DOLLARS = {"US$": "USD", "R$": "BRL", "C$": "CAD", "CA$": "CAD", "A$": "AUD", "AU$": "AUD", "NZ$": "NZD", "S$": "SGD",
            "HK$": "HKD"}  # fmt: skip
# Letters behind an amount that change its size or its sign, in ways that differ from program to program.
_SUFFIX = r"[0-9][.]? ?((?i:k|m|mn|mio|mrd|bn|p|ct|cr|dr|h|s)\b|%)[.]?$"
# Only one of the two decimal marks explains these.
_POINT_EVIDENCE = r"(,\d{3}.*\.|\.\d{1,2}$|\.\d{4,}$|^[^.]*,\d{3},\d{3}|^[(-]?0?\.\d)"
_COMMA_EVIDENCE = r"(\.\d{3}.*,|,\d{1,2}$|,\d{4,}$|^[^,]*\.\d{3}\.\d{3}|^[(-]?0?,\d)"
_BOTH_READINGS = r"^\D*\d{1,3}[.,]\d{3}\D*$"


def number_expression(column: str, sql_type: str, decimal: str | None) -> str:
    """SQL for a finite DOUBLE, or NULL, from a quoted column; ``decimal`` None for numbers without ornaments."""
    if is_whole(sql_type):
        return f"CAST({column} AS DOUBLE)"
    if is_numeric(sql_type):
        value = f"CAST({column} AS DOUBLE)"
    else:
        text = trimmed(column)
        value = f"TRY_CAST({text} AS DOUBLE)"
        if decimal is not None:
            value = f"coalesce({value}, {_ornate(text, decimal)})" if decimal == "point" else _ornate(text, decimal)
    return f"CASE WHEN abs({value}) < CAST('Infinity' AS DOUBLE) THEN {value} END"


def decide_decimal(export: Export, numbers: Mapping[str, str]) -> str | None:
    """The decimal mark of the amounts in ``source``: "point", "comma", or None where plain numbers are all there is.

    ``numbers`` are columns of roles, of which amounts are looked at; the reading of the export may say what 1,234 is.

    Raises TransactionsError if every ornate amount could be read in two ways, some are written in one way and some in
    the other, or they are of several currencies.
    """
    roles = [role for role in _MOST_TELLING if role in numbers and not is_numeric(export.types[numbers[role]])]
    columns = [quoted(numbers[role]) for role in roles]
    is_ornate = any(
        export.has(f"TRY_CAST({text} AS DOUBLE) IS NULL AND {text} <> ''") for text in map(trimmed, columns)
    )
    if is_ornate:
        _refuse_currency_mix(export, [quoted(numbers[role]) for role in roles if role != "quantity"])
        _refuse_suffix(export, columns)
    if export.reading.decimal is not None or not columns:
        return export.reading.decimal
    point = _first_match(export, columns, _POINT_EVIDENCE, seen=_kept)
    comma = _first_match(export, columns, _COMMA_EVIDENCE, seen=_kept) if is_ornate else None
    if point and comma:
        one, other = (f"column {column}: {value!r}" for column, value in (point, comma))
        raise TransactionsError(
            f"some amounts have a decimal point ({one}) and some a comma ({other}); write all "
            "in one way, or choose with --decimal point or --decimal comma, which leaves the others out"
        )
    if not point and not comma and (found := _first_match(export, columns, _BOTH_READINGS)):
        column, value = found
        readings = re.sub(r"[.,]", "", value), value.replace(",", ".")
        raise TransactionsError(
            f"column {column}: {value!r} could be {' or '.join(readings)}, and no row decides; choose with "
            "--decimal point or --decimal comma"
        )
    if comma:
        return "comma"
    return "point" if is_ornate else None


def is_numeric(sql_type: str) -> bool:
    """Whether an SQL type holds numbers."""
    return is_whole(sql_type) or sql_type.upper().startswith(("FLOAT", "DOUBLE", "REAL", "DECIMAL"))


def is_whole(sql_type: str) -> bool:
    """Whether an SQL type holds whole numbers."""
    return re.match(r"U?(TINY|SMALL|BIG|HUGE)?INT(?!ERVAL)|LONG", sql_type.upper()) is not None


def is_text(sql_type: str) -> bool:
    """Whether an SQL type holds texts."""
    return sql_type.upper().startswith(("VARCHAR", "STRING"))


def _ornate(text: str, decimal: str) -> str:
    """An amount with thousands, currency or accountant's brackets: (12.50) and 12.50- are negative."""
    thousands, mark = DECIMALS[decimal]
    kept = _kept(text)
    bare = f"replace(replace({kept}, '{thousands}', ''), '{mark}', '.')"
    digits = f"TRY_CAST(regexp_replace({bare}, '[()-]', '', 'g') AS DOUBLE)"
    # Letters other than a currency before or after the digits make no number of a word with a digit in it.
    is_amount = f"regexp_matches({text}, '^[^0-9]{{0,5}}[0-9][0-9.,\\s\\pZ''’]*[^0-9]{{0,5}}$')"
    # 12,50 is not 1250: behind the last mark of thousands stand three digits.
    is_other = f"regexp_matches({kept}, '[{thousands}]([0-9]{{0,2}}|[0-9]{{4,}})([^0-9{thousands}]|$)')"
    sign = f"CASE WHEN regexp_matches({bare}, '^[(-]|-$') THEN -1 ELSE 1 END"
    return f"CASE WHEN {is_amount} AND NOT {is_other} THEN {sign} * {digits} END"


def _kept(text: str) -> str:
    """The digits of an amount, and the signs that belong to them."""
    signed = f"translate({text}, '{_DASHES}', '{'-' * len(_DASHES)}')"
    whole = f"regexp_replace({signed}, '{_NO_DECIMALS}', '\\1')"
    return f"regexp_replace(regexp_replace({whole}, '{_WORD_POINT}', '', 'g'), '{_ORNAMENTS}', '', 'g')"


def _first_match(
    export: Export, columns: Sequence[str], pattern: str, *, seen: Callable[[str], str] = str
) -> tuple[str, str] | None:
    """A quoted column and its first value that matches, as ``seen`` makes SQL of its text."""
    for column in columns:
        text = trimmed(column)
        query = f"SELECT {text} FROM source WHERE regexp_matches({seen(text)}, {literal(pattern)}) LIMIT 1"
        for (value,) in export.rows(query):
            return column, value
    return None


def _refuse_suffix(export: Export, columns: Sequence[str]) -> None:
    if found := _first_match(export, columns, _SUFFIX):
        column, value = found
        suffix = re.split("[0-9]", value)[-1].strip(". ")
        raise TransactionsError(
            f"column {column}: {value!r} ends in {suffix!r}, which may change its sign or its size; write "
            "amounts as numbers, those of credits and refunds with a minus"
        )


def _refuse_currency_mix(export: Export, columns: Sequence[str]) -> None:
    """Signs and codes of currency that stand with the amounts themselves."""
    for column in columns:
        sign = f"regexp_extract({trimmed(column)}, {literal(_CURRENCY)}, 0)"
        rows = export.rows(
            f"SELECT sign, count(*) FROM (SELECT {sign} AS sign FROM source) AS signs "
            "WHERE sign <> '' GROUP BY sign ORDER BY count(*) DESC, sign"
        )
        bare = {sign.replace(" ", "") for sign, _ in rows}
        if len({_DOLLARS.get(sign, CODES.get(sign, sign)) for sign in bare}) > 1:
            shown = ", ".join(f"{sign} ({counted(count)})" for sign, count in rows[:10])
            raise TransactionsError(
                f"column {column} holds amounts in several currencies: {shown}. They cannot be added; convert "
                "them to one, or export one currency at a time"
            )
