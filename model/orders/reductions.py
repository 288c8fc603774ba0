"""Discounts and refunds that stand in columns of their own, as a rate or an amount, on a line or on a whole order."""

from dataclasses import dataclass

from model.engines.connection import quoted, trimmed
from model.engines.sql import definition
from model.errors import TransactionsError
from model.orders.amounts import is_numeric, number_expression
from model.orders.columns import find_column, known_role
from model.orders.export import Export
from model.orders.findings import finding
from model.orders.states import LineMeaning, has_word, plain_words, table
from model.orders.thresholds import PROVEN_SHARE

WITHIN_ROUNDING = 0.015  # currency: half a cent on each side, and what a product of three numbers loses


@dataclass(frozen=True)
class Column:
    """A column of numbers that takes something off, what its values are, and how much it comes to."""

    name: str
    value: str
    is_rate: bool
    lines: int
    total: float


class ReductionColumns:
    """Looks at the numbers of columns without a role whose names speak of discounts, refunds or cancellations."""

    def __init__(self, export: Export, found: LineMeaning) -> None:
        self._export, self._found = export, found

    def examine(self) -> None:
        """Add what is taken off; raises TransactionsError where an option names a column that is not there."""
        told, decisions = {finding.column for finding in self._found.findings}, self._export.reading.discount
        decided = {
            find_column(name, list(self._export.types), option=f"--discount {name}={how[0]}"): how[0]
            for name, how in decisions.items()
        }
        for name in dict.fromkeys((*decided, *(name for name in self._export.unused if name not in told))):
            is_refund = has_word(name, "returned", "cancelled")
            if name not in decided and (has_word(name, "future") or not (is_refund or has_word(name, "discount"))):
                continue
            column = self._numbers(name)
            if column is None:
                if name in decided:
                    raise TransactionsError(f"--discount {name}={decided[name]}: the column holds no numbers")
            elif has_word(name, "quantity"):
                self._tell("units_taken_back", column)
            elif name in decided:
                self._subtract_discount(column, decided[name], "as --discount says")
            elif is_refund:
                self._refund(column)
            else:
                self._discount(column)
        if self._found.refunds:
            self._count_refunds()

    def _count_refunds(self) -> None:
        """An order is refunded in full where amounts say so; a state tells what no amount does."""
        found = self._found
        none = " AND ".join(f"coalesce({share}, 0) = 0" for share in found.refunds)
        whole = " + ".join(f"coalesce({share}, 0)" for share in (*found.discounts, *found.refunds))
        found.refunded[:] = [(f"{condition} AND {none}", reason) for condition, reason in found.refunded]
        found.refunded.append((f"{whole} > 0.999999", "refunded in full"))

    def _numbers(self, name: str) -> Column | None:
        """The column, where all its values are numbers and one is not 0."""
        text, sql_type = trimmed(quoted(name)), self._export.types[name]
        value = self._number(name)
        if not is_numeric(sql_type):
            value = f"coalesce({value}, TRY_CAST(rtrim(replace({text}, '%', '')) AS DOUBLE))"
        others, nonzero, percents, fractions, most, total = self._export.row(
            definition("column_numbers", text=text, value=value)
        )
        if others or not nonzero or sql_type.upper().startswith("BOOL"):
            return None
        is_named = bool(table()["names"]["rate"] & set(plain_words(name).split()))
        is_rate = bool(percents or (most <= 100 and is_named) or (most <= 1 and fractions))
        if is_rate and most > 1:
            value = f"{value} / 100"
        return Column(name, f"abs({value})", is_rate, int(nonzero), float(total))

    def _number(self, name: str) -> str:
        return number_expression(quoted(name), self._export.types[name], self._export.decimal or "point")

    def _discount(self, column: Column) -> None:
        how, columns = "rate" if column.is_rate else "amount", self._export.columns
        if "line_total" not in columns and (total := self._proof(column, how)):
            self._subtract_discount(column, how, f"for what is left is column {total!r}")
            return
        words = plain_words(columns.get("line_total", "gross")).split()
        is_before = not table()["names"]["before_discount"].isdisjoint(words)
        self._tell("discount" if is_before else "discount_beside_what_was_paid", column, how=how)

    def _subtract_discount(self, column: Column, how: str, why: str) -> None:
        self._found.discounts.append(column.value if how == "rate" else self._share(column))
        self._tell("subtracted_discount", column, why=why)

    def _refund(self, column: Column) -> None:
        is_net = self._export.reading.policy == "net"
        if is_net and not column.is_rate:
            self._found.refunds.append(self._share(column))
        effect = "subtracted from spend" if is_net else "which only net spend subtracts"
        self._tell("refunded_amounts", column, effect=effect)

    def _tell(self, check: str, column: Column, **about: str) -> None:
        money = None if column.is_rate else round(column.total, 2)
        told = {"column": column.name, "lines": column.lines, "money": money, "total": column.total, **about}
        self._found.findings.append(finding(check, **told))

    def _share(self, column: Column) -> str:
        """SQL for the share of a line's amount that a column of amounts takes off."""
        amount = self._export.amount
        if self._is_of_orders(column):
            order = f"OVER (PARTITION BY {self._export.order})"
            whole = f"sum(CASE WHEN {amount} > 0 THEN {amount} END) {order}"
            return f"max({column.value}) {order} / nullif({whole}, 0)"
        return f"{column.value} / nullif(abs({amount}), 0)"

    def _is_of_orders(self, column: Column) -> bool:
        """Whether the amount is that of an order: on one of its lines, or on all of them alike."""
        order, value = self._export.order, column.value
        if order is None or table()["names"]["of_lines"] & set(plain_words(column.name).split()):
            return False
        query = definition("amounts_of_orders", value=value, order_name=order)
        several, of_lines = self._export.row(query)
        return bool(several) and not of_lines

    def _proof(self, column: Column, how: str) -> str | None:
        """A column of totals that equals what is left of the amounts of nearly every order with a discount."""
        order, amount = self._export.order, self._export.amount
        if order is None:
            return None
        off = f"sum({amount} * {column.value})" if how == "rate" else f"sum({column.value})"
        if how == "amount" and self._is_of_orders(column):
            off = f"max({column.value})"
        known = {"amount": amount, "off": off, "order_name": order, "rounding": str(WITHIN_ROUNDING)}
        for name in self._export.unused:
            if not (known_role(name) == "line_total" or "total" in plain_words(name)):
                continue
            (found,) = self._export.row(definition("proven_total", total=self._number(name), **known))
            if found is not None and found >= PROVEN_SHARE:
                return name
        return None
