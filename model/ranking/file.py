"""A ranked list as a file and in sentences, for the command line."""

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import numpy as np

from model.atomic_write import replaced_when_whole
from model.csv_injection import csv_lines
from model.currency import money_reader
from model.engines.connection import literal
from model.estimators.intervals import HIGH, LOW
from model.ranking.placeholders import count
from model.ranking.presets import PLAIN, presets, table
from model.ranking.ranked_list import RankedList
from model.ranking.totals import Totals

ROWS_AT_ONCE = 10_000
# Of the columns in Parquet; the others are texts.
TYPES = {
    "rank": "BIGINT",
    "predicted_future_spend_30d": "DOUBLE",
    LOW: "DOUBLE",
    HIGH: "DOUBLE",
    "purchase_probability_30d": "DOUBLE",
    "as_of": "DATE",
    "contact_cost": "DOUBLE",
}


def write_ranked(ranked: RankedList, out: Path, preset: str, fitted: str) -> None:
    """Write a file that appears when it is whole: ``.csv`` in the columns of a preset, ``.parquet`` in all of ours.

    ``fitted`` tells in every row how the forecast was made, see ``ModelSource.told``.
    """
    with replaced_when_whole(out) as staged:
        if out.suffix == ".csv":
            with staged.open("wb") as file:
                file.write(csv_lines([[header for header, _ in presets()[preset]]]))
                for start in range(0, len(ranked), ROWS_AT_ONCE):
                    file.write(csv_lines(table(preset, ranked.columns(start, start + ROWS_AT_ONCE), fitted)))
        else:
            _write_parquet(ranked, staged, fitted)


def _write_parquet(ranked: RankedList, path: Path, fitted: str) -> None:
    columns = {**ranked.columns(0, len(ranked)), "fitted": [fitted] * len(ranked)}
    with duckdb.connect() as connection:
        fields = [field for _, field in presets()[PLAIN]]
        connection.register("ranked", {field: np.array(columns[field]) for field in fields})
        # A column of nothing has no type of its own.
        typed = (f"CAST(CAST({field} AS VARCHAR) AS {TYPES.get(field, 'VARCHAR')}) AS {field}" for field in fields)
        connection.execute(f"COPY (SELECT {', '.join(typed)} FROM ranked) TO {literal(str(path))} (FORMAT parquet)")


def ranked_in_words(ranked: RankedList) -> str:
    """Totals and decisions, one sentence a line, and a table of the segments."""
    money, totals, record = _money_reader(ranked.currency), ranked.totals(), ranked.base.track_record
    held_out = ranked.control_group()
    return "\n".join(
        [
            f"{_customers(totals.customers)} at {ranked.base.as_of.isoformat()}, {totals.active_customers:,} of them "
            f"active, ranked by {ranked.base.scorer.name}",
            *([] if record is None else [record.told]),
            _expected(totals, money),
            *_decisions(totals, money),
            *([] if held_out is None else [held_out.told]),
            *_segment_table(ranked),
        ]
    )


def _money_reader(currency: str) -> Callable[[float | None], str]:
    read = money_reader(currency)
    return lambda amount: "no sum (no past month tells how good it would be)" if amount is None else read(amount)


def _expected(totals: Totals, money: Callable[[float | None], str]) -> str:
    interval = totals.expected_revenue_30d_interval_80
    within = "" if interval is None else f", in four months of five {money(interval.low)} to {money(interval.high)}"
    buyers = count(round(totals.expected_buyers_30d), "buyer", "buyers")
    return (
        f"expected in the next 30 days: {money(totals.expected_revenue_30d)}{within}; {buyers}; "
        "new customers come on top"
    )


def _decisions(totals: Totals, money: Callable[[float | None], str]) -> Iterator[str]:
    """What the campaign does with whom; nothing on what it has none of."""
    treat = totals.treat
    price = "" if treat.cost is None else f" for {money(treat.cost)}"
    yield f"contact {_customers(treat.customers)}{price}: {money(treat.expected_revenue_30d)} is expected of them"
    for group, words in (
        (totals.control, "hold out {} to measure by"),
        (totals.below_budget, "{} are beyond the budget"),
        (totals.left_alone, "leave {} alone, as their action says to spend nothing"),
    ):
        if group.customers:
            expected = money(group.expected_revenue_30d)
            yield f"{words.format(_customers(group.customers))}: {expected} is expected of them"


def _segment_table(ranked: RankedList) -> Iterator[str]:
    yield f"{'segment':<16}{'customers':>11}{'buyers':>9}{'revenue':>16}{'contact':>9}{'hold out':>10}"
    for each in ranked.segments():
        revenue = "–" if each.expected_revenue_30d is None else f"{each.expected_revenue_30d:,.2f}"
        yield (
            f"{each.customer_segment:<16}{each.customers:>11,}{each.expected_buyers_30d:>9,.0f}"
            f"{revenue:>16}{each.treat:>9,}{each.control:>10,}"
        )


def _customers(number: int) -> str:
    return count(number, "customer", "customers")
