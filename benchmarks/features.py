"""``python -m benchmarks.features REAL_ORDERS``: from order lines to the six features, by us and by others, in turn.

Makes files of 1, 10 or 100 million lines from the real one (copies with new customers and invoices, moments and
prices moved), runs each contestant in a process of its own, and prints wall time, CPU, peak memory and ratios. All
must agree on every feature's sum. Then our time and memory for a file are compared with those for the file before, both
read in turn, for a machine is not as fast at one hour as at another. The files go when it ends. Needs
``pip install polars pyarrow``.
"""

import argparse
import importlib
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

AS_OF = datetime(2011, 11, 10)  # noqa: DTZ001 - a cutoff is a midnight without time zone
MEMORY_LIMIT, SPARK_MEMORY_LIMIT = "1GB", "3GB"
Digest = dict[str, float]
SUMS = ("total_spend", "avg_spend", "num_transactions", "total_units", "unique_products", "recency_days")
MAKE = """
COPY (
    SELECT
        regexp_extract(Invoice, '^[A-Z]*')
            || CAST(CAST(regexp_extract(Invoice, '[0-9]+') AS BIGINT) + copy * 1000000 AS VARCHAR) AS Invoice,
        StockCode, Description, Quantity,
        CAST(InvoiceDate AS TIMESTAMP)
            + to_minutes(CAST(CASE WHEN copy = 0 THEN 0 ELSE hash(Invoice, copy) % 1440 END AS INTEGER)) AS InvoiceDate,
        CASE WHEN copy = 0 THEN Price ELSE round(Price * (0.8 + (hash(Invoice, copy) % 41) / 100.0), 2) END AS Price,
        "Customer ID" + copy * 100000 AS "Customer ID", Country
    FROM read_parquet('{real}') CROSS JOIN range({copies}) AS copies(copy)
) TO '{target}' (FORMAT parquet)
"""
RAW = """
WITH clean AS (
    SELECT "Customer ID" AS customer, Invoice AS invoice, StockCode AS product, InvoiceDate AS moment,
        Quantity AS quantity, Quantity * Price AS spend
    FROM read_parquet('{path}')
    WHERE "Customer ID" IS NOT NULL AND Quantity > 0 AND Price > 0
    GROUP BY "Customer ID", Invoice, StockCode, InvoiceDate, Quantity, Price, Description, Country
),
known AS (SELECT * FROM clean WHERE moment < TIMESTAMP '{as_of}'),
orders AS (
    SELECT customer, invoice, sum(spend) AS spend, sum(quantity) AS units, max(moment) AS last_at
    FROM known GROUP BY customer, invoice
),
bought AS (SELECT DISTINCT customer, product FROM known),
products AS (SELECT customer, count(*) AS products FROM bought GROUP BY customer),
customers AS (
    SELECT customer, sum(spend) AS total_spend, count(*) AS num_transactions, sum(units) AS total_units,
        max(last_at) AS last_at
    FROM orders GROUP BY customer
)
SELECT count(*) AS customers, sum(total_spend) AS total_spend,
    sum(total_spend / num_transactions) AS avg_spend, sum(num_transactions) AS num_transactions,
    sum(total_units) AS total_units, sum(products) AS unique_products,
    sum(floor(date_diff('second', last_at, TIMESTAMP '{as_of}') / 86400)) AS recency_days
FROM customers JOIN products USING (customer)
"""


@dataclass(frozen=True)
class Measured:
    """One contestant's run: seconds, megabytes, and the sums that all must agree on."""

    wall: float
    cpu: float
    peak: float
    digest: Digest


def scan(path: str) -> Digest:
    """Reading the six columns and nothing else: the bound."""
    import duckdb  # noqa: PLC0415 - each contestant loads its own library only

    found = duckdb.execute(
        'SELECT max(Invoice), max(StockCode), sum(Quantity), max(InvoiceDate), sum(Price), max("Customer ID") '
        f"FROM read_parquet('{path}')"
    ).fetchall()
    return {} if found else {"customers": 0}


