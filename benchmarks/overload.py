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
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.serving import CUSTOMER, LOAD_CORE, LUA, Process, batch_of_customers, checkout, started
from tests.support import ROOT

# With the bound of batches, twice as many ask; against another commit as many as a busy shop has.
MOST_BATCHES, CALLERS, ROUNDS = 2, 2, 3
BATCHES, ONE = "/predict_customer_values", "/predict_customer_value?insight=rules"


Answers = Sequence[tuple[int, float]]


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


def print_times(name: str, answers: Answers, status: int) -> float:
    """Median, 99th percentile and worst of the answers with one status; gives the 99th percentile."""
    times = [milliseconds for answered, milliseconds in answers if answered == status]
    if len(times) < 20:
        raise SystemExit(f"{name}: only {len(times)} answers have status {status}")
    p99 = statistics.quantiles(times, n=100)[98]
    print(f"{name:<32} {len(times):>8,} {statistics.median(times):>8.2f} {p99:>8.2f} {max(times):>8.2f}")
    return p99


def beside_batches(process: Process, callers: int, paths: Mapping[str, bytes], seconds: float) -> Sequence[Answers]:
    """The answers on each path, asked one after another while so many callers ask for batches."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        with started(process, scratch / "log") as (base_url, _):
            body, script = scratch / "body", scratch / "ask.lua"
            body.write_text(json.dumps(batch_of_customers()))
            script.write_text(LUA.format(body=body))
            load = ["taskset", "-c", LOAD_CORE, "wrk", "-t1", f"-c{callers}", f"-d{len(paths) * seconds + 4:.0f}s"]
            command = [*load, "--timeout", "60s", "-s", str(script), base_url + BATCHES]
            with subprocess.Popen(command, stdout=subprocess.DEVNULL) as busy:
                time.sleep(1)
                port = int(base_url.rpartition(":")[2])
                answers = [timed(port, path, asked, seconds) for path, asked in paths.items()]
                busy.terminate()
    return answers


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.overload", description=__doc__)
    parser.add_argument("--seconds", type=int, default=10, help="for each kind of request")
    parser.add_argument("--before", metavar="FOLDER", type=Path, help="the work tree of another commit")
    chosen = parser.parse_args(arguments)
    small, one = json.dumps([CUSTOMER]).encode(), json.dumps(CUSTOMER).encode()
    ours = checkout(ROOT)
    bounded = Process(ours.command, ours.up, {**ours.env, "MAX_CONCURRENT_BATCHES": str(MOST_BATCHES)})
    print(f"{'beside callers of batches':<32} {'answers':>8} {'p50 ms':>8} {'p99 ms':>8} {'most ms':>8}")
    refused, answered = beside_batches(bounded, 2 * MOST_BATCHES, {BATCHES: small, ONE: one}, chosen.seconds)
    print_times("batches refused with 503", refused, 503)
    print_times("predictions answered with 200", answered, 200)
    if chosen.before is not None:
        rounds = []
        for _ in range(ROUNDS):
            tails = []
            for name, process in (("ours", ours), ("before", checkout(chosen.before.resolve()))):
                (answered,) = beside_batches(process, CALLERS, {ONE: one}, chosen.seconds)
                tails.append(print_times(f"{name}, beside {CALLERS} callers", answered, 200))
            rounds.append(tails[0] / tails[1])
        print(f"p99 of ours / before: {statistics.median(rounds):.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
