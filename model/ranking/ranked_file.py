"""A ranked list as a file and in sentences, for the command line."""

from collections.abc import Iterator
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
    return "\n".join([*_sentences(ranked), *_segment_table(ranked)])


def _sentences(ranked: RankedList) -> Iterator[str]:
    """What is expected, and what the campaign does with whom; nothing on what it has none of."""
    totals, held_out, read = ranked.totals(), ranked.control_group(), money_reader(ranked.currency)

    def money(amount: float | None) -> str:
        return "no sum (no past month tells how good it would be)" if amount is None else read(amount)

    yield (
        f"{_customers(totals.customers)} at {ranked.base.as_of.isoformat()}, {totals.active_customers:,} of them "
        f"active, ranked by {ranked.base.scorer.name}"
    )
    if ranked.base.track_record is not None:
        yield ranked.base.track_record.told
    interval, buyers = totals.expected_revenue_30d_interval_80, round(totals.expected_buyers_30d)
    within = "" if interval is None else f", in four months of five {money(interval.low)} to {money(interval.high)}"
    yield (
        f"expected in the next 30 days: {money(totals.expected_revenue_30d)}{within}; "
        f"{count(buyers, 'buyer', 'buyers')}; new customers come on top"
    )
    price = "" if totals.treat.cost is None else f" for {money(totals.treat.cost)}"
    for group, words in (
        (totals.treat, f"contact {{}}{price}"),
        (totals.control, "hold out {} to measure by"),
        (totals.below_budget, "{} are beyond the budget"),
        (totals.left_alone, "leave {} alone, as their action says to spend nothing"),
    ):
        if group.customers or group is totals.treat:
            expected = money(group.expected_revenue_30d)
            yield f"{words.format(_customers(group.customers))}: {expected} is expected of them"
    if held_out is not None:
        yield held_out.told


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
