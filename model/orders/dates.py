"""Reading the date column of an export: one form for the whole column, never guessed line by line."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from model.engines.connection import Connection, literal, trimmed
from model.errors import TransactionsError
from model.orders.amounts import is_numeric

_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")

# What databases write where a date is missing.
_NO_DATE = "^(?i:nan|nat|none|null|na|n/a|#n/a|<na>|-+|[(]null[)]|0+|0000[-./]00[-./]00.*|00[-./]00[-./]0000.*)$"
_MONTHS = {"Jan": "jan|ene|gen", "Feb": "feb|f[eé]v", "Mar": "m[aä]r|mrz|maa|mrt", "Apr": "apr|avr|abr",
           "May": "ma[yij]|mei|mag", "Jun": "jui?n|giu", "Jul": "jui?l|lug", "Aug": "aug|ao[uû]|ago", "Sep": "sep|set",
           "Oct": "o[ck]t|ott", "Nov": "nov", "Dec": "d[eé][cz]|dic"}  # fmt: skip
# What makes dates unlike others is taken away or put right: weekdays, 01DEC2010:08:30, months of other languages,
# 8:30p.m., 08.30.00, parts of a second, an offset or the name of a zone, which are not applied, a comma in a serial
# number, and blanks of other kinds.
_ODDITIES = (
    (r"[\s\pZ]+", " "),
    ("^(?i:mon|tue|wed|thu|fri|sat|sun)[a-z]*[.,]? +", ""),
    ("^([0-9][0-9]?)([A-Za-z][A-Za-z][A-Za-z])([0-9]+)(:| |$)", r"\1 \2 \3 "),
    ("(?i: de )", " "),
    *((f"(?i:\\b({names})\\pL*[.]?)", month) for month, names in _MONTHS.items()),
    ("[.] ", " "),
    (" ([0-9][0-9]?)[.]([0-9][0-9])[.]([0-9][0-9])", r" \1:\2:\3"),
    (" ([0-9][0-9]?)[.]([0-9][0-9])( |$)", r" \1:\2\3"),
    ("(:[0-9][0-9])[.][0-9]+", r"\1"),
    ("(:[0-9][0-9]|[Mm][.]?) *([+-][0-9][0-9]:?[0-9][0-9]|Z|UTC|[A-Z]+T)$", r"\1"),
    ("([0-9]) *([AaPp])[.]? ?[Mm][.]?$", r"\1 \2M"),
    ("^([0-9]+),([0-9]+)$", r"\1.\2"),
    ("^([0-9]{8,})[.]0+$", r"\1"),
)


def _strptime(*dates: str) -> str:
    # Two-digit years come first: "%y" cannot swallow a year of four digits, but "%Y" reads "11" as the year 11.
    formats = ", ".join(f"'{date}{time}'" for date in dates for time in _TIMES)
    # 31.12.2011, 31-12-2011, 31/12/2011 and "31 Dec 2011" are one form; "Dec 31, 2011, 8:00" loses its commas.
    return f"try_strptime(regexp_replace(translate({{text}}, '.-,', '// '), '\\s+', ' ', 'g'), [{formats}])"


@dataclass(frozen=True)
class DateForm:
    """One way to write a date; ``expression`` is SQL with ``{text}`` for the value."""

    name: str
    expression: str


# The year has four digits: a plain cast would read 03-04-11 as a day of the year 3. It would read over AM and PM, too.
ISO = DateForm(
    "year first",
    "TRY_CAST(CASE WHEN upper(right({text}, 1)) IN ('M', '.') THEN NULL WHEN {text} LIKE '____-%' THEN {text} "
    "WHEN {text} LIKE '____/%' OR {text} LIKE '____.%' "
    "THEN translate(substr({text}, 1, 10), './', '--') || substr({text}, 11) END AS TIMESTAMP)",
)
ISO_BY_HALF_DAYS = DateForm(
    "year first", f"CASE WHEN regexp_matches({{text}}, '^[0-9]{{{{4}}}}[-./]') THEN {_strptime('%Y/%m/%d')} END"
)
COMPACT = DateForm("YYYYMMDD", "try_strptime({text}, ['%Y%m%d', '%Y%m%d%H%M%S', '%Y%m%d%H%M', '%Y%m%d %H:%M:%S'])")


def _since_1970(unit: str, least: str, most: str, in_microseconds: str) -> DateForm:
    number = "TRY_CAST({text} AS DOUBLE)"
    return DateForm(
        f"{unit} since 1970",
        f"CASE WHEN {number} BETWEEN {least} AND {most} "
        f"THEN TIMESTAMP '1970-01-01 00:00:00' + to_microseconds(CAST({number} {in_microseconds} AS BIGINT)) END",
    )


SINCE_1970 = (
    _since_1970("seconds", "1e8", "9999999999", "* 1000000"),
    _since_1970("milliseconds", "1e11", "9999999999999", "* 1000"),
    _since_1970("microseconds", "1e14", "9999999999999999", "* 1"),
    # From 1995 on: what .NET counts, from the year 1 in tenths of a microsecond, is less until 2500.
    _since_1970("nanoseconds", "8e17", "9000000000000000000", "/ 1000"),
)
# Day 1 of a spreadsheet is 1900-01-01, and it believes in a 1900-02-29; 20000 to 80000 are the years 1954 to 2119.
SERIAL = DateForm(
    "spreadsheet serial number",
    "CASE WHEN TRY_CAST({text} AS DOUBLE) BETWEEN 20000 AND 80000 "
    "THEN TIMESTAMP '1899-12-30 00:00:00' "
    "+ to_microseconds(CAST(round(TRY_CAST({text} AS DOUBLE) * 86400) * 1000000 AS BIGINT)) END",
)
DAY_FIRST = DateForm("day first", _strptime("%d/%m/%y", "%d/%m/%Y", "%d/%b/%y", "%d/%b/%Y", "%d %b %y", "%d %b %Y",
                                            "%d %B %y", "%d %B %Y"))  # fmt: skip
MONTH_FIRST = DateForm("month first", _strptime("%m/%d/%y", "%m/%d/%Y", "%b %d %y", "%b %d %Y", "%B %d %y", "%B %d %Y",
                                                "%b/%d/%y", "%b/%d/%Y"))  # fmt: skip
# In this order: ISO is the commonest, and no value of a later form is one of an earlier.
SURE = (ISO, ISO_BY_HALF_DAYS, COMPACT, *SINCE_1970, SERIAL)
FORMS = (*SURE, DAY_FIRST, MONTH_FIRST)
ORDERS = {"day": DAY_FIRST, "month": MONTH_FIRST}
# What lies outside stands for no date in databases: 9999-12-31, 1900-01-01, 0001-01-01, the first moment of 1970.
_PLAUSIBLE = "{moment} >= TIMESTAMP '1980-01-01 00:00:00' AND {moment} < TIMESTAMP '2100-01-01 00:00:00'"
SAMPLE_ROWS = 1000
# Years of today in calendars of Thailand, and of Iran and Islam; some databases write 2500 for no end.
_OTHER_CALENDARS = (
    (2523, 2642, "as years are counted in Thailand, where {year} is {gregorian}; subtract 543 from the years"),
    (1340, 1500, "as years are counted in Iran or in the Islamic calendar; export dates of the Gregorian one"),
)
_OTHER_CALENDAR_SHARE = 0.1
_OTHER_YEAR = re.compile(r"(1[34]\d\d|2[56]\d\d|1[01]\d)[-/.]\d\d?[-/.]\d\d?")  # 113 is 2024 in Taiwan
# Of a column, beside texts: a stray date in another form is rarer.
MANY_CELLS = 0.1


def timestamp_expression(connection: Connection, column: str, sql_type: str, date_order: str | None) -> str:
    """SQL that turns a column of ``source`` into TIMESTAMP, and moments that stand for none into NULL.

    ``column`` is quoted, ``sql_type`` its type there; ``date_order`` is "day" or "month", which comes first in dates
    such as 03/04/2011, where somebody said so.

    Raises TransactionsError if some value cannot be read, or every value could be read in two ways.
    """
    moment = moment_expression(connection, column, sql_type, date_order)
    _refuse_other_calendars(connection, column, moment)
    plausible = _PLAUSIBLE.format(moment=moment)
    # A bare column of a file tells quickly which of its parts hold a range of moments; a text is read anew anyway.
    is_bare = (
        is_moment(sql_type)
        and isinstance(connection, duckdb.DuckDBPyConnection)
        and not connection.execute(f"SELECT 1 FROM source WHERE NOT ({plausible}) LIMIT 1").fetchall()
    )
    return moment if is_bare else f"CASE WHEN {plausible} THEN {moment} END"


def moment_expression(connection: Connection, column: str, sql_type: str, date_order: str | None) -> str:
    """SQL for every moment of the column as it is written; parameters and errors as in ``timestamp_expression``."""
    if sql_type.upper() == "TIMESTAMPTZ_NS":  # DuckDB has no cast to TIMESTAMP
        column = f"CAST({column} AS TIMESTAMPTZ)"
    if is_moment(sql_type):
        return f"CAST({column} AS TIMESTAMP)"
    text = trimmed(column)
    if is_numeric(sql_type):
        text = f"regexp_replace({text}, '\\.0+$', '')"
    fitting = _fitting(connection, text, list(FORMS))
    if not fitting:
        plainer = _plainer(text)
        fitting = _fitting(connection, plainer, list(FORMS))
        text = plainer if fitting else text
    if date_order and not set(fitting) & set(SURE):
        fitting = _fitting(connection, text, [ORDERS[date_order]])
        if not fitting:
            raise _unreadable(connection, column, text, ORDERS[date_order])
    if not fitting:
        _refuse_counted_days(connection, column, text)
        raise _unreadable(connection, column, text, _nearest(connection, text))
    if fitting[:2] == [DAY_FIRST, MONTH_FIRST]:
        _refuse_ambiguous(connection, column, text)
    if fitting[0] is DAY_FIRST and not date_order:
        _refuse_short_years_in_front(connection, column, text)
    return fitting[0].expression.format(text=text)


def _refuse_other_calendars(connection: Connection, column: str, moment: str) -> None:
    """Years such as 2567 and 1403 would be left out as no dates, without a word on why."""
    sample = f"(SELECT {moment} AS moment FROM (SELECT * FROM source LIMIT {SAMPLE_ROWS}) AS sampled) AS moments"
    for first, last, told in _OTHER_CALENDARS:
        condition = f"moment BETWEEN TIMESTAMP '{first}-01-01 00:00:00' AND TIMESTAMP '{last}-12-31 23:59:59'"
        found, filled, example = connection.execute(
            f"SELECT count(CASE WHEN {condition} THEN 1 END), count(moment), "
            f"min(CASE WHEN {condition} THEN moment END) FROM {sample}"
        ).fetchall()[0]
        if found and found >= _OTHER_CALENDAR_SHARE * filled:
            raise TransactionsError(
                f"column {column}: {example:%Y-%m-%d} is of the year {example.year}, "
                + told.format(year=example.year, gregorian=example.year - 543)
            )


def _plainer(text: str) -> str:
    """SQL for the text of a date without oddities, empty where it means none."""
    plain = f"regexp_replace({text}, {literal(_NO_DATE)}, '')"
    for pattern, replacement in _ODDITIES:
        plain = f"regexp_replace({plain}, {literal(pattern)}, {literal(replacement)}, 'g')"
    return f"trim({plain})"


def is_moment(sql_type: str) -> bool:
    """Whether an SQL type holds dates or moments."""
    return sql_type.upper().startswith(("TIMESTAMP", "DATE"))


def _fitting(connection: Connection, text: str, forms: Sequence[DateForm]) -> list[DateForm]:
    """Forms that read every value; a sample rules most of them out before the whole column is read."""
    likely = [
        form for form in forms if _failures(connection, text, form, f"(SELECT * FROM source LIMIT {SAMPLE_ROWS})") == 0
    ]
    fitting = []
    for form in likely:
        if _failures(connection, text, form, "source") == 0:
            fitting.append(form)
            if form is not DAY_FIRST:  # which alone has a rival
                break
    return fitting


def _failures(connection: Connection, text: str, form: DateForm, relation: str) -> int:
    expression = form.expression.format(text=text)
    count: int = connection.execute(
        f"SELECT count(*) FROM {relation} WHERE {text} <> '' AND {expression} IS NULL"
    ).fetchall()[0][0]
    return count


def _nearest(connection: Connection, text: str) -> DateForm:
    """The form of most values; that of cells, which is sure, where a workbook has cells and texts in one column."""
    total = connection.execute(f"SELECT count(*) FROM source WHERE {text} <> ''").fetchall()[0][0]
    if total - _failures(connection, text, ISO, "source") > MANY_CELLS * total:
        return ISO
    return min(FORMS, key=lambda form: _failures(connection, text, form, "source"))


def _unreadable(connection: Connection, column: str, text: str, form: DateForm) -> TransactionsError:
    expression = form.expression.format(text=text)
    row, value = connection.execute(
        "SELECT line, value FROM "
        f"(SELECT row_number() OVER () AS line, {text} AS value, {expression} AS moment FROM source) AS numbered "
        "WHERE moment IS NULL AND value <> '' ORDER BY line LIMIT 1"
    ).fetchall()[0]
    return TransactionsError(
        f"column {column}, data row {row}: {value!r} is no date that can be read ({form.name} in other rows). "
        "Write dates as 2011-12-31 or 2011-12-31 23:59:59, or choose --date-order day|month for 31/12/2011, "
        "or another column with --columns ordered_at=COLUMN"
        + ("; if its years are of another calendar, export Gregorian ones" if _OTHER_YEAR.match(value) else "")
    )


def _refuse_counted_days(connection: Connection, column: str, text: str) -> None:
    """Days of research data are often counted from a first one that stands elsewhere."""
    others, least, most = connection.execute(
        f"SELECT count(CASE WHEN number IS NULL THEN 1 END), min(number), max(number) FROM (SELECT "
        f"TRY_CAST({text} AS INTEGER) AS number FROM source WHERE {text} <> '') AS numbers"
    ).fetchall()[0]
    if not others and least is not None and most < 20000:
        raise TransactionsError(
            f"column {column} holds whole numbers from {least} to {most}, which are no dates. If they count days, add "
            "them to the first day and write dates such as 2011-12-31; else name another column with "
            "--columns ordered_at=COLUMN"
        )


def _refuse_ambiguous(connection: Connection, column: str, text: str) -> None:
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
            + ("; if the year comes first, write it with four digits" if re.match(r"\d\d\D\d\d\D\d\d\b", value) else "")
        )


def _refuse_short_years_in_front(connection: Connection, column: str, text: str) -> None:
    """24/03/15 may be of 2015 or of 2024; a year changes more rarely than a day, whichever stands in front."""
    parts = f"SELECT {text} AS text, substr({text}, 1, 2) AS first, substr({text}, 7, 2) AS last FROM source"
    others, firsts, lasts, example = connection.execute(
        "SELECT count(CASE WHEN NOT regexp_matches(text, '^[0-9]{2}[-./][0-9]{2}[-./]([0-2][0-9]|3[01])( |$)') THEN 1 "
        f"END), count(DISTINCT first), count(DISTINCT last), min(text) FROM ({parts}) AS parts WHERE text <> ''"
    ).fetchall()[0]
    if not others and firsts < lasts:
        raise TransactionsError(
            f"column {column}: {example!r} and all others could have the year in front; write it with four digits, or "
            "say --date-order day if the day stands in front"
        )
