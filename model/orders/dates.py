"""Reading the date column of an export: one form for the whole column, never guessed line by line."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial
from typing import Any

import duckdb

from model.engines.connection import Connection, literal, trimmed
from model.errors import TransactionsError
from model.orders.amounts import is_numeric
from model.orders.tables import toml_table

_table = partial(toml_table, "dates")
# What lies outside stands for no date in databases: 9999-12-31, 1900-01-01, 0001-01-01, the first moment of 1970.
_PLAUSIBLE = "{moment} >= TIMESTAMP '1980-01-01 00:00:00' AND {moment} < TIMESTAMP '2100-01-01 00:00:00'"
SAMPLE_ROWS = 1000
_SAMPLE = f"(SELECT * FROM source LIMIT {SAMPLE_ROWS}) AS sampled"
_OTHER_CALENDAR_SHARE = 0.1
_OTHER_YEAR = re.compile(r"(1[34]\d\d|2[56]\d\d|1[01]\d)[-/.]\d\d?[-/.]\d\d?")  # 113 is 2024 in Taiwan
# Of a column, beside texts: a stray date in another form is rarer.
MANY_CELLS = 0.1


@dataclass(frozen=True)
class DateForm:
    """One way to write a date; ``sql`` reads it, with ``$text`` for the value, and gives NULL for all others."""

    name: str
    sql: str

    def of(self, text: str) -> str:
        """SQL for the moment that a text tells in this form."""
        return self.sql.replace("$text", text)


@cache
def _forms() -> tuple[DateForm, ...]:
    """All forms in the order of ``dates.toml``: "day first" and "month first", which are rivals, stand last."""
    return tuple(
        DateForm(form["name"], form.get("sql") or _strptime(form["dates"])) for form in _table()["forms"].values()
    )


def _strptime(dates: Sequence[str]) -> str:
    formats = ", ".join(literal(date + time) for date in dates for time in _table()["times"])
    # 31.12.2011, 31-12-2011, 31/12/2011 and "31 Dec 2011" are one form; "Dec 31, 2011, 8:00" loses its commas.
    return f"try_strptime(regexp_replace(translate($text, '.-,', '// '), '\\s+', ' ', 'g'), [{formats}])"


def timestamp_expression(connection: Connection, column: str, sql_type: str, date_order: str | None) -> str:
    """SQL that turns a column of ``source`` into TIMESTAMP, and moments that stand for none into NULL.

    ``column`` is quoted, ``sql_type`` its type there; ``date_order`` is "day" or "month", which comes first in dates
    such as 03/04/2011, where somebody said so.

    Raises TransactionsError if some value cannot be read, or every value could be read in two ways.
    """
    if sql_type.upper() == "TIMESTAMPTZ_NS":  # DuckDB has no cast to TIMESTAMP
        column = f"CAST({column} AS TIMESTAMPTZ)"
    moment = f"CAST({column} AS TIMESTAMP)"
    if not is_moment(sql_type):
        text = trimmed(column)
        if is_numeric(sql_type):
            text = f"regexp_replace({text}, '\\.0+$', '')"
        moment = DateTexts(connection, column, text).moment(date_order)
    _refuse_other_calendars(connection, column, moment)
    plausible = _PLAUSIBLE.format(moment=moment)
    # A bare column of a file tells quickly which of its parts hold a range of moments; a text is read anew anyway.
    is_bare = (
        is_moment(sql_type)
        and isinstance(connection, duckdb.DuckDBPyConnection)
        and not connection.execute(f"SELECT 1 FROM source WHERE NOT ({plausible}) LIMIT 1").fetchall()
    )
    return moment if is_bare else f"CASE WHEN {plausible} THEN {moment} END"


def is_moment(sql_type: str) -> bool:
    """Whether an SQL type holds dates or moments."""
    return sql_type.upper().startswith(("TIMESTAMP", "DATE"))


def _refuse_other_calendars(connection: Connection, column: str, moment: str) -> None:
    """Years such as 2567 and 1403 would be left out as no dates, without a word on why."""
    for calendar in _table()["calendars"]:
        first, last = calendar["years"]
        condition = f"moment BETWEEN TIMESTAMP '{first}-01-01 00:00:00' AND TIMESTAMP '{last}-12-31 23:59:59'"
        found, filled, example = connection.execute(
            f"SELECT count(*) FILTER (WHERE {condition}), count(moment), min(moment) FILTER (WHERE {condition}) "
            f"FROM (SELECT {moment} AS moment FROM {_SAMPLE}) AS moments"
        ).fetchall()[0]
        if found and found >= _OTHER_CALENDAR_SHARE * filled:
            raise TransactionsError(
                f"column {column}: {example:%Y-%m-%d} is of the year {example.year}, "
                + calendar["words"].format(year=example.year, gregorian=example.year - 543)
            )


def _plainer(text: str) -> str:
    """SQL for the text of a date without oddities, empty where it means none."""
    for pattern, replacement in ((_table()["missing"], ""), *_table()["oddities"]):
        text = f"regexp_replace({text}, {literal(pattern)}, {literal(replacement)}, 'g')"
    return f"trim({text})"


@dataclass(frozen=True)
class DateTexts:
    """A column of ``source`` that holds dates as texts; ``text`` is SQL for what is read of its cells."""

    connection: Connection
    column: str
    text: str

    def moment(self, date_order: str | None) -> str:
        """SQL for every moment as it is written; parameters and errors as in ``timestamp_expression``."""
        fitting, plainer = self._fitting, replace(self, text=_plainer(self.text))
        if not fitting and plainer._fitting:
            return plainer.moment(date_order)
        *sure, by_day, by_month = _forms()
        if date_order and not set(fitting) & set(sure):
            fitting = [by_day if date_order == "day" else by_month]
            if self._failures(fitting, "source") != (0,):
                raise self._unreadable(fitting[0])
        if not fitting:
            self._refuse_counted_days()
            raise self._unreadable(self._nearest())
        if fitting == [by_day, by_month]:
            self._refuse_ambiguous(by_day.of(self.text), by_month.of(self.text))
        if fitting[0] is by_day and not date_order:
            self._refuse_short_years_in_front()
        return fitting[0].of(self.text)

    @cached_property
    def _fitting(self) -> list[DateForm]:
        """Forms that read every value; a sample rules most of them out before the whole column is read."""
        fitting = list[DateForm]()
        for form, failures in zip(_forms(), self._failures(_forms(), _SAMPLE), strict=True):
            if failures == 0 and self._failures([form], "source") == (0,):
                fitting.append(form)
                if form.name != "day first":  # which alone has a rival
                    break
        return fitting

    def _failures(self, forms: Sequence[DateForm], relation: str) -> tuple[int, ...]:
        counts = ", ".join(f"count(*) FILTER (WHERE {form.of(self.text)} IS NULL)" for form in forms)
        return self._row(f"SELECT {counts} FROM {relation} WHERE {self.text} <> ''")

    def _row(self, query: str) -> tuple[Any, ...]:  # Any: what a query asks for
        row: tuple[Any, ...] = self.connection.execute(query).fetchall()[0]
        return row

    def _nearest(self) -> DateForm:
        """The form of most values; that of cells, which is sure, where a workbook has cells and texts in one column."""
        (total,) = self._row(f"SELECT count(*) FROM source WHERE {self.text} <> ''")
        iso, *others = self._failures(_forms(), "source")
        is_of_cells = total - iso > MANY_CELLS * total
        return _forms()[0 if is_of_cells else [iso, *others].index(min(iso, *others))]

    def _unreadable(self, form: DateForm) -> TransactionsError:
        row, value = self._row(
            "SELECT line, value FROM (SELECT row_number() OVER () AS line, "
            f"{self.text} AS value, {form.of(self.text)} AS moment FROM source) AS numbered "
            "WHERE moment IS NULL AND value <> '' ORDER BY line LIMIT 1"
        )
        return TransactionsError(
            f"column {self.column}, data row {row}: {value!r} is no date that can be read ({form.name} in other rows). "
            "Write dates as 2011-12-31 or 2011-12-31 23:59:59, or choose --date-order day|month for 31/12/2011, "
            "or another column with --columns ordered_at=COLUMN"
            + ("; if its years are of another calendar, export Gregorian ones" if _OTHER_YEAR.match(value) else "")
        )

    def _refuse_counted_days(self) -> None:
        """Days of research data are often counted from a first one that stands elsewhere."""
        others, least, most = self._row(
            "SELECT count(*) - count(number), min(number), max(number) FROM "
            f"(SELECT TRY_CAST({self.text} AS INTEGER) AS number FROM source WHERE {self.text} <> '') AS numbers"
        )
        if not others and least is not None and most < 20000:
            raise TransactionsError(
                f"column {self.column} holds whole numbers from {least} to {most}, which are no dates. If they count "
                "days, add them to the first day and write dates such as 2011-12-31; else name another column with "
                "--columns ordered_at=COLUMN"
            )

    def _refuse_ambiguous(self, by_day: str, by_month: str) -> None:
        """Dates such as 03/04/2011 throughout have two readings, and a wrong guess would shuffle the whole history."""
        differing = self.connection.execute(
            f"SELECT {self.text}, {by_day}, {by_month} FROM source WHERE {by_day} <> {by_month} LIMIT 1"
        ).fetchall()
        for value, day_first, month_first in differing:
            hint = "; if the year comes first, write it with four digits"
            raise TransactionsError(
                f"column {self.column}: {value!r} could be {day_first:%Y-%m-%d} or {month_first:%Y-%m-%d}, and no row "
                "decides; choose with --date-order day or --date-order month"
                + (hint if re.match(r"\d\d\D\d\d\D\d\d\b", value) else "")
            )

    def _refuse_short_years_in_front(self) -> None:
        """24/03/15 may be of 2015 or of 2024; a year changes more rarely than a day, whichever stands in front."""
        others, firsts, lasts, example = self._row(
            "SELECT count(*) FILTER (WHERE NOT "
            "regexp_matches(text, '^[0-9]{2}[-./][0-9]{2}[-./]([0-2][0-9]|3[01])( |$)')), "
            "count(DISTINCT substr(text, 1, 2)), count(DISTINCT substr(text, 7, 2)), min(text) "
            f"FROM (SELECT {self.text} AS text FROM source) AS texts WHERE text <> ''"
        )
        if not others and firsts < lasts:
            raise TransactionsError(
                f"column {self.column}: {example!r} and all others could have the year in front; write it with four "
                "digits, or say --date-order day if the day stands in front"
            )
