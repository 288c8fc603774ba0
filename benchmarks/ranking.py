"""``python -m benchmarks.ranking``: what ranking a whole shop takes on a small host.

Makes shops of several sizes, and reads, scores and ranks each as ``POST /rank_customers`` does where a container has
512 MB, in a process of its own; prints time and peak memory, Python and its libraries included.
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

import model
from model.actions import built_in_catalogue
from model.campaign import Campaign
from model.errors import Shortage
from model.ranking import rank_customers, score_base
from model.reading import ReadingOptions
from model.scoring import load_scorer
from model.transactions import read_orders

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
    scorer = load_scorer(Path(model.__file__).parent, "history")
    try:
        with read_orders(path, ReadingOptions(memory_limit=memory_limit).for_model(scorer.card)) as transactions:
            base = score_base(transactions, scorer, transactions.ends_at, is_quiet=True)
        told = f"{len(rank_customers(base, Campaign(), built_in_catalogue(), 'GBP')):,} customers ranked"
    except Shortage as error:
        told = str(error)[:60]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return f"{time.perf_counter() - started:>8.2f} {peak:>8.0f}  {told}"


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ranking", description=__doc__)
    parser.add_argument("--memory-limit", default="128MB", help="of the engine; a quarter of the host (%(default)s)")
    parser.add_argument("--shop", help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.shop:
        print(rank(chosen.shop, chosen.memory_limit))
        return 0
    print(f"load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"{'lines':>10} {'CSV MB':>8} {'wall s':>8} {'peak MB':>8}")
    with tempfile.TemporaryDirectory(prefix="customer-value-benchmark-") as folder:
        shop = Path(folder) / "shop.csv"
        for lines, customers in SIZES:
            duckdb.execute(SHOP.format(lines=lines, customers=customers, target=shop))
            command = [sys.executable, "-m", "benchmarks.ranking", "--memory-limit", chosen.memory_limit]
            finished = subprocess.run([*command, "--shop", str(shop)], check=True, capture_output=True, text=True)
            size = shop.stat().st_size / 1e6
            print(f"{lines:>10,} {size:>8.1f} {finished.stdout.splitlines()[-1]}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
