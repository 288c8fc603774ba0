"""What the tests of Spark share: what they need, and the comparison with DuckDB in a process of its own."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys

from tests.support import ROOT, skip_or_fail

Findings = dict[str, dict[str, object]]


def require_spark() -> None:
    """Skip, or fail in CI, where Java or PySpark is missing."""
    if shutil.which("java") is None:
        skip_or_fail("needs Java: apt-get install openjdk-17-jre-headless")
    if importlib.util.find_spec("pyspark") is None:
        skip_or_fail("needs PySpark: pip install -r requirements-spark.txt")


def agreement(environment: dict[str, str], **asked: object) -> Findings:
    """What ``agreement`` finds for each policy in a process with these variables."""
    require_spark()
    finished = subprocess.run(
        [sys.executable, "-m", "tests.model.engines.spark.agreement", json.dumps(asked)],
        cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    found = [line for line in finished.stdout.splitlines() if line.startswith("RESULT ")]
    assert found, finished.stderr[-3000:]
    result: Findings = json.loads(found[0].removeprefix("RESULT "))
    return result


def check(found: Findings) -> None:
    """Require that Spark and DuckDB say the same under each policy."""
    assert found
    for result in found.values():
        _check_policy(result)


def _check_policy(result: dict[str, object]) -> None:
    assert result["rows"]
    assert result["other_findings"] == []
    for name in ("same_customers", "same_report", "same_ranking", "same_segments", "kept_again"):
        assert result[name], name
    assert float(str(result["largest_difference"])) <= 1e-9
    assert float(str(result["largest_score_difference"])) <= 0.011
    assert result.get("same_training_data", True)
    assert float(str(result.get("largest_training_difference", 0))) <= 1e-6
