"""``python -m benchmarks.coldstart``: from the start of a process to its first prediction.

Each server starts five times, in rounds, beside ``python -c "import fastapi"``. Reported are medians of
the wall time to the first answer 200, the processor time and the resident memory at that moment.
"""

import argparse
import contextlib
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.control_group import small_host
from benchmarks.serving import CUSTOMER
from tests.support import ROOT, free_port

PATIENCE_SECONDS = 120
POLL_SECONDS = 0.005
YARDSTICK, CONSTANT = "python -c 'import fastapi'", "FastAPI, constant answer"


@dataclass(frozen=True)
class Start:
    """One start: seconds of the clock and of the processor, and resident memory."""

    wall_s: float
    cpu_s: float
    rss_mb: float


def servers(before: Path | None) -> dict[str, tuple[str, Path]]:
    """What is started, and from which checkout, by name."""
    found = {
        "ours": ("app:app", ROOT),
        CONSTANT: ("benchmarks.servers.framework:app", ROOT),
        "published style": ("benchmarks.servers.published:app", ROOT),
    }
    return found if before is None else {**found, "before": ("app:app", before.resolve())}


def imported() -> Start:
    """The yardstick: an interpreter that imports FastAPI and ends."""
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", "import fastapi"])
    _, _, used = os.wait4(process.pid, 0)
    process.returncode = 0
    return Start(time.perf_counter() - started, used.ru_utime + used.ru_stime, float("nan"))


def first_prediction(app: str, root: Path, scratch: Path, *, share: float = 1.0) -> Start:
    """Start a server of a checkout, ask until it answers 200, and stop it."""
    port = free_port()
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(root), "MODEL_DIR": str(root / "model")}
    command = [sys.executable, "-m", "uvicorn", app, "--app-dir", str(root), "--no-access-log", "--port", str(port)]
    started = time.perf_counter()
    with (scratch / "log").open("w") as log, small_host(share=share) as prefix:
        process = subprocess.Popen(
            [*prefix, *command, "--log-level", "warning"], env=env, cwd=scratch, stdout=log, stderr=log
        )
        try:
            while not _answers(port):
                if process.poll() is not None or time.perf_counter() - started > PATIENCE_SECONDS:
                    raise SystemExit(f"no answer:\n{(scratch / 'log').read_text()[-2000:]}")
                time.sleep(POLL_SECONDS)
            return Start(time.perf_counter() - started, _cpu_seconds(process.pid), _rss_mb(process.pid))
        finally:
            process.kill()
            process.wait()


def _answers(port: int) -> bool:
    body = json.dumps(CUSTOMER).encode()
    head = "POST /predict_customer_value HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n"
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        return connection.recv(64).startswith(b"HTTP/1.1 200")
    return False


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _rss_mb(pid: int) -> float:
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.coldstart", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--before", type=Path, help="another checkout of the service, to start it too")
    parser.add_argument("--share", type=float, default=1.0, help="of a core; less than 1 needs a cpu control group")
    chosen = parser.parse_args(arguments)
    starts: dict[str, list[Start]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(chosen.rounds):
            starts.setdefault(YARDSTICK, []).append(imported())
            for name, (app, root) in servers(chosen.before).items():
                starts.setdefault(name, []).append(first_prediction(app, root, Path(folder), share=chosen.share))
    print_table(starts)
    return 0


def print_table(starts: Mapping[str, list[Start]]) -> None:
    """Medians, and the median of the ratios to FastAPI with a constant answer within each round."""
    print(f"{'to the first prediction':<28} {'wall s':>7} {'CPU s':>7} {'RSS MB':>7} {'of FastAPI':>10}")
    reference = starts[CONSTANT]
    for name, runs in starts.items():
        wall, cpu = statistics.median(run.wall_s for run in runs), statistics.median(run.cpu_s for run in runs)
        rss = statistics.median(run.rss_mb for run in runs)
        ratio = statistics.median(run.wall_s / other.wall_s for run, other in zip(runs, reference, strict=True))
        print(f"{name:<28} {wall:>7.2f} {cpu:>7.2f} {rss:>7.0f} {ratio:>10.2f}")


if __name__ == "__main__":
    sys.exit(main())
