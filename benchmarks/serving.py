"""``python -m benchmarks.serving``: requests per second and tail latency, ours beside other ways to serve the model.

All servers run at the same time, pinned to the first core, and are asked one after another by ``wrk`` on the
second, in rounds, so that a busy neighbour meets all of them alike. Read the ratios; the rates are this machine's.
"""

import argparse
import contextlib
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from model.features.definitions import FEATURE_NAMES
from scripts.cases import ORDERS_EXAMPLES
from tests.support import ROOT, free_port

SERVER_CORE, LOAD_CORE = "0", "1"
BATCH_ROWS = 10_000
JSON = {"Content-Type": "application/json"}
START_SECONDS = 90
NUMBERS = "customer_id,predicted_future_spend_30d,purchase_probability_30d"
ONE_NUMBER = "predicted_future_spend_30d"  # all that the other servers answer
CUSTOMER = {"customer_id": "13085", "features": [1400.0, 140.0, 10, 800, 60, 12]}
INFER = "/v2/models/customers/infer"
# Of MLServer's two ways to run, the faster one.
COMPARED = (
    ("ours, words by rules", "FastAPI, constant answer"),
    ("ours, words by rules", "MLServer, one process"),
    ("ours, words by rules", "BentoML"),
    ("ours, batch of numbers", "MLServer, one process, batch"),
    ("ours, batch of one number", "MLServer, one process, batch"),
    ("ours, columns of numbers", "MLServer, one process, batch"),
    ("ours, columns of one number", "MLServer, one process, batch"),
    ("ours, words by rules", "MLServer, as it starts"),
    ("ours, words by rules", "before, words by rules"),
    ("ours, batch with words", "before, batch with words"),
    ("ours, columns of numbers", "before, columns of numbers"),
)
LUA = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local file = io.open("{body}", "rb")
wrk.body = file:read("*a")
"""


@dataclass(frozen=True)
class Process:
    """A server: how it starts, and on which path it says that it is up."""

    command: Sequence[str]
    up: str
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """One line of the table: a question to one of the servers."""

    name: str
    process: str
    path: str
    body: bytes
    rows: int = 1


@dataclass(frozen=True)
class Measured:
    """One run of ``wrk``; ``cpu_us`` is the processor time per request, which a busy neighbour hardly moves."""

    requests_per_second: float
    p99_ms: float
    cpu_us: float


def batch_of_customers(rows: int = BATCH_ROWS) -> list[dict[str, object]]:
    """Customers as a shop has them: averages that agree with totals, whole counts; always the same."""
    random = np.random.default_rng(0)
    orders = random.geometric(0.2, rows)
    totals = np.round(random.gamma(2, 150, rows) * orders, 2)
    columns = (
        totals,
        np.round(totals / orders, 2),
        orders,
        orders * 120,
        orders * 9 + 3,
        random.integers(0, 200, rows),
    )
    listed = zip(*(column.tolist() for column in columns), strict=True)
    return [{"customer_id": str(12000 + row), "features": list(values)} for row, values in enumerate(listed)]


def as_columns(customers: Sequence[Mapping[str, Any]]) -> dict[str, list[object]]:
    """The same customers as an object of columns."""
    by_feature = zip(*(customer["features"] for customer in customers), strict=True)
    columns = {name: list(values) for name, values in zip(FEATURE_NAMES, by_feature, strict=True)}
    return {"customer_id": [customer["customer_id"] for customer in customers], **columns}


def checkout(folder: Path, **settings: str) -> Process:
    """Our service as it stands in a folder, such as the work tree of another commit."""
    command = [sys.executable, "-m", "uvicorn", "--app-dir", str(folder), "--no-access-log", "--log-level", "warning"]
    return Process(
        [*command, "app:app"], "/ready", {"PYTHONPATH": str(folder), "MODEL_DIR": str(folder / "model"), **settings}
    )


def processes(others: str | None, scratch: Path, before: Path | None = None) -> dict[str, Process]:
    """Every server that can be started here."""
    uvicorn = [sys.executable, "-m", "uvicorn", "--app-dir", str(ROOT), "--no-access-log", "--log-level", "warning"]
    found = {
        "ceiling": Process([*uvicorn, "benchmarks.servers.constant:app"], "/"),
        "fastapi": Process([*uvicorn, "benchmarks.servers.framework:app"], "/openapi.json"),
        "published": Process([*uvicorn, "benchmarks.servers.published:app"], "/openapi.json"),
        "ours": checkout(ROOT),
        "histories": checkout(ROOT),  # ours, with the history model in memory
    }
    if before is not None:
        found["before"] = checkout(before.resolve())
    if others is not None:
        settings = {"name": "customers", "implementation": "mlserver_sklearn.SKLearnModel"}
        (scratch / "model-settings.json").write_text(
            json.dumps({**settings, "parameters": {"uri": str(ROOT / "model" / "model.pkl")}})
        )
        commands = Path(others).parent
        bento = [str(commands / "bentoml"), "serve", "benchmarks.servers.bento:Customers", "--working-dir", str(ROOT)]
        mlserver, is_up = [str(commands / "mlserver"), "start", str(scratch)], "/v2/models/customers/ready"
        # Left alone, it predicts in a process of its own, behind a queue; in one process it is faster.
        found["mlserver"] = Process(
            mlserver, is_up, {"MLSERVER_PARALLEL_WORKERS": "0", "MLSERVER_GRPC_PORT": str(free_port())}
        )
        found["mlserver, usual"] = Process(mlserver, is_up, {"MLSERVER_GRPC_PORT": str(free_port())})
        found["bentoml"] = Process(bento, "/readyz")
    return found


def cases(names: Sequence[str]) -> list[Case]:
    """The lines of the table, for the servers that run."""
    one, many = json.dumps(CUSTOMER).encode(), batch_of_customers()
    orders = json.dumps(ORDERS_EXAMPLES["regular"]).encode()
    batch, columns = json.dumps(many).encode(), json.dumps(as_columns(many)).encode()
    table = [customer["features"] for customer in many]
    listed = [
        Case("constant JSON, bare ASGI", "ceiling", "/", one),
        Case("FastAPI, constant answer", "fastapi", "/predict_customer_value", one),
        Case("published style", "published", "/predict_customer_value", one),
        Case("ours, words by rules", "ours", "/predict_customer_value?insight=rules", one),
        Case("ours, batch with words", "ours", "/predict_customer_values", batch, BATCH_ROWS),
        Case("ours, batch of numbers", "ours", f"/predict_customer_values?fields={NUMBERS}", batch, BATCH_ROWS),
        Case("ours, batch of one number", "ours", f"/predict_customer_values?fields={ONE_NUMBER}", batch, BATCH_ROWS),
        Case("ours, columns of numbers", "ours", f"/predict_customer_values?fields={NUMBERS}", columns, BATCH_ROWS),
        Case(
            "ours, columns of one number", "ours", f"/predict_customer_values?fields={ONE_NUMBER}", columns, BATCH_ROWS
        ),
        Case("before, words by rules", "before", "/predict_customer_value?insight=rules", one),
        Case("before, batch with words", "before", "/predict_customer_values", batch, BATCH_ROWS),
        Case("before, columns of numbers", "before", f"/predict_customer_values?fields={NUMBERS}", columns, BATCH_ROWS),
        Case("ours, order lines", "histories", "/predict_from_orders?insight=rules", orders),
        Case("MLServer, one process", "mlserver", INFER, _inference([CUSTOMER["features"]])),
        Case("MLServer, one process, batch", "mlserver", INFER, _inference(table), BATCH_ROWS),
        Case("MLServer, as it starts", "mlserver, usual", INFER, _inference([CUSTOMER["features"]])),
        Case("MLServer, as it starts, batch", "mlserver, usual", INFER, _inference(table), BATCH_ROWS),
        Case("BentoML", "bentoml", "/predict", json.dumps({"features": [CUSTOMER["features"]]}).encode()),
    ]
    return [case for case in listed if case.process in names]


def _inference(rows: Sequence[object]) -> bytes:
    values = [value for row in rows for value in row]  # type: ignore[attr-defined]  # lists of six numbers
    tensor = {"name": "features", "shape": [len(rows), 6], "datatype": "FP64", "data": values}
    return json.dumps({"inputs": [tensor]}).encode()


@contextmanager
def started(process: Process, log: Path) -> Iterator[tuple[str, int]]:
    """The server's address and process id, from its first answer until the block ends."""
    port = str(free_port())
    command = ["taskset", "-c", SERVER_CORE, *process.command]
    if "MLSERVER_GRPC_PORT" not in process.env:
        command += ["--port", port]
    env = {
        "PATH": f"{Path(process.command[0]).parent}:{os.environ['PATH']}",
        "HOME": str(log.parent),
        "PYTHONPATH": str(ROOT),
        "MODEL_DIR": str(ROOT / "model"),
        "MLSERVER_HTTP_PORT": port,
        "MLSERVER_METRICS_PORT": str(free_port()),
        "MAX_BATCH_BODY_BYTES": str(1 << 24),
        **process.env,
    }
    with log.open("w") as stream:
        server = subprocess.Popen(
            command, env=env, cwd=log.parent, stdout=stream, stderr=stream, start_new_session=True
        )
        try:
            base_url = f"http://127.0.0.1:{port}"
            _wait(f"{base_url}{process.up}", server, log)
            yield base_url, server.pid
        finally:
            os.killpg(server.pid, signal.SIGTERM)  # some start processes of their own
            server.wait(30)


