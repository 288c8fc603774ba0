"""Reading the date column of an export: one form for the whole column, never guessed line by line."""

from dataclasses import dataclass

import duckdb

from model.errors import TransactionsError

_TIMES = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p")


def _strptime(*dates: str) -> str:
    # Two-digit years come first: "%y" cannot swallow a year of four digits, but "%Y" reads "11" as the year 11.
    formats = ", ".join(f"'{date}{time}'" for date in dates for time in _TIMES)
    return f"try_strptime(translate({{text}}, '.-', '//'), [{formats}])"


@dataclass(frozen=True)
class DateForm:
    """One way to write a date; ``expression`` is SQL with ``{text}`` for the value."""

    name: str
    expression: str


ISO = DateForm("year first", "TRY_CAST({text} AS TIMESTAMP)")
COMPACT = DateForm("YYYYMMDD", "try_strptime({text}, '%Y%m%d')")
DAY_FIRST = DateForm("day first", _strptime("%d/%m/%y", "%d/%m/%Y", "%d/%b/%y", "%d/%b/%Y"))
MONTH_FIRST = DateForm("month first", _strptime("%m/%d/%y", "%m/%d/%Y"))
FORMS = (ISO, COMPACT, DAY_FIRST, MONTH_FIRST)
ORDERS = {"day": DAY_FIRST, "month": MONTH_FIRST}


def timestamp_expression(
    connection: duckdb.DuckDBPyConnection, column: str, sql_type: str, date_order: str | None
) -> str:
    """SQL that turns a column of ``source`` into TIMESTAMP.

    Parameters
    ----------
    connection : DuckDBPyConnection
        Holds the relation ``source``.
    column, sql_type : str
        The quoted column and its type there.
    date_order : {"day", "month"}, optional
        Which number comes first in dates such as 03/04/2011.

    Raises
    ------
    TransactionsError
        If some value cannot be read, or every value could be read in two ways.
    """
    if sql_type.startswith(("TIMESTAMP", "DATE")):
        return f"CAST({column} AS TIMESTAMP)"
    text = f"trim(CAST({column} AS VARCHAR))"
    forms = [ORDERS[date_order]] if date_order else list(FORMS)
    failures = _count_failures(connection, text, forms)
    fitting = [form for form in forms if failures[form.name] == 0]
    if not fitting:
        nearest = min(forms, key=lambda form: failures[form.name])
        raise _unreadable(connection, column, text, nearest)
    if DAY_FIRST in fitting and MONTH_FIRST in fitting and fitting[0] is DAY_FIRST:
        _refuse_ambiguous(connection, column, text)
    return fitting[0].expression.format(text=text)


def _count_failures(connection: duckdb.DuckDBPyConnection, text: str, forms: list[DateForm]) -> dict[str, int]:
    """Values that each form cannot read; stops at the first form that reads them all and leaves no doubt."""
    failures = {}
    for form in forms:
        expression = form.expression.format(text=text)
        query = f"SELECT count(*) FILTER ({expression} IS NULL) FROM source WHERE nullif({text}, '') IS NOT NULL"
        failures[form.name] = connection.execute(query).fetchall()[0][0]
        if failures[form.name] == 0 and form in (ISO, COMPACT, MONTH_FIRST):
            break
    return {form.name: failures.get(form.name, 1) for form in forms}


def _unreadable(connection: duckdb.DuckDBPyConnection, column: str, text: str, form: DateForm) -> TransactionsError:
    expression = form.expression.format(text=text)
    row, value = connection.execute(
        "SELECT line, value FROM "
        f"(SELECT row_number() OVER () AS line, {text} AS value, {expression} AS read FROM source) "
        "WHERE read IS NULL AND nullif(value, '') IS NOT NULL ORDER BY line LIMIT 1"
    ).fetchall()[0]
    return TransactionsError(
        f"column {column}, data row {row}: {value!r} is no date that can be read ({form.name} in most rows). "
        "Write dates as 2011-12-31 or 2011-12-31 23:59:59, or choose --date-order day|month for 31/12/2011"
    )


def _refuse_ambiguous(connection: duckdb.DuckDBPyConnection, column: str, text: str) -> None:
    """Dates such as 03/04/2011 throughout have two readings, and a wrong guess would shuffle the whole history."""
    by_day, by_month = (form.expression.format(text=text) for form in (DAY_FIRST, MONTH_FIRST))
    differing = connection.execute(
        f"SELECT {text}, {by_day}, {by_month} FROM source WHERE {by_day} <> {by_month} LIMIT 1"
    ).fetchall()
    if differing:
        value, day_first, month_first = differing[0]
        raise TransactionsError(
            f"column {column}: {value!r} could be {day_first:%Y-%m-%d} or {month_first:%Y-%m-%d}, and no row decides; "
            "choose with --date-order day or --date-order month"
        )
