"""``python -m benchmarks.soak``: resident memory of the service after ever more predictions and batches.

Predictions are of ten thousand customers in turn. The batches that follow the first hundred show whether memory
grows, or had only to reach its size.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.serving import batch_of_customers, processes, rss_mb, started

PREDICTIONS, BATCHES = "/predict_customer_value?insight=rules", "/predict_customer_values"
# Asks with one line of the file after another.
IN_TURN = """
local requests, asked = {{}}, 0
function init(args)
  for line in io.lines("{body}") do
    requests[#requests + 1] = wrk.format("POST", nil, {{["Content-Type"] = "application/json"}}, line)
  end
end
function request()
  asked = asked + 1
  return requests[asked % #requests + 1]
end
"""
SETTLING_SECONDS = 2  # ``wrk`` leaves its last request unread
STEPS = (
    (PREDICTIONS, 10_000, "10,000 predictions"),
    (PREDICTIONS, 90_000, "100,000 predictions"),
    (BATCHES, 100, "and 100 batches of 10,000"),
    (BATCHES, 200, "and 300 batches of 10,000"),
)


def ask(url: str, script: Path, requests: int, *, connections: int) -> None:
    """At least so many requests, in runs of ``wrk`` of a second or more."""
    done = 0
    while done < requests:
        command = ["wrk", "-t1", f"-c{connections}", "-d2s", "--timeout", "60s", "-s", str(script), url]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        found = re.search(r"(\d+) requests in", printed)
        if found is None or "Non-2xx" in printed:
            raise SystemExit(printed)
        done += int(found[1])


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__).parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        scratch, customers = Path(folder), batch_of_customers()
        lines: dict[str, list[object]] = {PREDICTIONS: [*customers], BATCHES: [customers]}
        with started(processes(None, scratch)["ours"], scratch / "log") as (base_url, pid):
            print(f"{'RSS MB':>7}  after\n{rss_mb(pid):>7.1f}  the start", flush=True)
            for path, requests, name in STEPS:
                body, script = scratch / "body", scratch / "ask.lua"
                body.write_text("\n".join(map(json.dumps, lines[path])))
                script.write_text(IN_TURN.format(body=body))
                ask(base_url + path, script, requests, connections=16 if path == PREDICTIONS else 1)
                time.sleep(SETTLING_SECONDS)
                print(f"{rss_mb(pid):>7.1f}  {name}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