def _wait(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(url).is_success:
                return
        time.sleep(0.1)
    raise SystemExit(f"{url} does not answer:\n{log.read_text()[-2000:]}")


def ask(url: str, pid: int, script: Path, *, connections: int, seconds: int) -> Measured:
    """One run of ``wrk``; any answer but 200 ends the benchmark."""
    used = cpu_seconds(pid)
    command = ["taskset", "-c", LOAD_CORE, "wrk", "--latency", "--timeout", "30s"]
    command += ["-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(script), url]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in printed or "Socket errors" in printed:
        raise SystemExit(f"{url} refuses:\n{printed}")
    used = cpu_seconds(pid) - used
    requests = re.search(r"(\d+) requests in", printed)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", printed)
    tail = re.search(r"99%\s+([\d.]+)(us|ms|s)\b", printed)
    if rate is None or tail is None or requests is None:
        raise SystemExit(printed)
    p99_ms = float(tail[1]) * {"us": 1e-3, "ms": 1.0, "s": 1e3}[tail[2]]
    return Measured(float(rate[1]), p99_ms, used / max(int(requests[1]), 1) * 1e6)


def cpu_seconds(pid: int) -> float:
    """Processor time of a server and all processes that descend from it."""
    return sum(int(fields[11]) + int(fields[12]) for fields in _family(pid).values()) / os.sysconf("SC_CLK_TCK")


def rss_mb(pid: int) -> float:
    """Resident memory of a server and all processes that descend from it; what they share counts for each."""
    return sum(int(fields[21]) for fields in _family(pid).values()) * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def _family(pid: int) -> dict[int, list[str]]:
    """What the system tells about a process and its descendants: the fields of proc(5) after the name."""
    told = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            told[int(stat.parent.name)] = stat.read_text().rpartition(") ")[2].split()
    family = {pid}
    while more := {child for child, fields in told.items() if int(fields[1]) in family} - family:
        family |= more
    return {member: told[member] for member in family if member in told}


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serving", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4, help="of each run; half as many with one connection")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--others", metavar="PYTHON", help="the interpreter of benchmarks/requirements.txt")
    parser.add_argument("--before", metavar="FOLDER", type=Path, help="the work tree of another commit")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        scratch = Path(folder)
        addresses = {
            name: stack.enter_context(started(process, scratch / f"{name}.log"))
            for name, process in processes(chosen.others, scratch, chosen.before).items()
        }
        busy: dict[str, list[Measured]] = {}
        alone: dict[str, list[Measured]] = {}
        listed = cases(list(addresses))
        for case in listed:  # what a server loads when first asked is no part of its speed
            answer = httpx.post(addresses[case.process][0] + case.path, content=case.body, headers=JSON, timeout=60)
            answer.raise_for_status()
        for _ in range(chosen.rounds):
            for position, case in enumerate(listed):
                script = scratch / f"{position}.lua"
                body = scratch / f"{position}.body"
                body.write_bytes(case.body)
                script.write_text(LUA.format(body=body))
                base_url, pid = addresses[case.process]
                url, many = base_url + case.path, 2 if case.rows > 1 else chosen.connections
                busy.setdefault(case.name, []).append(ask(url, pid, script, connections=many, seconds=chosen.seconds))
                alone.setdefault(case.name, []).append(
                    ask(url, pid, script, connections=1, seconds=max(chosen.seconds // 2, 1))
                )
        print_table(listed, busy, alone, {name: rss_mb(pid) for name, (_, pid) in addresses.items()})
    print_ratios(busy)
    return 0


def print_table(
    listed: Sequence[Case],
    busy: Mapping[str, list[Measured]],
    alone: Mapping[str, list[Measured]],
    memory: Mapping[str, float],
) -> None:
    """Medians over the rounds; shares are medians of the ratios within each round."""
    reference = "FastAPI, constant answer"
    print(
        f"{'server':<30} {'requests/s':>10} {'rows/s':>9} {'share':>7} "
        f"{'CPU us':>8} {'share':>7} {'p99 ms':>8} {'times':>7} {'RSS MB':>7}"
    )
    for case in listed:
        runs, references = busy[case.name], busy[reference]
        rate = statistics.median(run.requests_per_second for run in runs)
        cpu = statistics.median(run.cpu_us for run in runs)
        tail = statistics.median(run.p99_ms for run in alone[case.name])
        share = _median_ratio(
            [(run.requests_per_second, other.requests_per_second) for run, other in zip(runs, references, strict=True)]
        )
        cheaper = _median_ratio([(other.cpu_us, run.cpu_us) for run, other in zip(runs, references, strict=True)])
        longer = _median_ratio(
            [(run.p99_ms, other.p99_ms) for run, other in zip(alone[case.name], alone[reference], strict=True)]
        )
        print(
            f"{case.name:<30} {rate:>10,.0f} {rate * case.rows:>9,.0f} {share:>7.3f} "
            f"{cpu:>8,.0f} {cheaper:>7.3f} {tail:>8.2f} {longer:>7.2f} {memory[case.process]:>7.0f}"
        )


def print_ratios(busy: Mapping[str, list[Measured]]) -> None:
    """What is asked of the service: its rate over another's, the median of the rounds."""
    for ours, other in COMPARED:
        if other in busy:
            pairs = zip(busy[ours], busy[other], strict=True)
            ratio = _median_ratio([(one.requests_per_second, two.requests_per_second) for one, two in pairs])
            print(f"{ours} / {other}: {ratio:.2f}")


def _median_ratio(pairs: Sequence[tuple[float, float]]) -> float:
    return statistics.median(one / other for one, other in pairs)


if __name__ == "__main__":
    sys.exit(main())
