"""``python -m benchmarks.ranking``: from an uploaded order file to the ranked list, fitted in place, on a small host.

Starts the service in a control group of 512 MB, and uploads the sample shop, invented shops of several sizes and every
file named, each to a service of its own; prints the time to the list, and the peak memory of the process.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import httpx

from benchmarks.control_group import small_host
from tests.support import ROOT, free_port

SAMPLE = ROOT / "app" / "web" / "static" / "sample_orders.csv"
SIZES = ((50_000, 5_000), (100_000, 10_000), (300_000, 30_000))
SHOP = """
COPY (
    SELECT 'C' || hash(range * 7) % {customers} AS customer_id, 'O' || range // 5 AS invoice,
        'P' || hash(range * 3) % 3000 AS product, 1 + hash(range) % 9 AS quantity,
        TIMESTAMP '2010-01-01' + to_minutes(CAST(hash(range // 5) % 1000000 AS INTEGER)) AS ordered_at,
        round(1 + (hash(range * 11) % 2000) / 100, 2) AS unit_price
    FROM range({lines})
) TO '{target}' (HEADER)
"""
PATIENCE_SECONDS = 600


def shops(files: list[Path], folder: Path) -> Iterator[tuple[str, Path]]:
    """What is uploaded, by name."""
    yield SAMPLE.name, SAMPLE
    yield from ((file.name, file) for file in files)
    for lines, customers in SIZES:
        target = folder / f"shop_{lines}.csv"
        duckdb.execute(SHOP.format(lines=lines, customers=customers, target=target))
        yield f"{lines:,} lines", target


def rank(orders: Path, folder: Path, *, share: float, memory_mb: int | None) -> str:
    """Start a service, upload one file with progress, and stop it; gives what to print about it."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "--app-dir", str(ROOT), "--log-level", "warning", "--port", str(port)]
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "MODEL_DIR": str(ROOT / "model")}
    with small_host(share=share, memory_mb=memory_mb) as prefix, (folder / "log").open("w") as log:
        process = subprocess.Popen([*prefix, *command, "app:app"], env=env, cwd=folder, stdout=log, stderr=log)
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_SECONDS) as client:
                _wait(client, process)
                started = time.perf_counter()
                told = _ranked(client, orders)
            return f"{time.perf_counter() - started:>8.1f} {_peak_mb(process.pid):>8.0f}  {told}"
        finally:
            process.terminate()
            process.wait()


def _wait(client: httpx.Client, process: "subprocess.Popen[bytes]") -> None:
    while process.poll() is None:
        try:
            if client.get("/ready").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise SystemExit("the service did not start")


def _ranked(client: httpx.Client, orders: Path) -> str:
    with orders.open("rb") as file:
        answer = client.post("/rank_customers", files={"file": file}, headers={"Accept": "text/event-stream"})
    if not answer.is_success:
        return f"{answer.status_code}: {answer.json()['detail'][:60]}"
    steps = answer.text.count("event: progress")
    *_, (event, data) = re.findall(r"event: (\w+)\ndata: (.*)", answer.text)
    body = json.loads(data)
    if event != "answer":
        return f"{body['status']}: {body['detail'][:60]}"
    return f"{body['totals']['customers']:,} customers by {body['fitted']['model']}, {steps} steps of progress"


def _peak_mb(pid: int) -> float:
    """The most memory that the service had at once."""
    found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else float("nan")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ranking", description=__doc__)
    parser.add_argument("orders", nargs="*", metavar="ORDERS", type=Path, help="order files of your own, beside these")
    parser.add_argument("--memory-mb", type=int, default=512, help="of the control group; 0 for none (%(default)s)")
    parser.add_argument("--share", type=float, default=1.0, help="of a core, such as 0.1; all of both where left out")
    parser.add_argument("--only", action="append", metavar="NAME", help="of the first column; can be given again")
    chosen = parser.parse_args(arguments)
    print(f"load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"{'shop':>24} {'MB':>8} {'wall s':>8} {'peak MB':>8}")
    with tempfile.TemporaryDirectory(prefix="customer-value-benchmark-") as name:
        for shop, file in shops(chosen.orders, Path(name)):
            if not chosen.only or shop in chosen.only:
                told = rank(file, Path(name), share=chosen.share, memory_mb=chosen.memory_mb or None)
                print(f"{shop:>24} {file.stat().st_size / 1e6:>8.1f} {told}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