def ours(path: str, cutoffs: int = 1, engine: str = "duckdb", memory_limit: str = MEMORY_LIMIT) -> Digest:
    """The product: cleaned with every drop counted, in bounded memory, then the features of each cutoff."""
    from model.engines.sql import definition  # noqa: PLC0415 - see ``scan``
    from model.features.definitions import ACTIVE_DAYS, register_cutoffs  # noqa: PLC0415
    from model.orders.options import ReadingOptions  # noqa: PLC0415
    from model.orders.orders import read_orders  # noqa: PLC0415

    with read_orders(path, ReadingOptions(memory_limit=memory_limit, engine=engine)) as transactions:
        connection = transactions.connection
        register_cutoffs(connection, [AS_OF - timedelta(days=30 * step) for step in range(cutoffs)])
        sums = ", ".join(f"sum({name})" for name in SUMS)
        found = connection.execute(
            f"SELECT count(*), {sums} FROM ({definition('features')}) AS features GROUP BY as_of ORDER BY as_of DESC",
            {"active_days": ACTIVE_DAYS},
        ).fetchall()[0]
    return dict(zip(("customers", *SUMS), map(float, found), strict=True))


def ours_12(path: str) -> Digest:
    """Twelve cutoffs in one pass."""
    return ours(path, cutoffs=12)


def ours_spark(path: str) -> Digest:
    """The same on Spark, on all cores here, its JVM started within the time; CPU and peak are of Python alone."""
    return ours(path, engine="spark", memory_limit=SPARK_MEMORY_LIMIT)


def ours_spark_again(path: str) -> Digest:
    """The same in a session that has done it once, whose JVM runs and has compiled its code."""
    return ours_spark(path)


def _use_spark(path: str) -> None:
    from model.engines.spark.session import start_session  # noqa: PLC0415

    start_session(None, SPARK_MEMORY_LIMIT)  # a session that others leave alone
    ours_spark(path)


def raw_sql(path: str) -> Digest:
    """DuckDB SQL of the same features, written for this file alone, with all the memory it wants."""
    import duckdb  # noqa: PLC0415 - see ``scan``

    found = duckdb.execute(RAW.format(path=path, as_of=AS_OF)).fetchall()[0]
    return dict(zip(("customers", *SUMS), map(float, found), strict=True))


def polars_streaming(path: str) -> Digest:
    """Polars, lazily, by its streaming engine."""
    import polars as pl  # noqa: PLC0415 - see ``scan``

    lines = pl.scan_parquet(path).filter(
        pl.col("Customer ID").is_not_null() & (pl.col("Quantity") > 0) & (pl.col("Price") > 0)
    )
    known = lines.unique().filter(pl.col("InvoiceDate") < AS_OF)
    customers = known.group_by("Customer ID").agg(
        total_spend=(pl.col("Quantity") * pl.col("Price")).sum(),
        num_transactions=pl.col("Invoice").n_unique(),
        total_units=pl.col("Quantity").sum(),
        unique_products=pl.col("StockCode").n_unique(),
        last_at=pl.col("InvoiceDate").max(),
    )
    frame = customers.with_columns(
        avg_spend=pl.col("total_spend") / pl.col("num_transactions"),
        recency_days=(AS_OF - pl.col("last_at")).dt.total_days(),
    ).collect(engine="streaming")
    return {"customers": float(frame.height), **{name: float(frame[name].sum()) for name in SUMS}}


def _pandas_lines(path: str) -> Any:  # Any: a pandas frame
    import pandas as pd  # noqa: PLC0415 - see ``scan``

    lines = pd.read_parquet(path)
    lines = lines[lines["Customer ID"].notna() & (lines["Quantity"] > 0) & (lines["Price"] > 0)].drop_duplicates()
    lines = lines[lines["InvoiceDate"] < pd.Timestamp(AS_OF)]
    return lines.assign(line_total=lines["Quantity"] * lines["Price"])


def pandas_idiomatic(path: str) -> Digest:
    """Pandas with named aggregations."""
    customers = _pandas_lines(path).groupby("Customer ID").agg(
        total_spend=("line_total", "sum"),
        num_transactions=("Invoice", "nunique"),
        total_units=("Quantity", "sum"),
        unique_products=("StockCode", "nunique"),
        last_at=("InvoiceDate", "max"),
    )  # fmt: skip
    customers["avg_spend"] = customers["total_spend"] / customers["num_transactions"]
    customers["recency_days"] = (AS_OF - customers["last_at"]).dt.days
    return {"customers": float(len(customers)), **{name: float(customers[name].sum()) for name in SUMS}}


def pandas_per_customer(path: str) -> Digest:
    """Pandas with a function for each customer's lines; the average order from total and count."""
    return _pandas_applied(path, lambda lines: lines["line_total"].sum() / lines["Invoice"].nunique())


