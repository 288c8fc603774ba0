"""``python -m benchmarks.exports REAL_ORDERS``: reading each kind of export, and scoring a million customers.

Writes the real file as CSV and as a workbook of two sheets, makes a shop of a million customers, runs each step in a
process of its own, and prints wall time, CPU and peak memory. The files go when it ends. Needs
``pip install xlsxwriter``.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import duckdb
import xlsxwriter  # type: ignore[import-untyped]  # has no hints

import model
from model.orders.options import ReadingOptions
from model.orders.orders import read_orders
from model.prediction.customer_tables import collect_features
from model.prediction.scorers import load_scorer
from model.score import score as score_shop

SHEET_ENDS = datetime(2010, 12, 9, 20, 1, 30)  # noqa: DTZ001 - where the published workbook has its second sheet
MILLION = """
COPY (
    SELECT range % 1000000 AS customer, range // 2 AS invoice, hash(range) % 4000 AS product,
        TIMESTAMP '2010-01-01' + to_minutes(CAST(hash(range // 2) % 1000000 AS INTEGER)) AS date,
        1 + hash(range) % 20 AS quantity, round(0.5 + (hash(range + 1) % 2000) / 100, 2) AS price
    FROM range(4000000)
) TO '{target}' (FORMAT parquet)
"""


def write_workbook(real: str, target: Path) -> None:
    """The lines as two sheets, as the data was published."""
    connection = duckdb.connect()
    with xlsxwriter.Workbook(target, {"constant_memory": True, "default_date_format": "yyyy-mm-dd hh:mm"}) as workbook:
        for name, sign in (("Year 2009-2010", "<"), ("Year 2010-2011", ">=")):
            sheet = workbook.add_worksheet(name)
            rows = connection.execute(f"FROM read_parquet('{real}') WHERE InvoiceDate {sign} ?", [SHEET_ENDS])
            sheet.write_row(0, 0, [column[0] for column in rows.description])
            for number, row in enumerate(iter(rows.fetchone, None), start=1):
                sheet.write_row(number, 0, row)


def read(path: str) -> str:
    """Read and clean one export."""
    with read_orders(path, ReadingOptions()) as transactions:
        report = transactions.report
    return f"{report.lines_read:,} lines, {report.lines_kept:,} kept"


def score(path: str) -> str:
    """Score a shop with the summary model; what the features cost, measured before, is taken off."""
    scorer = load_scorer(Path(model.__file__).parent, "summary")
    with read_orders(path, ReadingOptions().as_in(scorer.card.data)) as transactions:
        as_of = transactions.ends_at
        started = time.perf_counter()
        collect_features(transactions, scorer.features, as_of)
        collected = time.perf_counter()
        customers = score_shop(transactions, Path(path).with_suffix(".scores.parquet"), scorer, as_of=as_of)
        seconds = time.perf_counter() - collected - (collected - started)
    return f"{customers:,} customers scored, ranked and written in {seconds:.2f} s: {customers / seconds:,.0f} a second"


STEPS: dict[str, Callable[[str], str]] = {"read": read, "score": score}


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.exports", description=__doc__)
    parser.add_argument("orders", help="Online Retail II as Parquet")
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.step:
        started, cpu_before = time.perf_counter(), time.process_time()
        told = STEPS[chosen.step](chosen.orders)
        wall, cpu = time.perf_counter() - started, time.process_time() - cpu_before
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{wall:>8.2f} {cpu:>8.1f} {peak:>8.0f}  {told}")
        return 0
    print(f"load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory(prefix="customer-value-benchmark-") as folder:
        text, workbook, shop = (Path(folder) / name for name in ("orders.csv", "orders.xlsx", "shop.parquet"))
        duckdb.execute(f"COPY (FROM read_parquet('{chosen.orders}')) TO '{text}' (HEADER)")
        write_workbook(chosen.orders, workbook)
        duckdb.execute(MILLION.format(target=shop))
        print(f"{'':<14} {'wall s':>8} {'CPU s':>8} {'peak MB':>8}")
        for name, path in (("Parquet", chosen.orders), ("CSV", text), ("XLSX", workbook), ("model.score", shop)):
            step = "score" if path is shop else "read"
            command = [sys.executable, "-m", "benchmarks.exports", "--step", step, str(path)]
            finished = subprocess.run(command, check=True, capture_output=True, text=True)
            print(f"{name:<14} {finished.stdout.splitlines()[-1]}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
