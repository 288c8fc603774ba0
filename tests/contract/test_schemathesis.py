"""Whatever the OpenAPI document allows, and much that it does not, is asked of a live service; all checks hold.

``make contract`` asks more than 5,000 times.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.support import ROOT, running_service

KEY = "the-key"
EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES", "30")


def test_no_check_fails(tmp_path: Path):
    command = [
        Path(sys.executable).with_name("schemathesis"),
        "--config-file",
        ROOT / "tests/contract/schemathesis.toml",
    ]
    command += ["run", ROOT / "docs" / "openapi.json", "--checks", "all", "--max-examples", EXAMPLES, "--no-color"]

    closed = {"API_KEYS": KEY, "ADMIN_KEY": KEY, "METRICS_TOKEN": KEY, "RATE_LIMIT_PER_MINUTE": "1000000"}
    with running_service(closed) as base_url:
        env = {**os.environ, "API_KEY": KEY, "PYTHONPATH": str(ROOT)}
        run = subprocess.run(
            [*command, "--url", base_url], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
        )

    told = run.stdout + run.stderr
    print(told[-400:])  # with pytest -s: how many cases there were
    assert run.returncode == 0, told
    assert int(re.search(r"(\d+) generated, \1 passed", told)[1]) > 500
