"""``python -m benchmarks.overload``: how soon a request beyond the bounds is refused, with 503 and Retry-After.

``wrk`` keeps more batches of ten thousand customers coming than the service takes at the same time, while single
requests are timed, one after another: small batches, most of them one too many, and predictions, which have room.
"""

import argparse
import http.client
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.serving import CUSTOMER, LOAD_CORE, LUA, batch_of_customers, processes, started

MOST_BATCHES, BATCHES_ASKED = 2, 4
BATCHES, ONE = "/predict_customer_values", "/predict_customer_value?insight=rules"


def timed(port: int, path: str, body: bytes, seconds: float) -> list[tuple[int, float]]:
    """Status and milliseconds of one request after another, each on a connection of its own."""
    found = []
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.connect()
        asked = time.perf_counter()
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        found.append((answer.status, (time.perf_counter() - asked) * 1000))
        if answer.status == 503 and not answer.headers["Retry-After"]:
            raise SystemExit(f"{path} refuses without Retry-After")
        answer.read()
        connection.close()
    return found


def print_times(name: str, answers: Sequence[tuple[int, float]], status: int) -> None:
    """Median, 99th percentile and worst of the answers with one status."""
    times = [milliseconds for answered, milliseconds in answers if answered == status]
    if len(times) < 20:
        raise SystemExit(f"{name}: only {len(times)} answers have status {status}")
    p99 = statistics.quantiles(times, n=100)[98]
    print(f"{name:<32} {len(times):>8,} {statistics.median(times):>8.2f} {p99:>8.2f} {max(times):>8.2f}")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.overload", description=__doc__)
    parser.add_argument("--seconds", type=int, default=10, help="for each kind of request")
    chosen = parser.parse_args(arguments)
    process = processes(None, Path())["ours"]
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        process = type(process)(process.command, process.up, {"MAX_CONCURRENT_BATCHES": str(MOST_BATCHES)})
        with started(process, scratch / "log") as (base_url, _):
            body, script = scratch / "body", scratch / "ask.lua"
            body.write_text(json.dumps(batch_of_customers()))
            script.write_text(LUA.format(body=body))
            load = ["taskset", "-c", LOAD_CORE, "wrk", "-t1", f"-c{BATCHES_ASKED}", f"-d{2 * chosen.seconds + 4}s"]
            command = [*load, "--timeout", "60s", "-s", str(script), base_url + BATCHES]
            with subprocess.Popen(command, stdout=subprocess.DEVNULL) as busy:
                time.sleep(1)
                port = int(base_url.rpartition(":")[2])
                small = json.dumps([CUSTOMER]).encode()
                print(f"{'under batches of 10,000':<32} {'answers':>8} {'p50 ms':>8} {'p99 ms':>8} {'most ms':>8}")
                print_times("batches refused with 503", timed(port, BATCHES, small, chosen.seconds), 503)
                one = json.dumps(CUSTOMER).encode()
                print_times("predictions answered with 200", timed(port, ONE, one, chosen.seconds), 200)
                busy.terminate()
    return 0


if __name__ == "__main__":
    sys.exit(main())
