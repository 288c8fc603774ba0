"""The page for users of lifetimes and pymc-marketing: its code runs as it stands and prints what stands below it."""

import re
import subprocess
import sys

from model import BetaGeoModel
from tests.support import ROOT, told_alike

PAGE = (ROOT / "docs" / "coming-from.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
PRINTED = re.findall(r"```text\n(.*?)```", PAGE, flags=re.DOTALL)


def test_every_block_runs_and_prints_what_stands_below_it():
    """One after the other, in one process, as a reader would."""
    code = "\nprint('```')\n".join(BLOCKS)

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    printed = done.stdout.split("```\n")
    assert len(printed) == len(PRINTED) == len(BLOCKS)
    for found, expected in zip(printed, PRINTED, strict=True):
        assert told_alike(found, expected), f"{found}\nis not\n{expected}"


def test_every_method_it_names_exists():
    """Of ours, in the last column of the table of methods."""
    rows = [line for line in PAGE.splitlines() if line.startswith("|") and line.count("|") == 4]
    named = {name for row in rows for name in re.findall(r"`(\w+)\(X\)`", row.rsplit("|", 2)[1])}

    assert {"predict", "probability_alive", "probability_of_purchase"} <= named
    assert all(callable(getattr(BetaGeoModel, name)) for name in named)