def pandas_per_order(path: str) -> Digest:
    """The same, with the average order as it is often worded: the mean of what each invoice comes to."""
    return _pandas_applied(path, lambda lines: lines.groupby("Invoice")["line_total"].sum().mean())


def _pandas_applied(path: str, average_order: Callable[[Any], float]) -> Digest:  # Any: a pandas frame
    import pandas as pd  # noqa: PLC0415 - see ``scan``

    def summary(lines: Any) -> Any:  # Any: pandas frames
        return pd.Series(
            {
                "total_spend": lines["line_total"].sum(),
                "avg_spend": average_order(lines),
                "num_transactions": lines["Invoice"].nunique(),
                "total_units": lines["Quantity"].sum(),
                "unique_products": lines["StockCode"].nunique(),
                "recency_days": (AS_OF - lines["InvoiceDate"].max()).days,
            }
        )

    customers = _pandas_lines(path).groupby("Customer ID").apply(summary)
    return {"customers": float(len(customers)), **{name: float(customers[name].sum()) for name in SUMS}}


def pandas_published(path: str) -> Digest:
    """The recipe that is often published for this problem, as its notebooks word it: lambdas over each customer.

    Its rules are its own (doubled lines stay, four features of customers whom it calls active, the cutoff at 80 % of
    the lines), so its sums agree with nobody's; ``training.published`` shows that it is the published one.
    """
    import pandas as pd  # noqa: PLC0415 - see ``scan``

    lines: Any = pd.read_parquet(path)  # Any: pandas' hints know no lambdas in agg
    lines.columns = lines.columns.str.strip()
    for column in ("Customer ID", "Quantity", "Price"):
        lines[column] = pd.to_numeric(lines[column], errors="coerce")
    lines["InvoiceDate"] = pd.to_datetime(lines["InvoiceDate"])
    lines = lines.dropna(subset=["Customer ID"])
    lines = lines[(lines["Quantity"] > 0) & (lines["Price"] > 0)]
    lines["TotalPrice"] = lines["Quantity"] * lines["Price"]
    cutoff = lines["InvoiceDate"].quantile(0.8)
    active = lines[lines["InvoiceDate"] >= cutoff - pd.Timedelta(days=90)]["Customer ID"].unique()
    lines = lines[lines["Customer ID"].isin(active)]
    past, future = lines[lines["InvoiceDate"] < cutoff], lines[lines["InvoiceDate"] >= cutoff]
    customers = past.groupby("Customer ID").agg(
        {
            "InvoiceDate": lambda dates: (cutoff - dates.max()).days,
            "Invoice": lambda invoices: invoices.nunique(),
            "TotalPrice": [lambda totals: totals.sum(), lambda totals: totals.mean()],
        }
    )
    customers.columns = ["recency", "frequency", "total_spent", "avg_spent"]
    target = future.groupby("Customer ID").agg(target=("TotalPrice", lambda totals: totals.sum()))
    customers = customers.merge(target, left_index=True, right_index=True, how="left").fillna(0)
    return {"published_customers": float(len(customers))}


CONTESTANTS: dict[str, Callable[[str], Digest]] = {
    contestant.__name__: contestant
    for contestant in (
        scan, raw_sql, ours, ours_12, ours_spark, ours_spark_again, polars_streaming, pandas_idiomatic,
        pandas_per_customer, pandas_per_order, pandas_published,
    )
}  # fmt: skip
# What happens in a contestant's process before its time is taken.
BEFORE: dict[str, Callable[[str], None]] = {"ours_spark_again": _use_spark}
IN_MEMORY = {"raw_sql", *(name for name in CONTESTANTS if name.startswith(("ours_spark", "pandas", "polars")))}
LIBRARIES = {"ours": "model.orders.orders", "polars": "polars", "pandas": "pandas"}
RUNS_IN_TURN = 3


def measure(name: str, path: Path) -> Measured:
    """Run one contestant in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.features", "--contestant", name, str(path)]
    finished = subprocess.run(command, check=True, capture_output=True, text=True)
    return Measured(**json.loads(finished.stdout.splitlines()[-1]))


def run(name: str, path: str) -> str:
    """One contestant's figures as JSON, measured within its process, its library being loaded already."""
    importlib.import_module(LIBRARIES.get(name.partition("_")[0], "duckdb"))
    if name in BEFORE:
        BEFORE[name](path)
    started, cpu_before = time.perf_counter(), time.process_time()
    digest = CONTESTANTS[name](path)
    wall, cpu = time.perf_counter() - started, time.process_time() - cpu_before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return json.dumps({"wall": wall, "cpu": cpu, "peak": peak, "digest": digest})


