"""Reading the amounts of an export: decimal point or comma, thousands, currency signs, one form for the whole file."""

from collections.abc import Mapping

from model.errors import TransactionsError
from model.tables import Connection, literal

# What may stand around the digits of an amount: blanks of every kind, apostrophes of Swiss thousands, signs and codes.
_ORNAMENTS = "[^0-9.,()-]"
DECIMALS = {"point": (",", "."), "comma": (".", ",")}
# Only one of the two decimal marks explains these.
_POINT_EVIDENCE = r"(,\d{3}.*\.|\.\d{1,2}$|\.\d{4,}$|^[^.]*,\d{3},\d{3})"
_COMMA_EVIDENCE = r"(\.\d{3}.*,|,\d{1,2}$|,\d{4,}$|^[^,]*\.\d{3}\.\d{3})"
_BOTH_READINGS = r"^\D*\d{1,3}[.,]\d{3}\D*$"


def number_expression(column: str, sql_type: str, decimal: str | None) -> str:
    """SQL for a finite DOUBLE, or NULL, from a quoted column; ``decimal`` None for numbers without ornaments."""
    if is_whole(sql_type):
        return f"CAST({column} AS DOUBLE)"
    if is_numeric(sql_type):
        value = f"CAST({column} AS DOUBLE)"
    else:
        text = f"trim(CAST({column} AS VARCHAR))"
        value = f"TRY_CAST({text} AS DOUBLE)"
        if decimal is not None:
            value = f"coalesce({value}, {_ornate(text, decimal)})" if decimal == "point" else _ornate(text, decimal)
    return f"CASE WHEN abs({value}) < CAST('Infinity' AS DOUBLE) THEN {value} END"


def decide_decimal(
    connection: Connection, columns: Mapping[str, str], types: Mapping[str, str], chosen: str | None
) -> str | None:
    """The decimal mark of the amounts in ``source``: "point", "comma", or None where plain numbers are all there is.

    Parameters
    ----------
    connection : Connection
        Holds the relation ``source``.
    columns, types : mapping
        Quoted column and SQL type of each role that is a number.
    chosen : {"point", "comma"}, optional
        Decides amounts such as 1,234.

    Raises
    ------
    TransactionsError
        If every ornate amount could be read in two ways.
    """
    if chosen is not None:
        return chosen
    texts = {role: f"trim(CAST({name} AS VARCHAR))" for role, name in columns.items() if not is_numeric(types[role])}
    if not texts or not _any_ornate(connection, list(texts.values())):
        return None
    points, commas = (
        _count(connection, list(texts.values()), evidence) for evidence in (_POINT_EVIDENCE, _COMMA_EVIDENCE)
    )
    if points or commas:
        return "comma" if commas > points else "point"
    for role, text in texts.items():
        undecided = connection.execute(
            f"SELECT {text} FROM source WHERE regexp_matches({text}, {literal(_BOTH_READINGS)}) "
            f"AND TRY_CAST({text} AS DOUBLE) IS NULL LIMIT 1"
        ).fetchall()
        if undecided:
            value = undecided[0][0]
            raise TransactionsError(
                f"column {columns[role]}: {value!r} could be {value.replace(',', '')} or {value.replace(',', '.')}, "
                "and no row decides; choose with --decimal point or --decimal comma"
            )
    return "point"


def is_numeric(sql_type: str) -> bool:
    """Whether an SQL type holds numbers."""
    return is_whole(sql_type) or sql_type.upper().startswith(("FLOAT", "DOUBLE", "REAL", "DECIMAL"))


def is_whole(sql_type: str) -> bool:
    """Whether an SQL type holds whole numbers."""
    name = sql_type.upper()
    return not name.startswith("INTERVAL") and name.startswith(
        ("TINYINT", "SMALLINT", "INT", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINT", "UBIGINT", "UHUGEINT",
         "LONG")
    )  # fmt: skip


def _ornate(text: str, decimal: str) -> str:
    """An amount with thousands, currency or accountant's brackets: (12.50) and 12.50- are negative."""
    thousands, mark = DECIMALS[decimal]
    bare = f"replace(replace(regexp_replace({text}, '{_ORNAMENTS}', '', 'g'), '{thousands}', ''), '{mark}', '.')"
    digits = f"TRY_CAST(regexp_replace({bare}, '[()-]', '', 'g') AS DOUBLE)"
    # Letters other than a currency before or after the digits make no number of a word with a digit in it.
    is_amount = f"regexp_matches({text}, '^[^0-9]{{0,5}}[0-9][0-9., '']*[^0-9]{{0,5}}$')"
    sign = f"CASE WHEN regexp_matches({bare}, '^[(-]|-$') THEN -1 ELSE 1 END"
    return f"CASE WHEN {is_amount} THEN {sign} * {digits} END"


def _any_ornate(connection: Connection, texts: list[str]) -> bool:
    failing = " OR ".join(f"(TRY_CAST({text} AS DOUBLE) IS NULL AND {text} <> '')" for text in texts)
    return bool(connection.execute(f"SELECT 1 FROM source WHERE {failing} LIMIT 1").fetchall())


def _count(connection: Connection, texts: list[str], evidence: str) -> int:
    counted = " + ".join(
        f"count(*) FILTER (regexp_matches(regexp_replace({text}, '{_ORNAMENTS}', '', 'g'), {literal(evidence)}))"
        for text in texts
    )
    count: int = connection.execute(f"SELECT {counted} FROM source").fetchall()[0][0]
    return count
