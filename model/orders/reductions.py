"""Discounts and refunds that stand in columns of their own, as a rate or an amount, on a line or on a whole order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from model.engines.connection import Connection, quoted, trimmed
from model.errors import TransactionsError
from model.orders.amounts import is_numeric, number_expression
from model.orders.columns import find_column, known_role
from model.orders.findings import Finding, Severity
from model.orders.options import ReadingOptions
from model.orders.states import has_word, plain_words
from model.orders.thresholds import PROVEN_SHARE

# Totals that are named so are from before a discount; others are what was paid.
BEFORE_DISCOUNT = {"gross", "list", "before", "full", "subtotal", "brutto", "brut", "bruto"}
WITHIN_ROUNDING = 0.015  # currency: half a cent on each side, and what a product of three numbers loses


@dataclass(frozen=True)
class Column:
    """A column of numbers that takes something off, what its values are, and how much it comes to."""

    name: str
    value: str
    is_rate: bool
    lines: int
    total: float


@dataclass
class Reductions:
    """What is taken off each line, as SQL for shares of its amount."""

    discounts: list[str] = field(default_factory=list)
    refunds: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def price(self, price: str) -> str:
        """SQL for the price that is left."""
        shares = " + ".join(f"coalesce({share}, 0)" for share in (*self.discounts, *self.refunds))
        return f"({price}) * greatest(1 - ({shares}), 0)" if shares else price


class ReductionColumns:
    """Looks at the numbers of columns without a role whose names speak of discounts, refunds or cancellations."""

    def __init__(
        self,
        connection: Connection,
        types: Mapping[str, str],
        reading: ReadingOptions,
        *,
        columns: Mapping[str, str],
        expressions: Mapping[str, str],
        decimal: str | None,
        invoice: str | None,
    ) -> None:
        self._connection, self._types, self._reading, self._columns = connection, types, reading, columns
        self._amount = f"{expressions['quantity']} * ({expressions['unit_price']})"
        self._decimal, self._invoice = decimal, invoice
        self.found = Reductions()

    def examine(self, names: Sequence[str]) -> Reductions:
        """What is taken off; raises TransactionsError where an option names a column that is not there."""
        decided = {
            find_column(name, list(self._types), option=f"--discount {name}={how[0]}"): how[0]
            for name, how in self._reading.discount.items()
        }
        for name in dict.fromkeys((*decided, *names)):
            is_refund = any(has_word(name, group) for group in ("returned", "cancelled"))
            if name not in decided and (has_word(name, "future") or not (is_refund or has_word(name, "discount"))):
                continue
            column = self._numbers(name)
            if column is None:
                if name in decided:
                    raise TransactionsError(f"--discount {name}={decided[name]}: the column holds no numbers")
                continue
            if has_word(name, "quantity"):
                self._tell_units(column)
            elif name in decided:
                self._subtract_discount(column, decided[name], "as --discount says")
            elif is_refund:
                self._refund(column)
            else:
                self._discount(column)
        return self.found

    def _numbers(self, name: str) -> Column | None:
        """The column, where all its values are numbers and one is not 0."""
        text = trimmed(quoted(name))
        bare = f"rtrim(replace({text}, '%', ''))"
        sql_type = self._types[name]
        value = number_expression(quoted(name), sql_type, self._decimal)
        if not is_numeric(sql_type):
            value = f"coalesce({value}, TRY_CAST({bare} AS DOUBLE))"
        others, nonzero, percents, most, fractions, total = self._connection.execute(
            "SELECT count(CASE WHEN text <> '' AND value IS NULL THEN 1 END), count(CASE WHEN value <> 0 THEN 1 END), "
            "count(CASE WHEN right(text, 1) = '%' THEN 1 END), coalesce(max(abs(value)), 0), "
            "count(CASE WHEN value <> floor(value) THEN 1 END), coalesce(sum(abs(value)), 0) "
            f"FROM (SELECT {text} AS text, {value} AS value FROM source) AS cells"
        ).fetchall()[0]
        if others or not nonzero or str(sql_type).upper().startswith("BOOL"):
            return None
        words = set(plain_words(name).split())
        is_percent = bool(percents) or (
            most <= 100 and bool(words & {"rate", "percent", "pct", "percentage", "prozent"})
        )
        is_rate = is_percent or (most <= 1 and bool(fractions))
        if is_rate and most > 1:
            value = f"{value} / 100"
        return Column(name, f"abs({value})", is_rate, int(nonzero), float(total))

    def _discount(self, column: Column) -> None:
        hows = ("rate",) if column.is_rate else ("amount",)
        if "line_total" not in self._columns:
            for how in hows:
                if total := self._proof(column, how):
                    self._subtract_discount(column, how, f"for what is left is column {total!r}")
                    return
        is_before = bool(BEFORE_DISCOUNT & set(plain_words(self._columns.get("line_total", "gross")).split()))
        told = "the amounts are taken to be what was paid" if not is_before else "it is not subtracted"
        self._tell(
            "discount",
            Severity.WARNING if is_before else Severity.HINT,
            column,
            f"holds a discount on {column.lines:,} lines, and {told}",
            option="discount",
            proposal=f"{column.name}={hows[0]}",
        )

    def _subtract_discount(self, column: Column, how: str, why: str) -> None:
        if how == "rate":
            self.found.discounts.append(column.value)
        else:
            self.found.discounts.append(self._share(column))
        self._tell("discount", Severity.OK, column, f"is subtracted as a discount on {column.lines:,} lines, {why}")

    def _refund(self, column: Column) -> None:
        if self._reading.policy == "net" and not column.is_rate:
            self.found.refunds.append(self._share(column))
        told = "subtracted from spend" if self._reading.policy == "net" else "which only net spend subtracts"
        told = f"holds refunds of {column.total:,.2f} on {column.lines:,} lines, {told}"
        self._tell("refunded_amounts", Severity.HINT, column, told)

    def _tell_units(self, column: Column) -> None:
        told = f"tells of {column.total:,.0f} units taken back or off on {column.lines:,} lines, and they count"
        self._tell("units_taken_back", Severity.WARNING, column, f"{told}: subtract them in the export")

    def _tell(
        self,
        code: str,
        severity: Severity,
        column: Column,
        told: str,
        option: str | None = None,
        proposal: str | None = None,
    ) -> None:
        self.found.findings.append(
            Finding(
                code,
                severity,
                f"column {column.name!r} {told}",
                column=column.name,
                lines=column.lines,
                money=None if column.is_rate else round(column.total, 2),
                option=option,
                proposal=proposal,
            )
        )

    def _share(self, column: Column) -> str:
        """SQL for the share of a line's amount that a column of amounts takes off."""
        if self._is_of_orders(column):
            order = f"OVER (PARTITION BY {self._invoice})"
            whole = f"sum(CASE WHEN {self._amount} > 0 THEN {self._amount} END) {order}"
            return f"max({column.value}) {order} / nullif({whole}, 0)"
        return f"{column.value} / nullif(abs({self._amount}), 0)"

    def _is_of_orders(self, column: Column) -> bool:
        """Whether the amount is that of an order: on one of its lines, or on all of them alike."""
        if self._invoice is None or {"line", "lineitem", "item", "unit"} & set(plain_words(column.name).split()):
            return False
        several, of_lines = self._connection.execute(
            "SELECT count(*), count(CASE WHEN amounts > 1 OR (filled > 1 AND filled < lines) THEN 1 END) FROM ("
            f"SELECT count(*) AS lines, count(CASE WHEN {column.value} > 0 THEN 1 END) AS filled, "
            f"count(DISTINCT CASE WHEN {column.value} > 0 THEN {column.value} END) AS amounts "
            f"FROM source WHERE {self._invoice} IS NOT NULL GROUP BY {self._invoice} HAVING count(*) > 1) AS orders "
            "WHERE filled > 0"
        ).fetchall()[0]
        return bool(several) and not of_lines

    def _proof(self, column: Column, how: str) -> str | None:
        """A column of totals that equals what is left of the amounts of nearly every order with a discount."""
        if self._invoice is None:
            return None
        off = f"sum({self._amount} * {column.value})" if how == "rate" else f"sum({column.value})"
        if how == "amount" and self._is_of_orders(column):
            off = f"max({column.value})"
        for name, sql_type in self._types.items():
            if name in self._columns.values() or not (known_role(name) == "line_total" or "total" in plain_words(name)):
                continue
            total = number_expression(quoted(name), sql_type, self._decimal)
            left = " OR ".join(f"abs(full_amount - off - {each}) < {WITHIN_ROUNDING}" for each in ("most", "summed"))
            found = self._connection.execute(
                f"SELECT avg(CASE WHEN {left} THEN 1.0 ELSE 0.0 END) FROM (SELECT sum({self._amount}) AS full_amount, "
                f"{off} AS off, max({total}) AS most, sum({total}) AS summed FROM source GROUP BY {self._invoice}) "
                "AS orders "
                "WHERE off > 0"
            ).fetchall()[0][0]
            if found is not None and found >= PROVEN_SHARE:
                return name
        return None
