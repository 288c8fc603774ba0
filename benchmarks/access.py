"""``python -m benchmarks.access``: what keys and a rate limit cost one prediction, counted in memory and in Redis.

All servers run at the same time on the first core and are asked in turn, in rounds, as in ``benchmarks.serving``; the
load brings a key to each of them. Needs ``wrk``, and ``redis-server`` for the last line.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path

from benchmarks.serving import CUSTOMER, LUA, Measured, ask, checkout, started
from tests.support import ROOT, free_port

KEY, PATH = "the-key-of-the-benchmark", "/predict_customer_value?insight=rules"
OFF, IN_MEMORY, IN_REDIS = "no keys, no limit", "keys and limit", "keys and limit in Redis"
GUARDED = {
    "API_KEYS": ",".join(f"{name}:{sha256(key.encode()).hexdigest()}" for name, key in (("other", "-"), ("shop", KEY))),
    "METRICS_TOKEN": KEY,
    "RATE_LIMIT_PER_MINUTE": "1000000",
}


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.access", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3, help="of each run")
    parser.add_argument("--connections", type=int, default=16)
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        scratch = Path(folder)
        (scratch / "body").write_text(json.dumps(CUSTOMER))
        script = scratch / "ask.lua"
        script.write_text(LUA.format(body=scratch / "body") + f'wrk.headers["X-API-Key"] = "{KEY}"\n')
        settings = {OFF: {}, IN_MEMORY: GUARDED}
        if (redis := shutil.which("redis-server")) is not None:
            port = free_port()
            command = [redis, "--port", str(port), "--save", "", "--appendonly", "no"]
            server = stack.enter_context(subprocess.Popen(command, stdout=subprocess.DEVNULL))
            stack.callback(server.terminate)
            settings[IN_REDIS] = {**GUARDED, "REDIS_URL": f"redis://127.0.0.1:{port}/0"}
        servers = {
            name: stack.enter_context(started(checkout(ROOT, **own), scratch / f"{name}.log"))
            for name, own in settings.items()
        }
        runs: dict[str, list[Measured]] = {name: [] for name in servers}
        for _ in range(chosen.rounds):
            for name, (base_url, pid) in servers.items():
                asked = ask(base_url + PATH, pid, script, connections=chosen.connections, seconds=chosen.seconds)
                runs[name].append(asked)
    print_table(runs)
    return 0


def print_table(runs: dict[str, list[Measured]]) -> None:
    """Medians over the rounds; shares are medians of the ratios within each round."""
    print(f"{'':<25} {'requests/s':>10} {'share':>7} {'CPU us':>8} {'more us':>8}")
    for name, measured in runs.items():
        rate = statistics.median(run.requests_per_second for run in measured)
        cpu = statistics.median(run.cpu_us for run in measured)
        pairs = list(zip(measured, runs[OFF], strict=True))
        share = statistics.median(one.requests_per_second / off.requests_per_second for one, off in pairs)
        more = statistics.median(one.cpu_us - off.cpu_us for one, off in pairs)
        print(f"{name:<25} {rate:>10,.0f} {share:>7.3f} {cpu:>8,.0f} {more:>8,.0f}")


if __name__ == "__main__":
    sys.exit(main())