def check_agreement(found: dict[str, Measured]) -> None:
    """Stop where a contestant's customers or sums differ from ours."""
    expected = found["ours"].digest
    for name, measured in found.items():
        for key, value in measured.digest.items():
            if key in expected and abs(value - expected[key]) > 1e-9 * abs(expected[key]):
                raise SystemExit(f"{name} has {key} {value!r}, ours is {expected[key]!r}")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.features", description=__doc__)
    parser.add_argument("orders", help="Online Retail II as Parquet")
    parser.add_argument("--copies", type=int, nargs="+", default=[1, 10, 100], help="of 1.07 million lines each")
    parser.add_argument("--only", nargs="+", choices=CONTESTANTS, default=list(CONTESTANTS))
    parser.add_argument("--in-memory-up-to", type=int, default=10, help="copies that contestants in memory get")
    parser.add_argument("--contestant", choices=CONTESTANTS, help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.contestant:
        print(run(chosen.contestant, chosen.orders))
        return 0
    print(f"load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory(prefix="customer-value-benchmark-") as folder:
        files = [Path(folder) / f"{copies}.parquet" for copies in chosen.copies]
        for smaller, copies, path in zip([None, *files], chosen.copies, files, strict=False):
            _race(chosen.orders, copies, path, chosen)
            if smaller is not None:
                if "ours" in chosen.only:
                    _show_growth(smaller, path)
                smaller.unlink()
    return 0


def _race(real: str, copies: int, path: Path, chosen: argparse.Namespace) -> None:
    making = f"SET preserve_insertion_order = false; SET enable_progress_bar = false; {MAKE}"
    maker = [sys.executable, "-c", "import duckdb, sys; duckdb.execute(sys.argv[1])"]
    subprocess.run([*maker, making.format(real=real, copies=copies, target=path)], check=True)
    os.sync()  # or the first contestant would share the machine with the writing of the file
    names = [name for name in chosen.only if copies <= chosen.in_memory_up_to or name not in IN_MEMORY]
    found: dict[str, Measured] = {}
    print(f"\n{copies * 1.06737:.1f}M lines {'wall s':>12} {'CPU s':>8} {'peak MB':>8} {'wall / ours':>12}", flush=True)
    for name in names:
        found[name] = measured = measure(name, path)
        ratio = f"{measured.wall / found['ours'].wall:.2f}" if "ours" in found else ""
        print(f"{name:<18} {measured.wall:>10.2f} {measured.cpu:>8.1f} {measured.peak:>8.0f} {ratio:>12}", flush=True)
    if "ours" in found:
        check_agreement(found)
        print(f"all agree on {found['ours'].digest['customers']:,.0f} customers to 1e-9")
    if {"ours", "raw_sql", "ours_spark"} <= found.keys():
        _show_spark(path)


def _show_growth(smaller: Path, larger: Path) -> None:
    """Print the medians of our time and memory for the larger file, as a multiple of those for the smaller one."""
    runs = [(measure("ours", smaller), measure("ours", larger)) for _ in range(RUNS_IN_TURN)]
    wall, peak = (
        statistics.median(getattr(large, figure) for _, large in runs)
        / statistics.median(getattr(small, figure) for small, _ in runs)
        for figure in ("wall", "peak")
    )
    print(
        f"ours against {smaller.stem} copies, medians of {RUNS_IN_TURN} in turn: time {wall:.1f} x, peak {peak:.2f} x"
    )


def _show_spark(path: Path) -> None:
    """Print the median time of Spark, its start included, as a multiple of plain DuckDB SQL's and of ours."""
    runs = [[measure(name, path).wall for name in ("ours_spark", "raw_sql", "ours")] for _ in range(RUNS_IN_TURN)]
    spark, raw, own = map(statistics.median, zip(*runs, strict=True))
    print(
        f"Spark, JVM included, medians of {RUNS_IN_TURN} in turn: {spark / raw:.1f} x DuckDB SQL for this file alone, "
        f"{spark / own:.1f} x ours"
    )


if __name__ == "__main__":
    sys.exit(main())
