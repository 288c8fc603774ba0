"""``python -m benchmarks.ranking``: what ranking a whole shop takes on a small host.

Makes shops of several sizes, and reads, fits, scores and ranks each as ``POST /rank_customers`` does where a container
has 512 MB, in a process of its own, and so every file named; prints time and peak memory, libraries included.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from model.errors import Shortage
from model.orders.options import ReadingOptions
from model.orders.orders import read_orders
from model.prediction.scorers import HistoryScorer
from model.ranking.actions import built_in_catalogue
from model.ranking.campaign import Campaign
from model.ranking.rank import rank_customers, score_base
from training import fit_shop

SIZES = ((100_000, 10_000), (300_000, 30_000), (800_000, 100_000), (2_000_000, 200_000))
SHOP = """
COPY (
    SELECT 'C' || hash(range * 7) % {customers} AS customer_id, 'O' || range // 5 AS invoice,
        'P' || hash(range * 3) % 3000 AS product, 1 + hash(range) % 9 AS quantity,
        TIMESTAMP '2010-01-01' + to_minutes(CAST(hash(range // 5) % 1000000 AS INTEGER)) AS ordered_at,
        round(1 + (hash(range * 11) % 2000) / 100, 2) AS unit_price
    FROM range({lines})
) TO '{target}' (HEADER)
"""


def rank(path: str, memory_limit: str) -> str:
    """Rank one shop; gives what to print about it."""
    started = time.perf_counter()
    try:
        with read_orders(path, ReadingOptions(memory_limit=memory_limit)) as transactions:
            artifact = fit_shop(transactions)
            base = score_base(transactions, HistoryScorer(artifact), transactions.ends_at, is_quiet=True)
        ranked = rank_customers(base, Campaign(), built_in_catalogue(), "GBP")
        told = f"{len(ranked):,} customers ranked by {artifact.name}"
    except Shortage as error:
        told = str(error)[:60]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return f"{time.perf_counter() - started:>8.2f} {peak:>8.0f}  {told}"


def print_line(name: str, orders: Path, memory_limit: str) -> None:
    """Rank one shop in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.ranking", "--memory-limit", memory_limit, "--shop", str(orders)]
    finished = subprocess.run(command, check=True, capture_output=True, text=True)
    print(f"{name:>24} {orders.stat().st_size / 1e6:>8.1f} {finished.stdout.splitlines()[-1]}", flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ranking", description=__doc__)
    parser.add_argument("--memory-limit", default="128MB", help="of the engine; a quarter of the host (%(default)s)")
    parser.add_argument("orders", nargs="*", metavar="ORDERS", type=Path, help="order files of your own, beside these")
    parser.add_argument("--shop", help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.shop:
        print(rank(chosen.shop, chosen.memory_limit))
        return 0
    print(f"load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"{'shop':>24} {'MB':>8} {'wall s':>8} {'peak MB':>8}")
    with tempfile.TemporaryDirectory(prefix="customer-value-benchmark-") as folder:
        shop = Path(folder) / "shop.csv"
        for file in chosen.orders:
            print_line(file.name, file, chosen.memory_limit)
        for lines, customers in SIZES:
            duckdb.execute(SHOP.format(lines=lines, customers=customers, target=shop))
            print_line(f"{lines:,} lines", shop, chosen.memory_limit)
    return 0


if __name__ == "__main__":
    sys.exit(main())
